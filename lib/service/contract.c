#include "service/contract.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/scratch.h"
#include "service/contract_files.h"
#include "sys/passwd.h"

#include <string.h>

const char *contract_script(size_t i)
{
	static const char *const scripts[] = {"install", "destroy", "help", "backup", "restore", "enter"};
	return i < sizeof scripts / sizeof *scripts ? scripts[i] : NULL;
}

void contract_free(struct contract *c)
{
	image_free(&c->image);
	strvec_free(&c->commands);
	strvec_free(&c->shortcomings);
	*c = (struct contract){0};
}

void contract_short(struct contract *c, const char *fmt, ...)
{
	if (c->shortcomings.n >= CONTRACT_TOLD) {
		c->untold++;
		return;
	}
	va_list ap;
	va_start(ap, fmt);
	struct buf b = {0};
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	/* Names in an image are any bytes; the sentences go to terminals. */
	for (size_t i = 0; i < b.len; i++)
		if ((unsigned char)b.data[i] < ' ' || b.data[i] == 0x7f)
			b.data[i] = '?';
	strvec_take(&c->shortcomings, buf_steal(&b));
}

/* Whether the whole of s is a number, as the engine takes it for one. */
static bool number(const char *s, uint64_t *n)
{
	struct err ignored;
	return str_to_u64(s, UINT32_MAX, n, "uid", &ignored) == 0;
}

/* The image's user, "NAME", "UID", "NAME:GROUP" or nothing (root), must be uid 22022. */
static int check_user(struct contract *c, struct scratch *s, struct err *e)
{
	static const char fix[] = "(give the Dockerfile a user with that uid, and a USER line)";
	const char *user = c->image.user;
	CLEANUP_FREE char *name = mem_dup(user, strcspn(user, ":"));
	uint64_t uid;
	if (!*name) {
		contract_short(c, "it runs as root, not as uid 22022 %s", fix);
		return 0;
	}
	if (number(name, &uid)) {
		if (uid != CONTRACT_ID)
			contract_short(c, "its user is uid %s, not 22022 %s", name, fix);
		return 0;
	}
	CLEANUP_BUF struct buf passwd = {0};
	int rc = scratch_read(s, "/etc/passwd", CONTRACT_PASSWD_MAX, &passwd, e);
	if (rc < 0 && e->kind != ERR_LIMIT)
		return -1;
	struct passwd_user found;
	if (rc < 0)
		contract_short(c, "its /etc/passwd is larger than 1 MiB");
	else if (rc == 0)
		contract_short(c, "its user is %s, and it has no /etc/passwd to say which uid that is", name);
	else if (!passwd_by_name(buf_cstr(&passwd), passwd.len, name, &found))
		contract_short(c, "its user %s is not in its /etc/passwd", name);
	else if (found.uid != CONTRACT_ID)
		contract_short(c, "its user %s is uid %u, not 22022 %s", name, (unsigned)found.uid, fix);
	return 0;
}

static void check_volume(struct contract *c)
{
	for (size_t i = 0; i < c->image.volumes.n; i++) {
		const char *rest = str_after(c->image.volumes.items[i], "/config");
		if (rest && strspn(rest, "/") == strlen(rest))
			return;
	}
	contract_short(c, "it does not declare the volume /config");
}

static int check_files(struct contract *c, struct scratch *s, int dirfd, struct err *e)
{
	CLEANUP_REPLY struct engine_reply rp = {0};
	mode_t mode;
	if (scratch_open(s, "/dr", &rp, &mode, e) < 0) {
		if (e->kind == ERR_NOT_FOUND)
			contract_short(c, "it has no /dr");
		else if (e->kind == ERR_REFUSED)
			contract_short(c, "its /dr is a symlink that leads to itself");
		else
			return -1;
		return 0;
	}
	if (!S_ISDIR(mode)) {
		contract_short(c, "its /dr is not a folder");
		return 0;
	}
	return contract_files(c, rp.body, dirfd, e);
}

int contract_examine(struct contract *c, struct engine *g, const char *image, const char *token, int dirfd,
	struct err *e)
{
	*c = (struct contract){0};
	CLEANUP_SCRATCH struct scratch s = {0};
	int rc = image_inspect(g, image, &c->image, e);
	if (rc == 0)
		return err_set(e, ERR_NOT_FOUND, "the engine has no image %s", image);
	if (rc < 0)
		return -1;
	check_volume(c);
	if (scratch_create(&s, g, c->image.id, token, NULL, e) < 0 || check_user(c, &s, e) < 0 ||
	    check_files(c, &s, dirfd, e) < 0) {
		contract_free(c);
		return err_wrap(e, "cannot examine the image %s", image);
	}
	if (scratch_remove(&s, e) < 0) {
		contract_free(c);
		return -1;
	}
	return 0;
}

int contract_judge(const struct contract *c, const char *name, struct err *e)
{
	if (!c->shortcomings.n)
		return 0;
	CLEANUP_FREE char *all = strvec_join(&c->shortcomings, "; ");
	err_set(e, ERR_REFUSED, "%s is not compatible with dr: %s", name, all);
	return c->untold ? err_hint(e, "; and %zu more", c->untold) : -1;
}
