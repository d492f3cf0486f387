#include "service/volume_pack.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/tar_read.h"
#include "service/guest.h"
#include "sys/signal.h"

#include <string.h>

int volume_pack_dir(int dirfd, const char *path, enum section s, unsigned flags, struct backup_writer *w, uint64_t *changed,
	struct err *e)
{
	CLEANUP_PACK struct pack p = {.flags = PACK_XATTRS | PACK_SPARSE | flags};
	backup_hook(w, &p);
	if (pack_tree(&p, dirfd, path, section_path(s), e) < 0 || backup_hooked(w, e) < 0)
		return -1;
	*changed += p.changed;
	return 0;
}

char *volume_pack_root(const char *name)
{
	size_t n = strlen(name);
	while (n && name[n - 1] == '/')
		n--;
	return mem_dup(name, n);
}

const char *volume_pack_beneath(const char *name, const char *root, struct err *e)
{
	const char *rest = str_after(name, root);
	if (rest && (!*rest || *rest == '/' || !*root))
		return rest + strspn(rest, "/");
	err_set(e, ERR_PROTOCOL, "the engine's archive of the volume has a member %s, which is not beneath %s", name, root);
	return NULL;
}

/* Puts the section's path in the place of the root's name in the engine's archive. */
static int rebase(char **name, const char *root, struct err *e)
{
	const char *rest = volume_pack_beneath(*name, root, e);
	if (!rest)
		return -1;
	char *renamed = str_printf("%s%s%s", section_path(SECTION_VOLUME), *rest ? "/" : "", rest);
	free(*name);
	*name = renamed;
	return 0;
}

static int pack_member(struct tar_reader *t, const char *root, struct backup_writer *w, struct err *e)
{
	struct tar_entry *x = &t->entry;
	const unsigned char *p;
	uint64_t offset;
	ssize_t n = 0;
	if (rebase(&x->path, root, e) < 0 || (x->type == TAR_HARDLINK && rebase(&x->link, root, e) < 0))
		return -1;
	/* Names of the container's users mean nothing elsewhere. */
	free(x->uname);
	free(x->gname);
	x->uname = x->gname = NULL;
	if (backup_write_member(w, x, e) < 0)
		return -1;
	while (x->type == TAR_FILE && (n = tar_read_data(t, &p, &offset, e)) > 0)
		if (backup_write_data(w, p, (size_t)n, e) < 0)
			return -1;
	return n < 0 ? -1 : 0;
}

static int pack_members(struct tar_reader *t, struct backup_writer *w, struct err *e)
{
	CLEANUP_FREE char *root = NULL;
	int rc;
	while ((rc = tar_read_next(t, e)) > 0) {
		if (!root)
			root = volume_pack_root(t->entry.path);
		if (pack_member(t, root, w, e) < 0)
			return -1;
	}
	return rc < 0 || root ? rc : err_set(e, ERR_PROTOCOL, "the engine's archive of the volume is empty");
}

static int pack_archive(struct volume_place *p, struct backup_writer *w, struct err *e)
{
	CLEANUP_REPLY struct engine_reply rp = {0};
	struct tar_reader t;
	if (scratch_open(&p->box, VOLUME_AT, &rp, NULL, e) < 0)
		return -1;
	tar_reader_init(&t, rp.body);
	int rc = pack_members(&t, w, e);
	tar_reader_free(&t);
	return rc;
}

/* Each line that dr said in the container. */
static void pass_notes(struct backup_writer *w, char *text)
{
	for (char *line = text, *end; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (w->note)
			w->note(w->arg, line);
	}
}

/* dr's own tar in a container. Returns 1, 0 when it cannot run there and nothing has been written, or -1. */
static int pack_guest(struct volume_place *p, struct host *h, bool live, struct backup_writer *w, uint64_t *changed, struct err *e)
{
	static const char *const words[] = {"tar", "-c", "--format=pax", "--numeric-owner", "--xattrs", "-S", "-C", VOLUME_AT, "."};
	CLEANUP_GUEST struct guest x = {0};
	CLEANUP_STRVEC struct strvec argv = {0};
	CLEANUP_STRVEC struct strvec binds = {0};
	const unsigned char *first;
	struct err ignored;
	struct tar_reader t;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		strvec_push(&argv, words[i]);
	if (live)
		strvec_push(&argv, "--still");
	strvec_pushf(&binds, "%s:" VOLUME_AT ":ro", p->volume);
	if (guest_start(&x, h, p->image, p->token, &binds, &argv, NULL, &ignored) < 0 ||
	    reader_block(&x.out.base, &first, &ignored) <= 0)
		return signal_check(e);
	tar_reader_init(&t, &x.out.base);
	int rc = pack_members(&t, w, e);
	tar_reader_free(&t);
	while (rc == 0 && (rc = (int)reader_block(&x.out.base, &first, e)) > 0) {
		reader_consume(&x.out.base, (size_t)rc);
		rc = 0;
	}
	int code = rc < 0 ? -1 : guest_end(&x, e);
	if (code < 0)
		return -1;
	if (code > 1)
		return err_set(e, ERR_STATUS, "%s", buf_cstr(&x.out.error));
	pass_notes(w, x.out.error.data);
	*changed += (uint64_t)code;
	return 1;
}

int volume_pack(struct volume_place *p, struct host *h, bool live, struct backup_writer *w, uint64_t *changed, struct err *e)
{
	if (p->dir >= 0)
		return volume_pack_dir(p->dir, ".", SECTION_VOLUME, live ? PACK_STILL : 0, w, changed, e);
	int rc = pack_guest(p, h, live, w, changed, e);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (live)
		return err_set(e, ERR_REFUSED, "it can be read only through the engine, which does not tell whether it changes meanwhile: "
			"leave --live out");
	if (w->note)
		w->note(w->arg, h->engine.podman ? "the volume is read through the engine, which leaves out owners, attributes and parts of a "
			"second" : "the volume is read through the engine, which leaves out attributes and parts of a second");
	return pack_archive(p, w, e);
}
