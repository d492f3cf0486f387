#include "check.h"

#include "engine/attach.h"

#include <unistd.h>

static const unsigned char frames[] = "\1\0\0\0\0\0\0\3abc\2\0\0\0\0\0\0\1E\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\2de";

/* What went to each side when the frames came in two pieces. */
static void split_at(size_t at)
{
	struct err e = {0};
	int out[2], err[2];
	char got[16] = "", bad[16] = "";
	CHECK(pipe(out) == 0 && pipe(err) == 0);
	struct stdcopy s;
	stdcopy_init(&s, out[1], err[1]);
	CHECK_EQ(stdcopy_feed(&s, frames, at, &e), at);
	CHECK_EQ(stdcopy_feed(&s, frames + at, sizeof frames - 1 - at, &e), sizeof frames - 1 - at);
	CHECK_OK(stdcopy_end(&s, &e));
	stdcopy_free(&s);
	CHECK_EQ(read(out[0], got, sizeof got - 1), 5);
	CHECK_EQ(read(err[0], bad, sizeof bad - 1), 1);
	CHECK(strcmp(got, "abcde") == 0 && strcmp(bad, "E") == 0);
	close(out[0]), close(out[1]), close(err[0]), close(err[1]);
}

TEST(split_at_every_byte)
{
	for (size_t at = 0; at < sizeof frames; at++)
		split_at(at);
}

TEST(bad_header_and_early_end)
{
	struct err e = {0};
	struct stdcopy s, t;
	stdcopy_init(&s, -1, -1);
	stdcopy_init(&t, -1, -1);
	CHECK_EQ(stdcopy_feed(&s, (const unsigned char *)"\7\0\0\0\0\0\0\1a", 9, &e), -1);
	CHECK_EQ(e.kind, ERR_PROTOCOL);
	CHECK_EQ(stdcopy_feed(&t, (const unsigned char *)"\1\0\0\0\377\377\377\377a", 9, &e), 9);
	CHECK_EQ(stdcopy_end(&t, &e), -1);
	stdcopy_free(&s);
	stdcopy_free(&t);
}

TEST(keys)
{
	struct err e = {0};
	CLEANUP_BUF struct buf b = {0};
	CHECK_OK(attach_keys("ctrl-p,ctrl-q,x,ctrl-],ctrl-@,DEL", &b, &e));
	CHECK(b.len == 6 && memcmp(b.data, "\x10\x11x\x1d\0\x7f", 6) == 0);
	CHECK_EQ(attach_keys("ctrl-!", &b, &e), -1);
	CHECK_EQ(attach_keys("ctrl-`", &b, &e), -1);
	CHECK_EQ(attach_keys("ctrl-A", &b, &e), -1);  /* engines refuse it */
}

CHECK_MAIN
