/*
 * tmpdir: a private folder for a unit test, removed when the scope ends.
 *
 *     CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
 *     tmpdir_put(&d, "passwd", "root:x:0:0::/:/bin/sh\n");
 */
#ifndef TMPDIR_H
#define TMPDIR_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/file.h"

struct tmpdir {
	int fd;
	char path[128];
};

#define CLEANUP_TMPDIR CLEANUP_WITH(tmpdir_free)

static inline void tmpdir_die(const char *what)
{
	perror(what);
	exit(1);
}

static inline struct tmpdir tmpdir_new(void)
{
	struct tmpdir d;
	const char *base = getenv("TMPDIR");
	snprintf(d.path, sizeof d.path, "%s/dr-unit-XXXXXX", base && strlen(base) < 100 ? base : "/tmp");
	if (!mkdtemp(d.path) || (d.fd = open(d.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		tmpdir_die(d.path);
	return d;
}

static inline void tmpdir_free(struct tmpdir *d)
{
	struct err e;
	close(d->fd);
	if (file_rm_tree(AT_FDCWD, d->path, &e) < 0)
		fprintf(stderr, "%s\n", e.msg);
}

static inline void tmpdir_put(const struct tmpdir *d, const char *name, const char *text)
{
	int fd = openat(d->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		tmpdir_die(name);
	close(fd);
}

/* The file's text in a static buffer, or NULL when it is absent. */
static inline const char *tmpdir_get(const struct tmpdir *d, const char *name)
{
	static char text[16384];
	int fd = openat(d->fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

/* How many entries the folder has. */
static inline int tmpdir_count(const struct tmpdir *d)
{
	int n = 0;
	DIR *dir = opendir(d->path);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n - 2;
}

#endif
