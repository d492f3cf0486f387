/* Images from and to registries, and their logins: pull, push, login, logout. */
#include "docker/messages.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json.h"
#include "engine/api_path.h"
#include "engine/image.h"
#include "engine/image_ref.h"
#include "engine/registry_auth.h"
#include "sys/fd.h"
#include "sys/tty.h"

#include <stdio.h>
#include <string.h>

struct registry_opts {
	bool all, quiet, trust, password_stdin;
	const char *platform, *user, *password;
};

#define AT(f) offsetof(struct registry_opts, f)
static const struct opt move_options[] = {
	{'a', "all-tags", OPT_FLAG, NULL, "all tags of the repository", AT(all)},
	{0, "disable-content-trust", OPT_FLAG, NULL, NULL, AT(trust)},
	{0, "platform", OPT_STR, "OS/ARCH", "of several platforms, this one", AT(platform)},
	{'q', "quiet", OPT_FLAG, NULL, "show no progress", AT(quiet)},
	{0},
};
static const struct opt login_options[] = {
	{'p', "password", OPT_STR, "PASSWORD", "the password (others on this host can see it)", AT(password)},
	{0, "password-stdin", OPT_FLAG, NULL, "read the password from stdin", AT(password_stdin)},
	{'u', "username", OPT_STR, "NAME", "the user", AT(user)},
	{0},
};

/* What is asked for: the repository, and a tag or digest, "" for all tags. */
struct wanted {
	char *repository, *tag;
	char *header;                /* X-Registry-Auth and its value */
	char *shown;
};

#define CLEANUP_WANTED CLEANUP_WITH(wanted_free)

static void wanted_free(struct wanted *w)
{
	free(w->repository);
	free(w->tag);
	free(w->header);
	free(w->shown);
}

static int want(struct wanted *w, const struct registry_opts *o, const char *name, bool push, struct err *e)
{
	CLEANUP_IMAGE_REF struct image_ref ref = {0};
	CLEANUP_FREE char *auth = NULL;
	if (image_ref_parse(&ref, name, e) < 0)
		return -1;
	const char *colon = strrchr(name, ':');
	bool tagged = ref.digest || (colon && !strchr(colon, '/'));
	if (o->all && tagged)
		return err_set(e, ERR_USAGE, "a tag cannot be given with --all-tags: %s", name);
	if (push && ref.digest)
		return err_set(e, ERR_USAGE, "cannot push a digest: %s", name);
	if (!tagged && !o->all && !o->quiet)
		puts("Using default tag: latest");
	w->tag = mem_strdup(o->all ? "" : ref.digest ? ref.digest : ref.tag);
	w->repository = str_printf("%s/%s", ref.domain, ref.path);
	w->shown = image_ref_full(&ref);
	if (o->all)
		w->shown[strlen(w->repository)] = '\0';
	if (docker_auth(name, &auth, e) < 0)
		return -1;
	w->header = str_printf("X-Registry-Auth: %s", auth);
	return 0;
}

static int move(struct invocation *in, bool push, struct err *e)
{
	const struct registry_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_WANTED struct wanted w = {0};
	CLEANUP_BUF struct buf query = {0};
	CLEANUP_WITH(messages_free) struct messages m = {.quiet = o->quiet};
	if (want(&w, o, in->argv[0], push, e) < 0 || docker_engine(&g, e) < 0 ||
	    (o->platform && engine_needs(&g, push ? 46 : 32, "--platform", e) < 0))
		return -1;
	if (!push)
		api_query_add(&query, "fromImage", w.repository);
	api_query_add(&query, "tag", *w.tag ? w.tag : NULL);
	api_query_add(&query, "platform", o->platform);
	struct engine_request rq = {.method = "POST", .query = buf_cstr(&query),
		.headers = (const char *const[]){w.header, NULL}};
	int rc = push ? engine_start(&g, &rq, &rp, e, "/images/%s/push", w.repository)
		: engine_start(&g, &rq, &rp, e, "/images/create");
	if (rc < 0 || messages_show(&m, rp.body, e) < 0)
		return -1;
	messages_free(&m);
	if (!push || o->quiet)
		puts(w.shown);
	return EXIT_DONE;
}

static int run_pull(struct invocation *in, struct err *e)
{
	return move(in, false, e);
}

static int run_push(struct invocation *in, struct err *e)
{
	return move(in, true, e);
}

/* --- login */

static int read_password(struct buf *out, struct err *e)
{
	if (fd_read_all(STDIN_FILENO, 64 << 10, out, "the password from stdin", e) < 0)
		return -1;
	while (out->len && (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == '\r'))
		out->data[--out->len] = '\0';
	return out->len ? 0 : err_set(e, ERR_USAGE, "the password on stdin is empty");
}

