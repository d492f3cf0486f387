#include "engine/registry_auth.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "engine/context.h"
#include "engine/credentials.h"
#include "engine/image_ref.h"
#include "sys/file.h"

#include <errno.h>
#include <string.h>

enum { CONFIG_MAX = 4 << 20 };

static void wipe(char **text)
{
	if (*text)
		mem_wipe(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void registry_login_free(struct registry_login *l)
{
	wipe(&l->server);
	wipe(&l->user);
	wipe(&l->password);
	wipe(&l->token);
}

/* The host in a server's name, which old files have as a URL. *n is its length. */
static const char *host_in(const char *server, size_t *n)
{
	const char *sep = strstr(server, "://");
	const char *host = sep ? sep + 3 : server;
	*n = strcspn(host, "/");
	return host;
}

char *registry_server(const char *name)
{
	size_t n;
	const char *host = host_in(name, &n);
	CLEANUP_FREE char *server = mem_dup(host, n);
	bool hub = !n || str_eq(server, "docker.io") || str_eq(server, "index.docker.io") || str_eq(server, "registry-1.docker.io");
	return hub ? mem_strdup(REGISTRY_HUB) : ptr_steal(&server);
}

static bool same_server(const char *a, const char *b)
{
	CLEANUP_FREE char *x = registry_server(a);
	CLEANUP_FREE char *y = registry_server(b);
	return str_eq(x, y);
}

/* --- config.json */

struct config {
	char *path;                  /* NULL: there is no folder for it */
	struct json *doc;            /* NULL: there is no file */
	struct stat st;
};

#define CLEANUP_CONFIG CLEANUP_WITH(config_free)

static void wipe_tree(struct json *v)
{
	if (v->text)
		mem_wipe(v->text, v->len);
	for (size_t i = 0; i < json_count(v); i++)
		wipe_tree(&v->items[i]);
}

static void config_free(struct config *c)
{
	free(c->path);
	if (c->doc)
		wipe_tree(c->doc);
	json_free(c->doc);
}

static int config_read(struct config *c, const char *folder, struct err *e)
{
	CLEANUP_WITH(buf_wipe) struct buf text = {0};
	struct err why;
	CLEANUP_FREE char *dir = context_folder(folder);
	*c = (struct config){0};
	if (!dir)
		return 0;
	c->path = str_printf("%s/config.json", dir);
	/* A link stays one when what it leads to is replaced. */
	char *real = realpath(c->path, NULL);
	if (real) {
		free(c->path);
		c->path = real;
	}
	if (stat(c->path, &c->st) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (file_read(AT_FDCWD, c->path, CONFIG_MAX, &text, e) < 0)
		return -1;
	c->doc = json_parse(buf_cstr(&text), text.len, &why);
	if (!c->doc || c->doc->type != JSON_T_OBJECT)
		return err_set(e, ERR_FORMAT, "%s is broken: %s", c->path, c->doc ? "it is no JSON object" : why.msg);
	return 0;
}

/* The entry of auths, or NULL. */
static const struct json *entry_of(const struct config *c, const char *server)
{
	const struct json *auths = json_at(c->doc, "auths");
	const struct json *exact = auths ? json_get(auths, server) : NULL;
	for (size_t i = 0; !exact && i < json_count(auths); i++)
		if (same_server(auths->items[i].name, server))
			return &auths->items[i];
	return exact;
}

/* The helper that keeps the server's login, or NULL. */
static const char *helper_of(const struct config *c, const char *server)
{
	const struct json *helpers = json_at(c->doc, "credHelpers");
	for (size_t i = 0; i < json_count(helpers); i++)
		if (helpers->type == JSON_T_OBJECT && same_server(helpers->items[i].name, server))
			return json_text(&helpers->items[i]);
	const char *store = json_str_at(c->doc, "credsStore");
	return store && *store ? store : NULL;
}

/* An entry of auths as a login. Returns 1, or 0 for an empty one. */
static int entry_login(const struct config *c, const struct json *entry, const char *server, struct registry_login *l,
	struct err *e)
{
	CLEANUP_WITH(buf_wipe) struct buf pair = {0};
	const char *auth = json_str_at(entry, "auth"), *token = json_str_at(entry, "identitytoken");
	struct err ignored;
	if (auth && base64_decode(&pair, auth, strlen(auth), BASE64_STD, &ignored) < 0)
		return err_set(e, ERR_FORMAT, "%s is broken: the auth of %s is not base64", c->path, server);
	const char *both = buf_cstr(&pair), *colon = strchr(both, ':');
	if (*both && !colon)
		return err_set(e, ERR_FORMAT, "%s is broken: the auth of %s is not USER:PASSWORD", c->path, server);
	if (!*both && !(token && *token))
		return 0;
	l->server = mem_strdup(server);
	l->user = mem_dup(both, colon ? (size_t)(colon - both) : 0);
	l->password = mem_strdup(colon ? colon + 1 : "");
	l->token = token && *token ? mem_strdup(token) : NULL;
	return 1;
}

static int find(const struct config *c, const char *server, struct registry_login *l, struct err *e)
{
	const char *helper = helper_of(c, server);
	*l = (struct registry_login){0};
	if (helper)
		return credentials_get(helper, server, l, e);
	const struct json *entry = entry_of(c, server);
	return entry ? entry_login(c, entry, server, l, e) : 0;
}

int registry_login_find(const char *folder, const char *server, struct registry_login *l, struct err *e)
{
	CLEANUP_CONFIG struct config c;
	*l = (struct registry_login){0};
	return config_read(&c, folder, e) < 0 ? -1 : find(&c, server, l, e);
}

/* --- changes */

static void write_entry(struct json_writer *w, const struct registry_login *l, bool in_helper)
{
	CLEANUP_WITH(buf_wipe) struct buf pair = {0};
	CLEANUP_WITH(buf_wipe) struct buf auth = {0};
	json_begin(w, '{');
	if (!in_helper) {
		buf_printf(&pair, "%s:%s", l->user, l->token ? "" : l->password);
		base64_encode(&auth, pair.data, pair.len, BASE64_STD);
		json_kstr(w, "auth", buf_cstr(&auth));
		json_kstr(w, "identitytoken", l->token);
	}
	json_end(w, '}');
}

/* The file's text with the server's entry replaced by that of l, or without it when l is NULL. */
static void rewrite(const struct config *c, const char *server, const struct registry_login *l, bool in_helper, struct buf *out)
{
	struct json_writer w = {.out = out, .indent = 4};
	const struct json *auths = json_at(c->doc, "auths");
	json_begin(&w, '{');
	for (size_t i = 0; i < json_count(c->doc); i++) {
		if (str_eq(c->doc->items[i].name, "auths"))
			continue;
		json_key(&w, c->doc->items[i].name);
		json_write_tree(&w, &c->doc->items[i]);
	}
	json_key(&w, "auths");
	json_begin(&w, '{');
	for (size_t i = 0; i < json_count(auths); i++) {
		if (same_server(auths->items[i].name, server))
			continue;
		json_key(&w, auths->items[i].name);
		json_write_tree(&w, &auths->items[i]);
	}
	if (l) {
		json_key(&w, server);
		write_entry(&w, l, in_helper);
	}
	json_end(&w, '}');
	json_end(&w, '}');
	buf_byte(out, '\n');
}

static int write_config(const struct config *c, const char *server, const struct registry_login *l, bool in_helper, struct err *e)
{
	CLEANUP_WITH(buf_wipe) struct buf text = {0};
	CLEANUP_FILE_ATOMIC struct file_atomic f = FILE_ATOMIC_INIT;
	CLEANUP_FREE char *folder = mem_dup(c->path, (size_t)(strrchr(c->path, '/') - c->path));
	rewrite(c, server, l, in_helper, &text);
	if (file_mkdir_p(AT_FDCWD, *folder ? folder : "/", 0700, e) < 0 ||
	    file_atomic_open(&f, AT_FDCWD, c->path, c->doc ? c->st.st_mode & 0777 : 0600, e) < 0)
		return -1;
	/* With sudo the file stays its owner's. */
	if (c->doc && fchown(f.out.fd, c->st.st_uid, c->st.st_gid) < 0 && errno != EPERM)
		return err_sys(e, "cannot give %s to its owner", c->path);
	if (writer_write(&f.out.base, text.data, text.len, e) < 0)
		return -1;
	return file_atomic_commit(&f, e);
}

int registry_login_store(const char *folder, const struct registry_login *l, char **plain, struct err *e)
{
	CLEANUP_CONFIG struct config c;
	if (config_read(&c, folder, e) < 0)
		return -1;
	if (!c.path)
		return err_set(e, ERR_USAGE, "nowhere to keep the login: HOME and DOCKER_CONFIG are not set");
	const char *helper = helper_of(&c, l->server);
	if (helper && credentials_store(helper, l, e) < 0)
		return -1;
	if (write_config(&c, l->server, l, helper, e) < 0)
		return err_wrap(e, "cannot keep the login");
	if (plain)
		*plain = helper ? NULL : mem_strdup(c.path);
	return 0;
}

int registry_login_erase(const char *folder, const char *server, struct err *e)
{
	CLEANUP_CONFIG struct config c;
	if (config_read(&c, folder, e) < 0)
		return -1;
	const char *helper = helper_of(&c, server);
	int there = helper ? credentials_erase(helper, server, e) : 0;
	if (there < 0 || !c.path || !entry_of(&c, server))
		return there;
	return write_config(&c, server, NULL, false, e) < 0 ? -1 : 1;
}

/* --- headers */

static void write_auth(struct json_writer *w, const struct registry_login *l)
{
	json_begin(w, '{');
	if (l->token) {
		json_kstr(w, "identitytoken", l->token);
	} else {
		json_kstr(w, "username", l->user);
		json_kstr(w, "password", l->password);
	}
	json_kstr(w, "serveraddress", l->server);
	json_end(w, '}');
}

/* As the Engine API wants it: base64url. */
static char *header_of(const struct buf *json)
{
	struct buf out = {0};
	base64_encode(&out, json->data, json->len, BASE64_URL);
	return buf_steal(&out);
}

int registry_auth_header(const char *folder, const char *image, char **header, struct err *e)
{
	CLEANUP_LOGIN struct registry_login l = {0};
	CLEANUP_IMAGE_REF struct image_ref ref = {0};
	CLEANUP_WITH(buf_wipe) struct buf json = {0};
	struct json_writer w = {.out = &json};
	if (image_ref_parse(&ref, image, e) < 0)
		return -1;
	CLEANUP_FREE char *server = registry_server(ref.domain);
	if (registry_login_find(folder, server, &l, e) < 0)
		return -1;
	write_auth(&w, &l);
	*header = header_of(&json);
	return 0;
}

int registry_auth_all(const char *folder, char **header, struct err *e)
{
	CLEANUP_CONFIG struct config c;
	CLEANUP_WITH(buf_wipe) struct buf json = {0};
	struct json_writer w = {.out = &json};
	static const char *const lists[] = {"auths", "credHelpers"};
	if (config_read(&c, folder, e) < 0)
		return -1;
	json_begin(&w, '{');
	for (size_t k = 0; k < 2; k++) {
		const struct json *list = json_at(c.doc, lists[k]);
		for (size_t i = 0; i < json_count(list); i++) {
			CLEANUP_LOGIN struct registry_login l = {0};
			struct err failed;
			const char *server = list->items[i].name;
			if (!server || (k && entry_of(&c, server)) || find(&c, server, &l, &failed) <= 0)
				continue;
			json_key(&w, server);
			write_auth(&w, &l);
		}
	}
	json_end(&w, '}');
	*header = header_of(&json);
	return 0;
}
