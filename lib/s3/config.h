/*
 * config: whom to talk to and with which keys, as the AWS command line finds them.
 *
 * Keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else the profile AWS_PROFILE (default: default) in
 * ~/.aws/credentials and ~/.aws/config (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE). Region: AWS_REGION,
 * AWS_DEFAULT_REGION, the profile, us-east-1. Endpoint: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's endpoint_url,
 * AWS itself. Buckets stand in the path at an endpoint of one's own and in the host name at AWS;
 * AWS_S3_ADDRESSING_STYLE=path or virtual decides otherwise. AWS_CA_BUNDLE, or the profile's ca_bundle, is a file with the
 * authorities that vouch for an https endpoint, in place of the host's.
 */
#ifndef S3_CONFIG_H
#define S3_CONFIG_H

#include "base/err.h"

#include <stdbool.h>

struct s3_config {
	char *key_id, *secret, *token, *region;
	char *ca;            /* NULL: the host's authorities */
	char *host;          /* of the endpoint, without the bucket; an IPv6 address in brackets */
	unsigned port;
	bool tls, virtual;   /* virtual: the bucket goes in front of the host name */
};

/* Fills *c, which s3_config_free releases in any case. */
int s3_config_load(struct s3_config *c, struct err *e) MUST_CHECK;
void s3_config_free(struct s3_config *c);

/* The value of `key` in [section] of an ini file's text; the caller's, or NULL. */
char *s3_config_value(const char *text, const char *section, const char *key);

#endif