/* Asks for what was not given. */
static int ask(struct registry_login *l, struct err *e)
{
	CLEANUP_WITH(buf_wipe) struct buf password = {0};
	char line[256];
	if (!tty_is(STDIN_FILENO))
		return err_set(e, ERR_USAGE, "cannot ask for a login without a terminal; use -u NAME --password-stdin");
	if (!l->user) {
		fputs("Username: ", stdout);
		fflush(stdout);
		if (!fgets(line, sizeof line, stdin))
			return err_set(e, ERR_USAGE, "no user name was given");
		line[strcspn(line, "\r\n")] = '\0';
		l->user = mem_strdup(line);
	}
	if (!*l->user)
		return err_set(e, ERR_USAGE, "the user name is empty");
	if (tty_passphrase("Password", false, &password, e) < 0)
		return -1;
	l->password = mem_strdup(buf_cstr(&password));
	return 0;
}

/* POST /auth: the engine asks the registry, and may come back with an identity token. */
static int check(struct registry_login *l, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_WITH(buf_wipe) struct buf json = {0};
	CLEANUP_WITH(buf_wipe) struct buf answer = {0};
	struct json_writer w = {.out = &json};
	json_begin(&w, '{');
	json_kstr(&w, "username", l->token ? NULL : l->user);
	json_kstr(&w, "password", l->token ? NULL : l->password);
	json_kstr(&w, "identitytoken", l->token);
	json_kstr(&w, "serveraddress", l->server);
	json_end(&w, '}');
	if (docker_engine(&g, e) < 0 || engine_call(&g, "POST", buf_cstr(&json), &answer, e, "/auth") < 0)
		return -1;
	struct err ignored;
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&answer), answer.len, &ignored);
	const char *token = json_str_at(doc, "IdentityToken");
	if (token && *token) {
		free(l->token);
		l->token = mem_strdup(token);
	}
	return 0;
}

static int finish_login(const struct registry_login *l, struct err *e)
{
	CLEANUP_FREE char *plain = NULL;
	if (registry_login_store(docker_folder(), l, &plain, e) < 0)
		return -1;
	if (plain)
		fprintf(stderr, "WARNING: the password is stored unencrypted in %s; a credential helper would keep it better\n", plain);
	puts("Login Succeeded");
	return EXIT_DONE;
}

static int run_login(struct invocation *in, struct err *e)
{
	const struct registry_opts *o = in->opts;
	CLEANUP_LOGIN struct registry_login l = {0};
	CLEANUP_WITH(buf_wipe) struct buf password = {0};
	CLEANUP_FREE char *server = registry_server(in->argc ? in->argv[0] : "");
	if (o->password && o->password_stdin)
		return err_set(e, ERR_USAGE, "--password and --password-stdin are mutually exclusive");
	if (o->password_stdin && !o->user)
		return err_set(e, ERR_USAGE, "--password-stdin needs --username");
	if (o->password)
		fputs("WARNING: --password shows the password to others on this host; use --password-stdin\n", stderr);
	if (o->password_stdin && read_password(&password, e) < 0)
		return -1;
	if (!o->user && !o->password) {
		int known = registry_login_find(docker_folder(), server, &l, e);
		if (known < 0)
			return -1;
		if (known) {
			puts("Authenticating with existing credentials...");
			fflush(stdout);
			if (check(&l, e) == 0)
				return finish_login(&l, e);
			docker_error(e);
			registry_login_free(&l);
		}
	}
	l.server = ptr_steal(&server);
	l.user = mem_strdup(o->user);
	l.password = mem_strdup(o->password_stdin ? buf_cstr(&password) : o->password);
	if ((!l.user || !l.password) && ask(&l, e) < 0)
		return -1;
	return check(&l, e) < 0 ? -1 : finish_login(&l, e);
}

static int run_logout(struct invocation *in, struct err *e)
{
	CLEANUP_FREE char *server = registry_server(in->argc ? in->argv[0] : "");
	printf("Removing login credentials for %s\n", server);
	fflush(stdout);
	return registry_login_erase(docker_folder(), server, e) < 0 ? -1 : EXIT_DONE;
}

#define REGISTRY(x, words, operands, table, least) \
	const struct command docker_##x = {.name = #x, .summary = words, .args = operands, .opts = table, \
		.opts_size = sizeof(struct registry_opts), .min_args = least, .max_args = 1, .run = run_##x}

REGISTRY(pull, "fetch an image from a registry", "NAME[:TAG|@DIGEST]", move_options, 1);
REGISTRY(push, "send an image to a registry", "NAME[:TAG]", move_options, 1);
REGISTRY(login, "log in to a registry", "[SERVER]", login_options, 0);
REGISTRY(logout, "forget the login of a registry", "[SERVER]", NULL, 0);
