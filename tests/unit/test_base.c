#include "check.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/stream.h"
#include "base/vec.h"

#include <errno.h>

TEST(strings)
{
	CHECK(str_eq(NULL, NULL));
	CHECK(!str_eq(NULL, ""));
	CHECK(str_eq("a", "a"));
	CHECK(str_starts("helloworld", "hello") && !str_starts("hell", "hello"));
	CHECK(str_ends("a.tar", ".tar") && !str_ends("tar", ".tar") && str_ends("x", ""));
	CHECK_STR(str_after("key=value", "key="), "value");
	CHECK(!str_after("key", "key="));
	CHECK_STR(str_basename("/usr/bin/dr"), "dr");
	CHECK_STR(str_basename("dr"), "dr");
	CHECK_STR(str_basename("a/"), "");
}

TEST(numbers)
{
	struct err e = {0};
	uint64_t n = 7;
	CHECK_OK(str_to_u64("0", 9, &n, "x", &e));
	CHECK_EQ(n, 0);
	CHECK_OK(str_to_u64("18446744073709551615", UINT64_MAX, &n, "x", &e));
	CHECK(n == UINT64_MAX);
	static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "0x1", "1a", "10", "18446744073709551616",
		"99999999999999999999999"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK(str_to_u64(bad[i], 9, &n, "--level", &e) < 0);
		CHECK_EQ(e.kind, ERR_USAGE);
		CHECK_HAS(e.msg, "--level");
	}
}

TEST(distance)
{
	CHECK_EQ(str_distance("install", "install"), 0);
	CHECK_EQ(str_distance("instal", "install"), 1);
	CHECK_EQ(str_distance("", "abc"), 3);
	CHECK_EQ(str_distance("kitten", "sitting"), 3);
	char lots[100];
	memset(lots, 'a', 99);
	lots[99] = 0;
	CHECK(str_distance(lots, "a") > 20);
}

TEST(errors)
{
	struct err e = {0};
	CHECK_EQ(err_set(&e, ERR_LIMIT, "more than %d", 5), -1);
	CHECK_EQ(e.kind, ERR_LIMIT);
	err_wrap(&e, "cannot read %s", "it");
	CHECK_STR(e.msg, "cannot read it: more than 5");
	CHECK_EQ(e.kind, ERR_LIMIT);
	err_hint(&e, "; try %s", "less");
	CHECK_STR(e.msg, "cannot read it: more than 5; try less");
	errno = ENOENT;
	err_sys(&e, "cannot open %s", "x");
	CHECK_EQ(e.kind, ERR_NOT_FOUND);
	CHECK_EQ(e.sys, ENOENT);
	char lots[5000];
	memset(lots, 'b', sizeof lots - 1);
	lots[sizeof lots - 1] = 0;
	err_set(&e, ERR_USAGE, "%s", lots);
	err_wrap(&e, "%s", lots);
	CHECK_EQ(strlen(e.msg), sizeof e.msg - 1);
}

TEST(lists)
{
	CLEANUP_STRVEC struct strvec v = {0};
	CHECK(!strvec_has(&v, "a"));
	CLEANUP_FREE char *none = strvec_join(&v, ",");
	CHECK_STR(none, "");
	strvec_push(&v, "b");
	strvec_pushf(&v, "%d", 7);
	strvec_take(&v, mem_strdup("a"));
	CHECK_EQ(v.n, 3);
	CHECK(v.items[3] == NULL);
	strvec_sort(&v);
	CLEANUP_FREE char *all = strvec_join(&v, ", ");
	CHECK_STR(all, "7, a, b");
	CHECK(strvec_has(&v, "a") && !strvec_has(&v, "c"));
}

TEST(bytes)
{
	CLEANUP_BUF struct buf b = {0};
	CHECK_STR(buf_cstr(&b), "");
	buf_add(&b, NULL, 0);
	CHECK_STR(buf_cstr(&b), "");
	buf_printf(&b, "%s-%d", "abc", 5);
	buf_byte(&b, '!');
	CHECK_STR(b.data, "abc-5!");
	for (int i = 0; i < 1000; i++)
		buf_str(&b, "0123456789");
	CHECK_EQ(b.len, 10006);
	CLEANUP_FREE char *s = buf_steal(&b);
	CHECK_EQ(strlen(s), 10006);
	CHECK_EQ(b.len, 0);
	buf_str(&b, "secret");
	buf_wipe(&b);
	CHECK(b.data == NULL);
}

/* A reader that gives its bytes in pieces of `step`, then fails if that is wanted. */
struct drip {
	struct reader base;
	const char *p;
	size_t step;
	bool fails;
};

static ssize_t drip_next(struct reader *r, const unsigned char **block, struct err *e)
{
	struct drip *d = (struct drip *)r;
	size_t n = strnlen(d->p, d->step);
	if (!n && d->fails)
		return err_set(e, ERR_PROTOCOL, "broken off");
	*block = (const unsigned char *)d->p;
	d->p += n;
	return (ssize_t)n;
}

static const struct reader_ops drip_ops = {.next = drip_next};

TEST(reading)
{
	struct err e = {0};
	for (size_t step = 1; step < 12; step++) {
		struct drip d = {.base.ops = &drip_ops, .p = "0123456789", .step = step};
		const unsigned char *p;
		char out[16] = "";
		CHECK(reader_peek(&d.base, 4, &p, &e) >= 4);
		CHECK_MEM(p, 4, "0123", 4);
		CHECK_OK(reader_skip(&d.base, 2, &e));
		CHECK_OK(reader_exact(&d.base, out, 5, &e));
		CHECK_STR(out, "23456");
		CHECK(reader_peek(&d.base, 9, &p, &e) == 3);
		CHECK_EQ(d.base.consumed, 7);
		CHECK(reader_exact(&d.base, out, 4, &e) < 0);
		CHECK_EQ(e.kind, ERR_FORMAT);
		reader_free(&d.base);
	}
}

TEST(errors_stick)
{
	struct err e = {0}, again = {0};
	struct drip d = {.base.ops = &drip_ops, .p = "ab", .step = 9, .fails = true};
	char out[8];
	CHECK_EQ(reader_read(&d.base, out, 8, &e), 2);
	CHECK_EQ(reader_read(&d.base, out, 8, &e), -1);
	d.fails = false;
	CHECK_EQ(reader_read(&d.base, out, 8, &again), -1);
	CHECK_STR(again.msg, "broken off");
	reader_free(&d.base);
}

TEST(limits_and_copies)
{
	struct err e = {0};
	struct drip d = {.base.ops = &drip_ops, .p = "0123456789", .step = 4};
	CLEANUP_BUF struct buf out = {0};
	struct buf_writer w;
	buf_writer_init(&w, &out, 10);
	CHECK_EQ(stream_copy(&d.base, &w.base, &e), 10);
	CHECK_STR(buf_cstr(&out), "0123456789");
	CHECK(writer_write(&w.base, "01", 2, &e) < 0);
	CHECK_EQ(e.kind, ERR_LIMIT);
	CHECK(writer_str(&w.base, "x", &e) < 0);
	reader_free(&d.base);
	writer_free(&w.base);
}

CHECK_MAIN
