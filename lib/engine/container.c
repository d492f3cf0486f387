#include "engine/container.h"

#include "base/mem.h"
#include "base/str.h"
#include "codec/json_write.h"
#include "engine/fetch.h"
#include "engine/json_words.h"

#include <string.h>

static void config_json(struct buf *out, const struct container_config *c)
{
	struct json_writer w = {.out = out};
	json_begin(&w, '{');
	json_kstr(&w, "Image", c->image);
	json_kstr(&w, "User", c->user);
	json_kstr(&w, "WorkingDir", c->workdir);
	json_kstr(&w, "Hostname", c->hostname);
	json_words_list(&w, "Cmd", c->cmd);
	json_words_list(&w, "Entrypoint", c->entrypoint);
	json_words_list(&w, "Env", c->env);
	json_words_map(&w, "Labels", c->labels);
	json_kbool(&w, "Tty", c->tty);
	json_kbool(&w, "OpenStdin", c->open_stdin);
	json_kbool(&w, "StdinOnce", c->open_stdin);
	json_key(&w, "HostConfig");
	json_begin(&w, '{');
	json_words_list(&w, "Binds", c->binds);
	json_key(&w, "Mounts");
	json_begin(&w, '[');
	for (size_t i = 0; c->paths && i < c->paths->n; i++) {
		json_begin(&w, '{');
		json_kstr(&w, "Type", "bind");
		json_kstr(&w, "Source", c->paths->items[i]);
		json_kstr(&w, "Target", c->paths->items[i]);
		json_end(&w, '}');
	}
	json_end(&w, ']');
	json_kstr(&w, "NetworkMode", c->network);
	json_kstr(&w, "UsernsMode", c->userns);
	json_kbool(&w, "AutoRemove", c->auto_remove);
	if (c->init)
		json_kbool(&w, "Init", true);
	json_end(&w, '}');
	json_end(&w, '}');
}

int container_create(struct engine *g, const char *name, const struct container_config *c, char **id, struct err *e)
{
	CLEANUP_BUF struct buf json = {0};
	config_json(&json, c);
	return container_create_json(g, name, NULL, buf_cstr(&json), id, NULL, e);
}

struct created {
	char *id;
	struct strvec warnings;
};

static const struct decode_field created_fields[] = {
	{"Id", DECODE_STR, offsetof(struct created, id)},
	{"Warnings", DECODE_LIST, offsetof(struct created, warnings)},
	{0},
};

int container_create_json(struct engine *g, const char *name, const char *platform, const char *json, char **id,
	struct strvec *warnings, struct err *e)
{
	if (platform && engine_needs(g, 41, "creating a container for a platform", e) < 0)
		return -1;
	struct engine_request rq = {.method = "POST", .json = json};
	CLEANUP_REPLY struct engine_reply rp = {0};
	struct created c = {0};
	int rc = engine_start(g, &rq, &rp, e, "/containers/create?name=%s&platform=%s", name ? name : "",
		platform ? platform : "");
	if (rc < 0 && e->status == 409)
		e->kind = ERR_EXISTS;
	if (rc >= 0)
		rc = fetch_reply(&rp, created_fields, &c, e);
	if (rc >= 0 && !*c.id)
		rc = err_set(e, ERR_PROTOCOL, "the engine's answer has no Id");
	if (rc >= 0) {
		*id = ptr_steal(&c.id);
		for (size_t i = 0; warnings && i < c.warnings.n; i++)
			strvec_push(warnings, c.warnings.items[i]);
	}
	free(c.id);
	strvec_free(&c.warnings);
	return rc < 0 ? err_wrap(e, "cannot create a container") : 0;
}

/* A change was refused: was the container in such a state already? Engines differ in the status that they answer then
   (304, 409, 500), so the state itself is asked for. `active` holds the states in which the change would be one. */
static int refused(struct engine *g, const char *id, const char *const *active, struct err *e)
{
	if (e->kind != ERR_STATUS)
		return -1;
	struct err other;
	CLEANUP_CONTAINER struct container c = {0};
	if (container_inspect(g, id, &c, &other) <= 0)
		return -1;
	for (; *active; active++)
		if (str_eq(c.state, *active))
			return -1;
	return 0;
}

int container_start(struct engine *g, const char *id, struct err *e)
{
	int rc = engine_call(g, "POST", NULL, NULL, e, "/containers/%s/start", id);
	return rc < 0 ? err_wrap(e, "cannot start the container %s", id) : rc != 304;
}

int container_pause(struct engine *g, const char *id, struct err *e)
{
	static const char *const active[] = {"running", "restarting", NULL};
	if (engine_call(g, "POST", NULL, NULL, e, "/containers/%s/pause", id) >= 0)
		return 1;
	return refused(g, id, active, e) < 0 ? err_wrap(e, "cannot pause the container %s", id) : 0;
}

