#include "check.h"

#include "service/name.h"
#include "service/script.h"

TEST(names)
{
	struct err e = {0};
	char longest[66];
	memset(longest, 'a', 65);
	longest[65] = 0;
	static const char *const good[] = {"a", "9", "a.b", "a_b-c", "A1", "x--y"};
	static const char *const bad[] = {"", "-a", ".a", "_a", "a/b", "a b", "a\n", "caf\xc3\xa9", "..", "a\x7f"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CHECK_OK(name_check(good[i], &e));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK(name_check(bad[i], &e) < 0);
		CHECK_EQ(e.kind, ERR_USAGE);
		CHECK(!name_valid(bad[i]));
	}
	CHECK(!name_valid(longest));
	CHECK(name_valid(longest + 1));
}

TEST(volumes)
{
	CLEANUP_STRVEC struct strvec others = {0};
	CHECK(name_owns_volume("a", "dr-a-config", &others));
	CHECK(name_owns_volume("a", "dr-a-b-config", &others));
	CHECK(!name_owns_volume("a", "dr-ab-config", &others));
	CHECK(!name_owns_volume("a", "a-config", &others));
	CHECK(!name_owns_volume("a", "dr-a", &others));
	strvec_push(&others, "a-b");
	CHECK(!name_owns_volume("a", "dr-a-b-config", &others));
	CHECK(name_owns_volume("a-b", "dr-a-b-config", &others));
	CHECK(name_owns_volume("a", "dr-a-config", &others));
}

TEST(nearest)
{
	CLEANUP_STRVEC struct strvec words = {0};
	CHECK(name_nearest("x", &words) == NULL);
	strvec_push(&words, "configure");
	strvec_push(&words, "run");
	CHECK_STR(name_nearest("confgure", &words), "configure");
	CHECK_STR(name_nearest("rnu", &words), "run");
	CHECK(name_nearest("backup", &words) == NULL);
}

static void interprets(const char *text, const char *file, const char *arg)
{
	struct err e = {0};
	CLEANUP_FREE char *f = NULL;
	CLEANUP_FREE char *a = NULL;
	CHECK_EQ(script_interpreter(text, strlen(text), &f, &a, &e), file ? 1 : 0);
	CHECK_STR(f, file);
	CHECK_STR(a, arg);
}

TEST(interpreter_lines)
{
	interprets("#!/bin/bash\necho", "/bin/bash", NULL);
	interprets("#! /bin/sh -eu \nx", "/bin/sh", "-eu");
	interprets("#!/usr/bin/env bash", "/usr/bin/env", "bash");
	interprets("#!/usr/bin/env -S a  b\n", "/usr/bin/env", "-S a  b");
	interprets("echo", NULL, NULL);
	interprets("#!\n", NULL, NULL);
	interprets("", NULL, NULL);
	struct err e = {0};
	char *f, *a;
	CHECK(script_interpreter("#!/bin/bash\r\necho", 17, &f, &a, &e) < 0);
	CHECK_HAS(e.msg, "CR LF");
}

CHECK_MAIN
