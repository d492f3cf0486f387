/*
 * image_ref: names of images: [DOMAIN[:PORT]/]PATH[:TAG][@DIGEST], as people type them and in full.
 *
 *     CLEANUP_IMAGE_REF struct image_ref r = {0};
 *     if (image_ref_parse(&r, "j842/dr-helloworld", e) < 0) return -1;     docker.io / j842/dr-helloworld / latest
 *
 * The grammar is that of the distribution project's reference package: the first component is a domain when it has a
 * dot, a colon or an upper case letter, or is "localhost"; without one the domain is docker.io, and a path without a
 * slash is library/PATH there. A tag is added ("latest") when there is neither tag nor digest. A bare image id (64 hex
 * digits, or sha256:...) is no reference: image_is_id tells.
 */
#ifndef ENGINE_IMAGE_REF_H
#define ENGINE_IMAGE_REF_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>

struct image_ref {
	char *domain;   /* "docker.io" */
	char *path;     /* "library/debian" */
	char *tag;      /* "latest"; NULL when only a digest was given */
	char *digest;   /* "sha256:..."; or NULL */
};

#define CLEANUP_IMAGE_REF CLEANUP_WITH(image_ref_free)

/* Errors are ERR_USAGE and show the text with what is wrong in it. */
int image_ref_parse(struct image_ref *r, const char *text, struct err *e) MUST_CHECK;
void image_ref_free(struct image_ref *r);

/* The full form, "docker.io/library/debian:12" (the caller's). */
char *image_ref_full(const struct image_ref *r);

/* Whether two texts name the same image: "debian", "docker.io/library/debian:latest". Texts that are no references are
   compared as they are. */
bool image_ref_same(const char *a, const char *b);

/* Whether text is an image id: "sha256:" and 64 hex digits, or 64 hex digits alone. */
bool image_is_id(const char *text);

#endif