int container_unpause(struct engine *g, const char *id, struct err *e)
{
	static const char *const active[] = {"paused", NULL};
	if (engine_call(g, "POST", NULL, NULL, e, "/containers/%s/unpause", id) >= 0)
		return 1;
	return refused(g, id, active, e) < 0 ? err_wrap(e, "cannot resume the container %s", id) : 0;
}

int container_kill(struct engine *g, const char *id, const char *signal, struct err *e)
{
	static const char *const active[] = {"running", "paused", "restarting", NULL};
	if (engine_call(g, "POST", NULL, NULL, e, "/containers/%s/kill?signal=%s", id, signal) >= 0)
		return 1;
	return refused(g, id, active, e) < 0 ? err_wrap(e, "cannot send %s to the container %s", signal, id) : 0;
}

int container_stop(struct engine *g, const char *id, int timeout, struct err *e)
{
	int rc = timeout < 0 ? engine_call(g, "POST", NULL, NULL, e, "/containers/%s/stop", id)
			     : engine_call(g, "POST", NULL, NULL, e, "/containers/%s/stop?t=%d", id, timeout);
	return rc < 0 ? err_wrap(e, "cannot stop the container %s", id) : rc != 304;
}

struct waited {
	int64_t code;
	char *error;
};

static const struct decode_field waited_fields[] = {
	{"StatusCode", DECODE_INT, offsetof(struct waited, code)},
	{"Error.Message", DECODE_STR, offsetof(struct waited, error)},
	{0},
};

int container_wait_begin(struct engine *g, const char *id, const char *condition, struct engine_reply *rp,
	struct err *e)
{
	struct engine_request rq = {.method = "POST"};
	/* Podman (4.3) has no exit code any more for one that is removed. */
	if (g->podman && str_eq(condition, "removed"))
		condition = "next-exit";
	int rc = engine_start(g, &rq, rp, e, "/containers/%s/wait?condition=%s", id, condition ? condition : "not-running");
	return rc < 0 ? err_wrap(e, "cannot wait for the container %s", id) : 0;
}

int container_wait_end(struct engine_reply *rp, const char *id, struct err *e)
{
	struct waited w = {0};
	int rc = fetch_reply(rp, waited_fields, &w, e);
	if (rc >= 0 && *w.error)
		rc = err_set(e, ERR_STATUS, "%s", w.error);
	free(w.error);
	return rc < 0 ? err_wrap(e, "cannot wait for the container %s", id) : (int)(w.code & 0xff);
}

int container_wait(struct engine *g, const char *id, const char *condition, struct err *e)
{
	CLEANUP_REPLY struct engine_reply rp = {0};
	return container_wait_begin(g, id, condition, &rp, e) < 0 ? -1 : container_wait_end(&rp, id, e);
}

int container_remove(struct engine *g, const char *id, int flags, struct err *e)
{
	int rc = engine_call(g, "DELETE", NULL, NULL, e, "/containers/%s?force=%d&v=%d", id,
		!!(flags & CONTAINER_FORCE), !!(flags & CONTAINER_VOLUMES));
	if (rc >= 0)
		return 1;
	if (e->status == 404)
		return 0;
	if (e->status == 409 && strstr(e->msg, "already in progress")) {
		if (container_wait(g, id, "removed", e) >= 0 || e->status == 404)
			return 1;
	}
	return err_wrap(e, "cannot remove the container %s", id);
}

static const struct decode_field mount_fields[] = {
	{"Type", DECODE_STR, offsetof(struct container_mount, type)},
	{"Name", DECODE_STR, offsetof(struct container_mount, name)},
	{"Source", DECODE_STR, offsetof(struct container_mount, source)},
	{"Destination", DECODE_STR, offsetof(struct container_mount, destination)},
	{"RW", DECODE_BOOL, offsetof(struct container_mount, writable)},
	{0},
};

#define MOUNTS \
	{"Mounts", DECODE_ITEMS, offsetof(struct container, mounts), mount_fields, sizeof(struct container_mount)}

static const struct decode_field inspect_fields[] = {
	{"Id", DECODE_STR, offsetof(struct container, id)},
	{"Name", DECODE_STR, offsetof(struct container, name)},
	{"Config.Image", DECODE_STR, offsetof(struct container, image)},
	{"Image", DECODE_STR, offsetof(struct container, image_id)},
	{"State.Status", DECODE_STR, offsetof(struct container, state)},
	{"State.ExitCode", DECODE_INT, offsetof(struct container, exit_code)},
	{"Config.Tty", DECODE_BOOL, offsetof(struct container, tty)},
	{"HostConfig.AutoRemove", DECODE_BOOL, offsetof(struct container, auto_remove)},
	{"Config.Labels", DECODE_MAP, offsetof(struct container, labels)},
	MOUNTS,
	{0},
};

