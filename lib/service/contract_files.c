/*
 * What is unpacked comes from an image that nobody has looked at, and root unpacks it: archive/unpack follows no
 * symlink while it does. Scripts may use symlinks later, so their targets are judged here, and more strictly than need
 * be: a target begins with no more ".." than the link is deep, and has none behind a name. Every name that it passes is
 * then a folder, or a link of which the same holds: it cannot leave /dr.
 */
#include "service/contract_files.h"

#include "archive/unpack.h"
#include "base/str.h"
#include "codec/tar_read.h"

#include <string.h>
#include <sys/stat.h>

struct pass {
	struct contract *c;
	struct tar_reader *tar;
	struct unpack unpack;  /* root -1: only look */
	unsigned files;
	uint64_t bytes;
	bool scripts[16];
};

/* A component that names something beneath the folder it stands in. */
static bool plain(const char *s, size_t n)
{
	return n > 0 && !(n == 1 && s[0] == '.') && !(n == 2 && s[0] == '.' && s[1] == '.');
}

/* The path beneath /dr (the caller's) of a name in the archive, whose first component is /dr's own: "" for /dr itself.
   NULL for a name that is no such path. */
static char *beneath(const char *name)
{
	struct buf b = {0};
	for (bool first = true; *name; first = false) {
		size_t n = strcspn(name, "/");
		if (!plain(name, n)) {
			buf_free(&b);
			return NULL;
		}
		if (!first) {
			if (b.len)
				buf_byte(&b, '/');
			buf_add(&b, name, n);
		}
		name += n + (name[n] == '/');
	}
	return buf_steal(&b);
}

static unsigned depth_of(const char *path)
{
	unsigned n = 0;
	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* The rule at the top of this file. */
static bool stays_inside(const char *path, const char *target)
{
	unsigned up = depth_of(path);
	bool named = false;
	if (!*target || *target == '/')
		return false;
	while (*target) {
		size_t n = strcspn(target, "/");
		if (n == 2 && target[0] == '.' && target[1] == '.') {
			if (named || up-- == 0)
				return false;
		} else if (plain(target, n)) {
			named = true;
		}
		target += n + (target[n] == '/');
	}
	return true;
}

/* The shortcomings of one entry. */
static void check(struct pass *p, const char *path, const struct tar_entry *t)
{
	struct contract *c = p->c;
	switch (t->type) {
	case TAR_DIR:
	case TAR_HARDLINK:
		return;
	case TAR_FILE:
		if (t->mode & (S_ISUID | S_ISGID))
			contract_short(c, "/dr/%s is a set-uid or set-gid file", path);
		return;
	case TAR_SYMLINK:
		if (!stays_inside(path, t->link ? t->link : ""))
			contract_short(c, "/dr/%s is a symlink that leads out of /dr, to %s", path, t->link);
		return;
	case TAR_CHAR:
	case TAR_BLOCK:
	case TAR_FIFO:
		break;
	}
	contract_short(c, "/dr/%s is %s", path, t->type == TAR_FIFO ? "a named pipe" : "a device");
}

/* A regular file directly in /dr is a command. */
static void note_command(struct pass *p, const char *path)
{
	const char *script;
	if (strchr(path, '/') || *path == '.')
		return;
	if (!strvec_has(&p->c->commands, path))
		strvec_push(&p->c->commands, path);
	for (size_t i = 0; (script = contract_script(i)); i++)
		p->scripts[i] |= str_eq(script, path);
}

/* Modes are root's: whoever wrote the image cannot leave a script that others may change. */
static int unpack(struct pass *p, const char *path, struct err *e)
{
	struct tar_entry *t = &p->tar->entry;
	if (t->type == TAR_HARDLINK) {
		char *target = beneath(t->link);
		if (!target || !*target) {
			free(target);
			return err_set(e, ERR_FORMAT, "the hard link /dr/%s leads out of /dr", path);
		}
		free(t->link);
		t->link = target;
	}
	t->mode = t->type == TAR_DIR || t->mode & 0111 ? 0755 : 0644;
	return unpack_entry(&p->unpack, p->tar, path, e);
}

/* Returns 1 when it is useless to read on, else 0 or -1. */
static int entry(struct pass *p, struct err *e)
{
	const struct tar_entry *t = &p->tar->entry;
	CLEANUP_FREE char *path = beneath(t->path);
	if (!path)
		return err_set(e, ERR_FORMAT, "the engine's tar of /dr holds a path that is none: %.200s", t->path);
	if (!*path)
		return 0;
	if (++p->files > CONTRACT_FILES_MAX) {
		contract_short(p->c, "its /dr holds %d files or more", CONTRACT_FILES_MAX + 1);
		return 1;
	}
	p->bytes += t->type == TAR_FILE ? t->size : 0;
	if (t->size > CONTRACT_BYTES_MAX || p->bytes > CONTRACT_BYTES_MAX) {
		contract_short(p->c, "the files in its /dr have more than %d MiB", CONTRACT_BYTES_MAX >> 20);
		return 1;
	}
	if (strlen(path) + strlen("/dr/") > CONTRACT_PATH_MAX)
		contract_short(p->c, "/dr/%.60s... is a path of more than %d characters", path, CONTRACT_PATH_MAX);
	else
		check(p, path, t);
	if (t->type == TAR_FILE || t->type == TAR_HARDLINK)
		note_command(p, path);
	if (p->unpack.root < 0 || p->c->shortcomings.n)
		return 0;
	return unpack(p, path, e);
}

static void missing_scripts(struct pass *p)
{
	CLEANUP_STRVEC struct strvec missing = {0};
	const char *script;
	for (size_t i = 0; (script = contract_script(i)); i++)
		if (!p->scripts[i])
			strvec_push(&missing, script);
	if (!missing.n)
		return;
	CLEANUP_FREE char *names = strvec_join(&missing, ", ");
	contract_short(p->c, "its /dr lacks the script%s %s", missing.n > 1 ? "s" : "", names);
}

int contract_files(struct contract *c, struct reader *r, int dirfd, struct err *e)
{
	struct tar_reader tar;
	struct pass p = {.c = c, .tar = &tar, .unpack = {.root = dirfd, .flags = UNPACK_PLAIN_ONLY}};
	int rc;
	tar_reader_init(&tar, r);
	while ((rc = tar_read_next(&tar, e)) > 0) {
		rc = entry(&p, e);
		if (rc != 0)
			break;
	}
	/* The end of the body, behind the archive's own end, must come too: an engine that stops early shows there. */
	const unsigned char *rest;
	ssize_t n = 0;
	while (rc == 0 && (n = reader_block(r, &rest, e)) > 0)
		reader_consume(r, (size_t)n);
	tar_reader_free(&tar);
	if (rc == 0 && dirfd >= 0 && !c->shortcomings.n)
		rc = unpack_finish(&p.unpack, e);
	unpack_free(&p.unpack);
	if (rc < 0 || n < 0)
		return -1;
	if (rc == 0)
		missing_scripts(&p);
	strvec_sort(&c->commands);
	return 0;
}
