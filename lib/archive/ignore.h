/*
 * ignore: the patterns of a .dockerignore file, as docker build applies them to a context.
 *
 *     struct ignore ig = {0};
 *     ignore_parse(&ig, text);
 *     if (ignore_excludes(&ig, "src/a.o")) ...          a path relative to the context, cleaned
 *     ignore_free(&ig);
 *
 * Lines that begin with # and empty lines are passed over. A pattern also covers everything beneath what it matches. With
 * a ! in front it takes back what an earlier line excluded; the last line that matches decides. Within a component '*',
 * '?' and [a-z] match, "**" any number of components.
 */
#ifndef ARCHIVE_IGNORE_H
#define ARCHIVE_IGNORE_H

#include "base/vec.h"

struct ignore {
	struct strvec patterns;      /* cleaned, with their '!' */
};

void ignore_parse(struct ignore *ig, const char *text);
/* Adds one more pattern behind the others. */
void ignore_add(struct ignore *ig, const char *pattern);
void ignore_free(struct ignore *ig);

bool ignore_excludes(const struct ignore *ig, const char *path);

/* Whether something in a directory that is excluded may be taken back: whether a '!' pattern begins with its path. */
bool ignore_reopens(const struct ignore *ig, const char *dir);

#endif