static const struct decode_field list_fields[] = {
	{"Id", DECODE_STR, offsetof(struct container, id)},
	{"Names", DECODE_LIST, offsetof(struct container, names)},
	{"Image", DECODE_STR, offsetof(struct container, image)},
	{"ImageID", DECODE_STR, offsetof(struct container, image_id)},
	{"State", DECODE_STR, offsetof(struct container, state)},
	{"Status", DECODE_STR, offsetof(struct container, status)},
	{"Created", DECODE_INT, offsetof(struct container, created)},
	{"Labels", DECODE_MAP, offsetof(struct container, labels)},
	MOUNTS,
	{0},
};

static void mounts_free(struct container *c)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		free(c->mounts[i].type);
		free(c->mounts[i].name);
		free(c->mounts[i].source);
		free(c->mounts[i].destination);
	}
	free(c->mounts);
	c->mounts = NULL;
	c->n_mounts = c->cap_mounts = 0;
}

void container_free(struct container *c)
{
	free(c->id);
	free(c->name);
	free(c->image);
	free(c->image_id);
	free(c->state);
	free(c->status);
	strvec_free(&c->names);
	strvec_free(&c->labels);
	mounts_free(c);
	*c = (struct container){0};
}

/* The container's own name: of "/web" and "/db/alias", which a link makes, the one without a second slash. */
static void settle_name(struct container *c)
{
	const char *own = c->name ? c->name : "";
	for (size_t i = 0; i < c->names.n; i++)
		if (i == 0 || strrchr(c->names.items[i], '/') == c->names.items[i])
			own = c->names.items[i];
	char *name = mem_strdup(own + (*own == '/'));
	free(c->name);
	c->name = name;
}

int container_inspect(struct engine *g, const char *id, struct container *c, struct err *e)
{
	*c = (struct container){0};
	int rc = fetch_object(g, inspect_fields, c, e, "/containers/%s/json", id);
	if (rc > 0 && !*c->id)
		rc = err_set(e, ERR_PROTOCOL, "the engine's answer has no Id");
	if (rc <= 0) {
		container_free(c);
		return rc < 0 ? err_wrap(e, "cannot inspect the container %s", id) : 0;
	}
	settle_name(c);
	c->status = mem_strdup("");
	return 1;
}

int container_list(struct engine *g, const struct strvec *filters, struct container_list *list, struct err *e)
{
	*list = (struct container_list){0};
	CLEANUP_FREE char *f = fetch_filters(filters);
	if (fetch_array(g, list_fields, sizeof *list->items, list, e, "/containers/json?all=1&filters=%s", f) < 0) {
		container_list_free(list);
		return err_wrap(e, "cannot list the containers");
	}
	for (size_t i = 0; i < list->n; i++)
		settle_name(&list->items[i]);
	return 0;
}

void container_list_free(struct container_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		container_free(&list->items[i]);
	free(list->items);
	*list = (struct container_list){0};
}

static bool mounts_volume(const struct container *c, const char *volume)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].type, "volume") && str_eq(c->mounts[i].name, volume))
			return true;
	return false;
}

/* Podman's list tells no mounts: they are taken from inspect. A container that has gone meanwhile has none. */
static int complete_mounts(struct engine *g, struct container *c, struct err *e)
{
	if (c->n_mounts)
		return 0;
	CLEANUP_CONTAINER struct container full = {0};
	int rc = container_inspect(g, c->id, &full, e);
	if (rc <= 0)
		return rc;
	c->mounts = ptr_steal(&full.mounts);
	c->n_mounts = full.n_mounts;
	c->cap_mounts = full.cap_mounts;
	full.n_mounts = full.cap_mounts = 0;
	return 0;
}

int container_list_by_volume(struct engine *g, const char *volume, struct container_list *list, struct err *e)
{
	CLEANUP_STRVEC struct strvec filters = {0};
	strvec_pushf(&filters, "volume=%s", volume);
	if (container_list(g, &filters, list, e) < 0)
		return -1;
	size_t kept = 0;
	for (size_t i = 0; i < list->n; i++) {
		if (complete_mounts(g, &list->items[i], e) < 0) {
			container_list_free(list);
			return -1;
		}
		if (mounts_volume(&list->items[i], volume)) {
			struct container c = list->items[kept];
			list->items[kept++] = list->items[i];
			list->items[i] = c;
		}
	}
	while (list->n > kept)
		container_free(&list->items[--list->n]);
	return 0;
}
