/*
 * rows: the kinds of rows that more than one command shows.
 */
#ifndef DOCKER_ROWS_H
#define DOCKER_ROWS_H

#include "docker/format.h"

extern const struct listing_kind listing_containers, listing_images, listing_volumes;

/* Of GET /containers/json; virtual: with the size of the image. */
void row_container(struct row *r, const struct json *c, bool whole, bool virtual);

/* Of GET /images/json. */
void row_image(struct row *r, const struct json *image, const char *repository, const char *tag, const char *digest, bool whole);

/* Of GET /volumes. */
void row_volume(struct row *r, const struct json *volume);

/* Numbers in names compare as numbers; docker_by_name: the same for objects with a Name, for qsort. */
int docker_natural(const char *a, const char *b);
int docker_by_name(const void *a, const void *b);

/* Fails when one of the words is no label. */
int docker_labels(const struct strvec *labels, struct err *e) MUST_CHECK;

/* A reference without "docker.io/" and "library/" (borrowed). */
const char *docker_familiar(const char *ref);

/* "ip:port", "[ip]:port" */
void docker_host_port(const char *ip, const char *port, struct buf *out);

#endif
