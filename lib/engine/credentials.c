#include "engine/credentials.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json.h"
#include "sys/spawn.h"

#include <string.h>

enum { ANSWER_MAX = 1 << 20, SECONDS = 60 };

static unsigned seconds_allowed(void)
{
	struct err ignored;
	uint64_t n;
	const char *given = getenv("DR_CREDENTIAL_SECONDS");
	return given && str_to_u64(given, 86400, &n, "", &ignored) == 0 && n ? (unsigned)n : SECONDS;
}

/* Runs a verb. Returns 1, 0 when the helper says that it knows no such login, or -1. */
static int call(const char *helper, const char *verb, const char *server, struct buf *input, struct buf *answer, struct err *e)
{
	if (!*helper || strchr(helper, '/'))
		return err_set(e, ERR_FORMAT, "'%s' in config.json is no name of a credential helper", helper);
	CLEANUP_FREE char *program = str_printf("docker-credential-%s", helper);
	CLEANUP_FREE char *word = mem_strdup(verb);
	char *argv[] = {program, word, NULL};
	struct spawn s = {.argv = argv, .in = {.kind = SPAWN_CAPTURE, .buf = input}, .err = {.kind = SPAWN_NULL},
		.out = {.kind = SPAWN_CAPTURE, .buf = answer, .max = ANSWER_MAX}, .note_signals = true,
		.seconds = seconds_allowed()};
	int code = spawn_run(&s, e);
	if (code < 0)
		return err_wrap(e, "cannot %s the login of %s with %s", verb, server, program);
	if (code == 0)
		return 1;
	if (strstr(buf_cstr(answer), "credentials not found"))
		return 0;
	return err_set(e, ERR_REFUSED, "%s %s failed for %s with exit code %d; run it by hand to see why", program, verb, server, code);
}

int credentials_get(const char *helper, const char *server, struct registry_login *l, struct err *e)
{
	CLEANUP_WITH(buf_wipe) struct buf answer = {0};
	CLEANUP_BUF struct buf input = {0};
	buf_str(&input, server);
	int rc = call(helper, "get", server, &input, &answer, e);
	if (rc <= 0)
		return rc;
	struct err ignored;
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&answer), answer.len, &ignored);
	const char *user = json_str_at(doc, "Username"), *secret = json_str_at(doc, "Secret");
	if (!user || !secret)
		return err_set(e, ERR_PROTOCOL, "docker-credential-%s get: what it says about %s is no login", helper, server);
	l->server = mem_strdup(server);
	bool token = str_eq(user, "<token>");
	l->user = mem_strdup(token ? "" : user);
	l->password = mem_strdup(token ? "" : secret);
	l->token = token ? mem_strdup(secret) : NULL;
	return 1;
}

int credentials_store(const char *helper, const struct registry_login *l, struct err *e)
{
	CLEANUP_WITH(buf_wipe) struct buf answer = {0};
	CLEANUP_WITH(buf_wipe) struct buf input = {0};
	struct json_writer w = {.out = &input};
	json_begin(&w, '{');
	json_kstr(&w, "ServerURL", l->server);
	json_kstr(&w, "Username", l->token ? "<token>" : l->user);
	json_kstr(&w, "Secret", l->token ? l->token : l->password);
	json_end(&w, '}');
	return call(helper, "store", l->server, &input, &answer, e) < 0 ? -1 : 0;
}

int credentials_erase(const char *helper, const char *server, struct err *e)
{
	CLEANUP_WITH(buf_wipe) struct buf answer = {0};
	CLEANUP_BUF struct buf input = {0};
	buf_str(&input, server);
	return call(helper, "erase", server, &input, &answer, e);
}
