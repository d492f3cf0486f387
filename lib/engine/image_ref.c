#include "engine/image_ref.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <string.h>

/* Limits of the distribution project's reference package. */
enum { NAME_MAX_BYTES = 255, TAG_MAX_BYTES = 128, SHA256_HEX = 64, DIGEST_HEX_MIN = 32 };

static bool lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool alnum(char c)
{
	return lower_or_digit(c) || upper(c);
}

static bool hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static size_t span(const char *s, bool (*in)(char))
{
	size_t n = 0;
	while (in(s[n]))
		n++;
	return n;
}

/* The separator between two runs of a path component: "." | "_" | "__" | "-"+. Returns its length. */
static size_t separator(const char *s)
{
	if (s[0] == '.')
		return 1;
	if (s[0] == '_')
		return s[1] == '_' ? 2 : 1;
	return strspn(s, "-");
}

/* path := component *("/" component); component := run *(separator run) */
static bool path_valid(const char *s)
{
	for (;;) {
		size_t n = span(s, lower_or_digit);
		if (n == 0)
			return false;
		s += n;
		if (*s == 0)
			return true;
		n = *s == '/' ? 1 : separator(s);
		if (n == 0)
			return false;
		s += n;
	}
}

static bool digits(const char *s)
{
	size_t n = strspn(s, "0123456789");
	return n > 0 && s[n] == 0;
}

/* domain := (label *("." label) | "[" IPv6 "]") [":" port] */
static bool domain_valid(const char *s)
{
	if (*s == '[') {
		size_t n = strspn(s + 1, "0123456789abcdefABCDEF:.");
		s += 1 + n;
		return n > 0 && *s == ']' && (s[1] == 0 || (s[1] == ':' && digits(s + 2)));
	}
	for (;;) {
		const char *start = s;
		while (alnum(*s) || *s == '-')
			s++;
		if (s == start || *start == '-' || s[-1] == '-')
			return false;
		if (*s == 0)
			return true;
		if (*s == ':')
			return digits(s + 1);
		if (*s++ != '.')
			return false;
	}
}

static bool tag_valid(const char *s)
{
	size_t n = 0;
	while (alnum(s[n]) || s[n] == '_' || (n > 0 && (s[n] == '.' || s[n] == '-')))
		n++;
	return n > 0 && n <= TAG_MAX_BYTES && s[n] == 0;
}

static bool digest_valid(const char *s)
{
	const char *sha = str_after(s, "sha256:");
	if (sha)
		return span(sha, hex) == SHA256_HEX && sha[SHA256_HEX] == 0;
	size_t n = 0;
	while (alnum(s[n]) || (n > 0 && strchr("-_+.", s[n]) && s[n]))
		n++;
	if (n == 0 || s[n] != ':')
		return false;
	size_t k = span(s + n + 1, hex);
	return k >= DIGEST_HEX_MIN && s[n + 1 + k] == 0;
}

/* The length of the domain in front of the first slash, 0 when the first component belongs to the path. */
static size_t domain_length(const char *name)
{
	const char *slash = strchr(name, '/');
	if (!slash)
		return 0;
	size_t n = (size_t)(slash - name);
	bool is_domain = n == strlen("localhost") && memcmp(name, "localhost", n) == 0;
	for (size_t i = 0; i < n; i++)
		is_domain |= name[i] == '.' || name[i] == ':' || upper(name[i]);
	return is_domain ? n : 0;
}

static int refuse(struct err *e, const char *text, const char *why)
{
	return err_set(e, ERR_USAGE, "'%s' is not a valid image name: %s", text, why);
}

static int split(struct image_ref *r, const char *text, struct err *e)
{
	CLEANUP_FREE char *name = mem_strdup(text);
	char *at = strchr(name, '@');
	if (at) {
		*at = 0;
		if (!digest_valid(at + 1))
			return refuse(e, text, "behind the @ must be a digest: sha256: and 64 hexadecimal digits");
		r->digest = mem_strdup(at + 1);
	}
	char *colon = strrchr(name, ':');
	if (colon && !strchr(colon, '/')) {
		*colon = 0;
		if (!tag_valid(colon + 1))
			return refuse(e, text, "the tag may have 128 letters, digits, '_', '.' and '-' at most");
		r->tag = mem_strdup(colon + 1);
	} else if (!at) {
		r->tag = mem_strdup("latest");
	}
	size_t d = domain_length(name);
	const char *path = d ? name + d + 1 : name;
	r->domain = d ? mem_dup(name, d) : mem_strdup("docker.io");
	if (str_eq(r->domain, "index.docker.io")) {
		free(r->domain);
		r->domain = mem_strdup("docker.io");
	}
	if (!domain_valid(r->domain))
		return refuse(e, text, "what is before the first '/' is not a host name");
	if (!path_valid(path))
		return refuse(e, text, "it must be lower case letters and digits, separated by '/', '.', '_' or '-'");
	bool official = str_eq(r->domain, "docker.io") && !strchr(path, '/');
	r->path = official ? str_printf("library/%s", path) : mem_strdup(path);
	return 0;
}

int image_ref_parse(struct image_ref *r, const char *text, struct err *e)
{
	*r = (struct image_ref){0};
	if (!*text)
		return err_set(e, ERR_USAGE, "the image name is empty");
	if (strlen(text) > NAME_MAX_BYTES + TAG_MAX_BYTES + 2 * DIGEST_HEX_MIN + SHA256_HEX)
		return err_set(e, ERR_USAGE, "the image name '%.40s...' is too long", text);
	if (image_is_id(text))
		return refuse(e, text, "it is the id of an image");
	int rc = split(r, text, e);
	if (rc == 0 && strlen(r->domain) + 1 + strlen(r->path) > NAME_MAX_BYTES)
		rc = refuse(e, text, "it is longer than 255 characters");
	if (rc < 0)
		image_ref_free(r);
	return rc;
}

void image_ref_free(struct image_ref *r)
{
	free(r->domain);
	free(r->path);
	free(r->tag);
	free(r->digest);
	*r = (struct image_ref){0};
}

char *image_ref_full(const struct image_ref *r)
{
	struct buf b = {0};
	buf_printf(&b, "%s/%s", r->domain, r->path);
	if (r->tag)
		buf_printf(&b, ":%s", r->tag);
	if (r->digest)
		buf_printf(&b, "@%s", r->digest);
	return buf_steal(&b);
}

bool image_ref_same(const char *a, const char *b)
{
	struct err ignored;
	CLEANUP_IMAGE_REF struct image_ref ra = {0};
	CLEANUP_IMAGE_REF struct image_ref rb = {0};
	if (image_ref_parse(&ra, a, &ignored) < 0 || image_ref_parse(&rb, b, &ignored) < 0)
		return str_eq(a, b);
	return str_eq(ra.domain, rb.domain) && str_eq(ra.path, rb.path) && str_eq(ra.tag, rb.tag) &&
	       str_eq(ra.digest, rb.digest);
}

bool image_is_id(const char *text)
{
	const char *sha = str_after(text, "sha256:");
	const char *s = sha ? sha : text;
	return span(s, hex) == SHA256_HEX && s[SHA256_HEX] == 0;
}
