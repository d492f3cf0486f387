/*
 * glob: shell patterns against strings (POSIX.1-2017 XCU 2.13), by code points of UTF-8 whatever the locale is; a byte
 * that is not UTF-8 stands for itself. '*', '?', '[a-z]', '[!a-z]', '[^a-z]', '[[:alpha:]]' (ASCII) and '\' are known.
 */
#ifndef CODEC_GLOB_H
#define CODEC_GLOB_H

#include <stdbool.h>

enum {
	GLOB_LEADING_DIR = 1, /* the pattern may also match all before a '/': "usr" matches "usr/bin" */
	GLOB_SEGMENTS = 2,    /* only "**" matches a '/'; "**" with its '/' also matches nothing, as in .dockerignore */
};

bool glob_match(const char *pattern, const char *s, int flags);

#endif
