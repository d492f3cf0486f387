/*
 * check: the frame of the unit tests. One program per module:
 *
 *     #include "check.h"
 *     TEST(empty_input)
 *     {
 *             CHECK_EQ(f(""), 0);
 *             CHECK_OK(g(&x, &e));              e is a struct err of the test
 *     }
 *     CHECK_MAIN
 *
 * `test_x` runs every case, `test_x --list` names them, `test_x NAME...` runs those. A check that fails prints file,
 * line and both values, and ends its case (a helper that checks returns void; its caller goes on). The exit status is 1
 * when anything failed. The last line is "N passed, N failed".
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct check_case {
	const char *name;
	void (*run)(void);
	struct check_case *next;
};

static struct check_case *check_first, **check_last = &check_first;
static int check_failures;

#define TEST(name_) \
	static void test_##name_(void); \
	__attribute__((constructor)) static void check_add_##name_(void) \
	{ \
		static struct check_case c = {.name = #name_, .run = test_##name_}; \
		*check_last = &c; \
		check_last = &c.next; \
	} \
	static void test_##name_(void)

#define CHECK_FAIL(...) \
	do { \
		fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
		fprintf(stderr, __VA_ARGS__); \
		fputc('\n', stderr); \
		check_failures++; \
		return; \
	} while (0)

#define CHECK(cond) \
	do { \
		if (!(cond)) \
			CHECK_FAIL("%s is false", #cond); \
	} while (0)

/* Two integers: the value, then what is expected. */
#define CHECK_EQ(a, b) \
	do { \
		intmax_t check_a = (intmax_t)(a), check_b = (intmax_t)(b); \
		if (check_a != check_b) \
			CHECK_FAIL("%s is %jd (0x%jx), not %jd (0x%jx)", #a, check_a, check_a, check_b, check_b); \
	} while (0)

#define CHECK_STR(a, b) \
	do { \
		const char *check_a = (a), *check_b = (b); \
		if (!check_a || !check_b ? check_a != check_b : strcmp(check_a, check_b) != 0) \
			CHECK_FAIL("%s is \"%s\", not \"%s\"", #a, check_a ? check_a : "(null)", \
				check_b ? check_b : "(null)"); \
	} while (0)

/* The string a contains b. */
#define CHECK_HAS(a, b) \
	do { \
		const char *check_a = (a), *check_b = (b); \
		if (!check_a || !strstr(check_a, check_b)) \
			CHECK_FAIL("%s is \"%s\", without \"%s\"", #a, check_a ? check_a : "(null)", check_b); \
	} while (0)

#define CHECK_MEM(a, an, b, bn) \
	do { \
		size_t check_an = (an), check_bn = (bn), check_i = 0; \
		const unsigned char *check_a = (const void *)(a), *check_b = (const void *)(b); \
		while (check_i < check_an && check_i < check_bn && check_a[check_i] == check_b[check_i]) \
			check_i++; \
		if (check_an != check_bn || check_i < check_an) \
			CHECK_FAIL("%s (%zu bytes) differs from %s (%zu bytes) at byte %zu", #a, check_an, #b, \
				check_bn, check_i); \
	} while (0)

/* A call that must succeed; `e` is the test's struct err. Its value is not kept: see CHECK_EQ_OK. */
#define CHECK_OK(call) \
	do { \
		if ((call) < 0) \
			CHECK_FAIL("%s failed: %s", #call, e.msg); \
	} while (0)

/* A call that must succeed with that value. */
#define CHECK_EQ_OK(call, want) \
	do { \
		intmax_t check_a = (intmax_t)(call), check_b = (intmax_t)(want); \
		if (check_a < 0) \
			CHECK_FAIL("%s failed: %s", #call, e.msg); \
		if (check_a != check_b) \
			CHECK_FAIL("%s is %jd, not %jd", #call, check_a, check_b); \
	} while (0)

/* A call that must fail with that kind of error. */
#define CHECK_ERR(call, want) \
	do { \
		if ((call) >= 0) \
			CHECK_FAIL("%s succeeded", #call); \
		if (e.kind != (want)) \
			CHECK_FAIL("%s failed with kind %d, not %s: %s", #call, (int)e.kind, #want, e.msg); \
	} while (0)

static inline int check_main(int argc, char **argv)
{
	int passed = 0, failed = 0, known = 0;
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (const struct check_case *c = check_first; c; c = c->next)
			puts(c->name);
		return 0;
	}
	for (const struct check_case *c = check_first; c; c = c->next) {
		bool chosen = argc < 2;
		for (int i = 1; i < argc; i++)
			chosen = chosen || strcmp(argv[i], c->name) == 0;
		if (!chosen)
			continue;
		known++;
		check_failures = 0;
		c->run();
		if (check_failures) {
			fprintf(stderr, "FAILED %s\n", c->name);
			failed++;
		} else {
			passed++;
		}
	}
	if (argc > 1 && known < argc - 1) {
		fprintf(stderr, "%s: there is no such case\n", argv[0]);
		failed++;
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed || known == 0;
}

#define CHECK_MAIN \
	int main(int argc, char **argv) \
	{ \
		return check_main(argc, argv); \
	}

#endif
