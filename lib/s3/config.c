#include "s3/config.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20 };

/* The part of the n bytes at s without blanks around it. */
static const char *trim(const char *s, size_t *n)
{
	while (*n && strchr(" \t\r", *s)) {
		s++;
		(*n)--;
	}
	while (*n && strchr(" \t\r", s[*n - 1]))
		(*n)--;
	return s;
}

static bool same(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(s, word, n) == 0;
}

char *s3_config_value(const char *text, const char *section, const char *key)
{
	bool inside = false;
	for (size_t len; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		size_t n = len;
		const char *s = trim(text, &n), *eq = n ? memchr(s, '=', n) : NULL;
		if (n > 1 && *s == '[' && s[n - 1] == ']') {
			n -= 2;
			s = trim(s + 1, &n);
			inside = same(s, n, section);
		} else if (inside && eq && s == text) {  /* an indented line belongs to the key above it */
			size_t left = (size_t)(eq - s), right = n - left - 1;
			const char *name = trim(s, &left), *value = trim(eq + 1, &right);
			if (same(name, left, key))
				return mem_dup(value, right);
		}
	}
	return NULL;
}

static const char *env(const char *name)
{
	const char *v = getenv(name);
	return v && *v ? v : NULL;
}

/* The text of the file that the variable names, or of ~/.aws/NAME. Absence is an empty file. */
static int read_ini(const char *variable, const char *name, struct buf *out, struct err *e)
{
	const char *path = env(variable), *home = env("HOME");
	CLEANUP_FREE char *own = path ? mem_strdup(path) : home ? str_printf("%s/.aws/%s", home, name) : NULL;
	if (own && file_read(AT_FDCWD, own, FILE_MAX, out, e) < 0 && e->kind != ERR_NOT_FOUND)
		return -1;
	*e = (struct err){0};
	return 0;
}

struct source {
	struct buf credentials, config;
	const char *profile;
	char *section;
};

/* The first of the environment's variables that is set, else the profile's key. */
static char *lookup(const struct source *s, const char *first, const char *second, const char *key)
{
	const char *v = env(first);
	if (!v && second)
		v = env(second);
	if (v)
		return mem_strdup(v);
	char *found = s3_config_value(buf_cstr(&s->credentials), s->profile, key);
	return found ? found : s3_config_value(buf_cstr(&s->config), s->section, key);
}

static int set_endpoint(struct s3_config *c, const char *url, struct err *e)
{
	c->tls = !url || str_starts(url, "https://");
	c->port = c->tls ? 443 : 80;
	c->virtual = !url;
	if (!url) {
		c->host = str_printf("s3.%s.amazonaws.com", c->region);
		return 0;
	}
	const char *host = c->tls ? url + 8 : str_after(url, "http://");
	size_t n = host ? strcspn(host, "/?#") : 0, v6 = host && *host == '[' ? strcspn(host, "]/?#") : 0;
	size_t name = host ? v6 + strcspn(host + v6, ":/?#") : 0;
	uint64_t port = c->port;
	CLEANUP_FREE char *digits = host && name < n ? mem_dup(host + name + 1, n - name - 1) : NULL;
	if (!name || host[n + (host[n] == '/')] || memchr(host, '@', n))
		return err_set(e, ERR_USAGE, "the endpoint URL must be http://HOST[:PORT] or https://HOST[:PORT]");
	if (digits && str_to_u64(digits, 65535, &port, "the endpoint URL's port", e) < 0)
		return -1;
	c->port = (unsigned)port;
	c->host = mem_dup(host, name);
	return 0;
}

static int take(struct s3_config *c, const struct source *s, struct err *e)
{
	struct source none = {.profile = "", .section = s->section};
	/* The three belong together: a token of the profile does not fit the keys of the environment. */
	const struct source *from = env("AWS_ACCESS_KEY_ID") ? &none : s;
	c->key_id = lookup(from, "AWS_ACCESS_KEY_ID", NULL, "aws_access_key_id");
	c->secret = lookup(from, "AWS_SECRET_ACCESS_KEY", NULL, "aws_secret_access_key");
	c->token = lookup(from, "AWS_SESSION_TOKEN", NULL, "aws_session_token");
	c->region = lookup(s, "AWS_REGION", "AWS_DEFAULT_REGION", "region");
	if (!c->key_id || !c->secret)
		return err_set(e, ERR_USAGE, "no keys for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them to "
			"the profile '%s' in ~/.aws/credentials", s->profile);
	if (!c->region)
		c->region = mem_strdup("us-east-1");
	CLEANUP_FREE char *url = lookup(s, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "endpoint_url");
	if (set_endpoint(c, url, e) < 0)
		return -1;
	c->ca = lookup(s, "AWS_CA_BUNDLE", NULL, "ca_bundle");
	const char *style = env("AWS_S3_ADDRESSING_STYLE");
	c->virtual = style ? str_eq(style, "virtual") : c->virtual;
	return 0;
}

int s3_config_load(struct s3_config *c, struct err *e)
{
	struct source s = {.profile = env("AWS_PROFILE")};
	*c = (struct s3_config){0};
	if (!s.profile)
		s.profile = "default";
	s.section = str_eq(s.profile, "default") ? mem_strdup(s.profile) : str_printf("profile %s", s.profile);
	int rc = read_ini("AWS_SHARED_CREDENTIALS_FILE", "credentials", &s.credentials, e);
	if (rc == 0)
		rc = read_ini("AWS_CONFIG_FILE", "config", &s.config, e);
	if (rc == 0)
		rc = take(c, &s, e);
	buf_wipe(&s.credentials);
	buf_free(&s.config);
	free(s.section);
	return rc;
}

void s3_config_free(struct s3_config *c)
{
	if (c->secret)
		mem_wipe(c->secret, strlen(c->secret));
	free(c->key_id);
	free(c->secret);
	free(c->token);
	free(c->region);
	free(c->ca);
	free(c->host);
	*c = (struct s3_config){0};
}
