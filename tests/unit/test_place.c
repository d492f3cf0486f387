/* place: two folders change places, and it can be repeated from wherever it was interrupted. */
#include "check.h"
#include "tmpdir.h"

#include "base/str.h"
#include "sys/place.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct pair {
	struct tmpdir d;
	char *a, *b, *spare;
	uint64_t old, new;
};

static struct pair pair_new(void)
{
	struct err e;
	struct pair p = {.d = tmpdir_new()};
	p.a = str_printf("%s/a", p.d.path);
	p.b = str_printf("%s/b", p.d.path);
	p.spare = str_printf("%s/b.old", p.d.path);
	if (mkdir(p.a, 0755) < 0 || mkdir(p.b, 0700) < 0 || place_look(p.a, &p.old, &e) < 0 || place_look(p.b, &p.new, &e) < 0)
		tmpdir_die(p.a);
	return p;
}

static void pair_free(struct pair *p)
{
	free(p->a);
	free(p->b);
	free(p->spare);
	tmpdir_free(&p->d);
}

static bool is(const char *path, uint64_t number)
{
	struct err e;
	uint64_t n;
	return (place_look(path, &n, &e) < 0 ? 0 : n) == number;
}

TEST(forth_and_back)
{
	struct err e;
	struct pair p = pair_new();
	CHECK_EQ(place_folder(p.a, p.b, p.new, &e), 1);
	CHECK(is(p.a, p.new) && is(p.b, p.old) && is(p.spare, 0));
	CHECK_EQ(place_folder(p.a, p.b, p.new, &e), 0);
	CHECK_EQ(place_folder(p.a, p.b, p.old, &e), 1);
	CHECK(is(p.a, p.old) && is(p.b, p.new));
	CHECK_EQ(place_folder(p.a, p.b, 1, &e), -1);
	CHECK_EQ(e.kind, ERR_NOT_FOUND);
	CHECK(is(p.a, p.old) && is(p.b, p.new));
	pair_free(&p);
}

/* What is left when three renames stand for the exchange, and stopped in the middle. */
TEST(interrupted)
{
	struct err e;
	for (int back = 0; back < 2; back++) {
		for (int step = 1; step < 3; step++) {
			struct pair p = pair_new();
			CHECK_EQ(rename(p.a, p.spare), 0);
			if (step == 2)
				CHECK_EQ(rename(p.b, p.a), 0);
			CHECK(place_folder(p.a, p.b, back ? p.old : p.new, &e) >= 0);
			CHECK(is(p.a, back ? p.old : p.new) && is(p.b, back ? p.new : p.old) && is(p.spare, 0));
			pair_free(&p);
		}
	}
}

TEST(like)
{
	struct err e;
	struct stat st;
	struct pair p = pair_new();
	CHECK_EQ(chmod(p.a, 01751), 0);
	CHECK_OK(place_like(p.b, p.a, &e));
	CHECK_EQ(stat(p.b, &st), 0);
	CHECK_EQ(st.st_mode & 07777, 01751);
	CHECK_EQ(place_like(p.spare, p.a, &e), -1);
	pair_free(&p);
}

CHECK_MAIN
