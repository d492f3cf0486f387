/*
 * pull: the image of a service, on the engine.
 */
#ifndef SERVICE_PULL_H
#define SERVICE_PULL_H

#include "engine/image.h"
#include "service/host.h"

/* Checks that `name` can name an image: a reference, or the id of one. */
int pull_check_name(const char *name, struct err *e) MUST_CHECK;

/* Pulls the image, with its progress when the host's ui has that; a dry run only says so. */
int pull_image(struct host *h, const char *name, struct err *e) MUST_CHECK;

/* Likewise for an image that may be there already, and notes whether it is another one now. */
int pull_again(struct host *h, const char *name, struct err *e) MUST_CHECK;

/* Makes sure that the image is there; *img is filled (image_free). Returns 1 when it was pulled for that, else 0. A dry
   run pulls nothing: it returns 1 with *img empty. */
int pull_if_absent(struct host *h, const char *name, struct image *img, struct err *e) MUST_CHECK;

#endif
