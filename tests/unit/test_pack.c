#include "check.h"
#include "tmpdir.h"

#include "archive/pack.h"
#include "base/str.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct late {
	int dir;
	const char *name;   /* of the file that changes when it has been looked at, or NULL */
};

static enum pack_choice filter(void *arg, const char *name, const struct stat *st)
{
	const struct late *l = arg;
	if (l->name && S_ISREG(st->st_mode) && str_eq(str_basename(name), "last") && fchmodat(l->dir, l->name, 0600, 0) < 0)
		tmpdir_die(l->name);
	return PACK_TAKE;
}

/* Packs the folder. Returns how many changes were noticed, or -1. */
static int changes(struct late *l)
{
	struct err e;
	struct buf archive = {0};
	struct buf_writer w;
	struct tar_writer t;
	buf_writer_init(&w, &archive, 1 << 20);
	tar_writer_init(&t, &w.base);
	struct pack p = {.out = &t, .flags = PACK_STILL, .filter = filter, .arg = l};
	int n = pack_tree(&p, l->dir, ".", "in", &e) < 0 ? -1 : (int)p.changed;
	pack_free(&p);
	tar_writer_free(&t);
	buf_free(&archive);
	return n;
}

/* Kernels since 6.13 are exact with what changes after it was looked at: that is later than the last tick. */
TEST(still_forgives_what_changed_right_before)
{
	CLEANUP_TMPDIR struct tmpdir dir = tmpdir_new();
	struct late l = {dir.fd, NULL};
	struct stat st;
	tmpdir_put(&dir, "last", "x");
	for (int i = 0; i < 30; i++) {
		CHECK_EQ(fstatat(dir.fd, "last", &st, 0), 0);
		CHECK_EQ(fchmodat(dir.fd, "last", 0640, 0), 0);
		CHECK_EQ(fstat(dir.fd, &st), 0);
		CHECK_EQ(fchmod(dir.fd, 0700), 0);
		CHECK_EQ(changes(&l), 0);
	}
}

TEST(still_notices_what_changes_meanwhile)
{
	CLEANUP_TMPDIR struct tmpdir dir = tmpdir_new();
	struct late l = {dir.fd, "other"};
	tmpdir_put(&dir, "other", "x");
	tmpdir_put(&dir, "last", "x");
	for (int i = 0; i < 10; i++)
		CHECK(changes(&l) > 0);
}

CHECK_MAIN
