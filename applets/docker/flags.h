/*
 * flags: the flags of docker create, run and update, as a table, and the JSON body that they make.
 *
 *     CLEANUP_WITH(flags_free) struct flags_set f = {0};
 *     int first = flags_parse(&f, argc, argv, false, e);       index of the image
 *     flags_apply(&f, e);
 *     flags_json(&f, "", &json);
 *
 * A path is keys with ':' between them: no key that the API has or that a user may give in a path has one.
 */
#ifndef DOCKER_FLAGS_H
#define DOCKER_FLAGS_H

#include "base/buf.h"
#include "base/vec.h"
#include "command.h"

#include <stdint.h>

struct flags_set;

struct flag {
	const char *name;
	char letter, type;           /* type: see flags.c */
	const char *path;            /* in the body; NULL: the client's own */
	int (*set)(struct flags_set *f, const char *value, struct err *e);
	const char *allow;
	int64_t low, high;
};

/* One value in the body. */
struct flag_value {
	char *path;
	char kind;                   /* '{', '[' or 0: a plain value */
	struct strvec keys, json;    /* as many keys ("": none) as values; one with kind 0 */
};

struct flag_given {
	const struct flag *flag;
	const char *value;
};

struct flags_set {
	struct flag_given *given;
	size_t n_given, cap_given;
	struct flag_value *values;
	size_t n_values, cap_values;
	struct strvec networks;
};

enum flags_for { FLAGS_CREATE, FLAGS_RUN, FLAGS_UPDATE };

void flags_free(struct flags_set *f);

/* Gathers the flags that the command has. Returns the index of the first operand. */
int flags_parse(struct flags_set *f, int argc, char **argv, enum flags_for which, struct err *e) MUST_CHECK;

/* Turns what was gathered into values; errors name the flag and the value. */
int flags_apply(struct flags_set *f, struct err *e) MUST_CHECK;

/* The last value given to the flag of that name, or NULL; a switch has "true". */
const char *flags_get(const struct flags_set *f, const char *name);
bool flags_on(const struct flags_set *f, const char *name);

/* Puts a value in: `json` as it stands, or appended inside '[' or, with its key, inside '{'. What has the same key (which
   does not show in a '[', and may be NULL there) is replaced. No json: the list is there, empty if nothing is put in. */
void flags_put(struct flags_set *f, const char *path, char kind, const char *key, const char *json);
void flags_put_str(struct flags_set *f, const char *path, char kind, const char *key, const char *text);

/* Takes the value at the path out again. */
void flags_drop(struct flags_set *f, const char *path);

/* Appends the object of all values whose path begins with `root` ("" or "HostConfig:"). */
void flags_json(const struct flags_set *f, const char *root, struct buf *out);

/* Lists the flags for --help. */
void flags_help(enum flags_for which);

/* Adds the lines of a file of variables or labels; bare names take their value from the environment if env, and
   are left out otherwise. */
int flags_file(struct strvec *out, const char *path, bool env, struct err *e) MUST_CHECK;

/* One letter's special flags, in special.c, ports.c and networks.c. */
int flag_publish(struct flags_set *f, const char *v, struct err *e);
int flag_expose(struct flags_set *f, const char *v, struct err *e);
int flag_volume(struct flags_set *f, const char *v, struct err *e);
int flag_mount(struct flags_set *f, const char *v, struct err *e);
int flag_device(struct flags_set *f, const char *v, struct err *e);
int flag_ulimit(struct flags_set *f, const char *v, struct err *e);
int flag_gpus(struct flags_set *f, const char *v, struct err *e);
int flag_restart(struct flags_set *f, const char *v, struct err *e);
int flag_health(struct flags_set *f, const char *v, struct err *e);
int flag_no_health(struct flags_set *f, const char *v, struct err *e);
int flag_security(struct flags_set *f, const char *v, struct err *e);
int flag_tmpfs(struct flags_set *f, const char *v, struct err *e);
int flag_network(struct flags_set *f, const char *v, struct err *e);
int flag_env(struct flags_set *f, const char *v, struct err *e);
int flag_add_host(struct flags_set *f, const char *v, struct err *e);
int flag_link(struct flags_set *f, const char *v, struct err *e);
int flag_env_file(struct flags_set *f, const char *v, struct err *e);
int flag_label_file(struct flags_set *f, const char *v, struct err *e);

/* What the flags of networks come to, once all are known. */
int flags_networks(struct flags_set *f, struct err *e) MUST_CHECK;

/* What is asked of the values of plain flags. */
int check_ip(struct flags_set *f, const char *v, struct err *e);
int check_mac(struct flags_set *f, const char *v, struct err *e);
int check_key(struct flags_set *f, const char *v, struct err *e);
int check_env(struct flags_set *f, const char *v, struct err *e);
int check_pair(struct flags_set *f, const char *v, struct err *e);
int check_sysctl(struct flags_set *f, const char *v, struct err *e);
int check_device_rule(struct flags_set *f, const char *v, struct err *e);
bool flag_allows(const char *allow, const char *v);
bool flag_is_ip(const char *s);

/* "1.5g" as bytes, "90s" or "1h30m" as nanoseconds, "1.5" in billionths; -1: none of these. */
int64_t flag_bytes(const char *s);
int64_t flag_duration(const char *s);
int64_t flag_billionths(const char *s, const char **end);

/* A number as Go reads it (0x10 too), and a truth: 1, 0, or -1 for what is none. */
int64_t flag_integer(const char *s, int64_t least, int64_t most, bool *ok);
int flag_bool(const char *s);

/* The fields of one line of comma-separated values, as RFC 4180 quotes them. */
int flag_csv(struct strvec *out, const char *s, struct err *e) MUST_CHECK;

/* The n bytes in lower case, and a path from the working directory without its . and .. (the caller's). */
char *flag_lower(const char *s, size_t n);
char *flag_full_path(const char *path);

#endif
