/*
 * args: the arguments of the Ansible module dr_service, from the JSON object that Ansible hands over.
 *
 *     CLEANUP_ARGS struct args a = {0};
 *     if (args_parse(&a, text, n, e) < 0) return -1;      everything that is wrong, in one message
 *
 * Ansible's own words (_ansible_...) stand among the arguments; those that are not known are ignored, as modules do.
 */
#ifndef ANSIBLE_ARGS_H
#define ANSIBLE_ARGS_H

#include "base/vec.h"
#include "codec/json.h"

#include <stdbool.h>

struct args {
	struct json *doc;              /* what the strings are borrowed from */
	const char *name, *image, *state, *directory, *bin_dir, *pull, *backup, *passphrase, *command;
	const char *docker_host, *docker_cert_path;
	bool with_image, live, force, docker_tls_verify;
	struct strvec recipients, identity;
	struct strvec args;            /* of the command */
	struct strvec environment;     /* "NAME=value" */
	bool check, diff, no_log;
	int verbosity;
};

#define CLEANUP_ARGS CLEANUP_WITH(args_free)

/* ERR_USAGE names everything that is unknown, missing, contradictory or of the wrong type. */
int args_parse(struct args *a, const char *text, size_t n, struct err *e) MUST_CHECK;

/* The arguments as they were given, without what is secret. */
void args_write(struct json_writer *w, const struct args *a);
void args_free(struct args *a);

#endif
