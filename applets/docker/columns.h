/*
 * columns: cells with tabs between them, padded so that they stand in columns: the elastic tabs of Go's text/tabwriter.
 * A column is a run of lines that have a cell there with a tab behind it; other lines do not widen it.
 */
#ifndef DOCKER_COLUMNS_H
#define DOCKER_COLUMNS_H

#include "base/buf.h"

#include <stddef.h>

/* Appends the lines of the n bytes at text to out; a column is at least min wide, and padding wider than its widest cell. */
void columns_align(const char *text, size_t n, size_t min, size_t padding, struct buf *out);

#endif
