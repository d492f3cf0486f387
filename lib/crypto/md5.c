#include "crypto/md5.h"

#include <bearssl.h>

_Static_assert(sizeof(br_md5_context) <= sizeof(struct md5), "BearSSL's context does not fit");

void md5_init(struct md5 *h)
{
	br_md5_init((br_md5_context *)(void *)h->state);
}

void md5_add(struct md5 *h, const void *p, size_t n)
{
	br_md5_update((br_md5_context *)(void *)h->state, p, n);
}

void md5_end(const struct md5 *h, unsigned char digest[MD5_SIZE])
{
	br_md5_out((const br_md5_context *)(const void *)h->state, digest);
}
