/*
 * explain: what an S3 server's refusal means, in one line with what to do about it.
 */
#ifndef S3_EXPLAIN_H
#define S3_EXPLAIN_H

#include "s3/s3.h"

/* Reads the rest of an answer whose status is not 2xx, and fills *e: ERR_NOT_FOUND for 404, else ERR_STATUS. */
int s3_explain(const struct s3 *s, const struct http_response *rs, struct err *e);

#endif
