/* Names of images: tag, rmi, commit. */
#include "docker/docker.h"

#include "base/mem.h"
#include "codec/json.h"
#include "engine/api_path.h"
#include "engine/image.h"

#include <stdio.h>
#include <string.h>

struct naming_opts {
	bool force, keep_parents, no_pause;
	const char *author, *message;
	struct strvec changes, platforms;
};

#define AT(f) offsetof(struct naming_opts, f)
static const struct opt rmi_options[] = {
	{'f', "force", OPT_FLAG, NULL, "remove it though containers use it", AT(force)},
	{0, "no-prune", OPT_FLAG, NULL, "keep parents that have no name", AT(keep_parents)},
	{0},
};
static const struct opt commit_options[] = {
	{'a', "author", OPT_STR, "NAME", "author of the image", AT(author)},
	{'c', "change", OPT_LIST, "INSTRUCTION", "apply this line of a Dockerfile", AT(changes)},
	{'m', "message", OPT_STR, "TEXT", "message of the image", AT(message)},
	{'p', "pause", OPT_UNSET, NULL, "pause the container meanwhile (the default; or --pause=false)", AT(no_pause)},
	{0},
};

static int run_tag(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	if (docker_engine(&g, e) < 0)
		return -1;
	return image_tag(&g, in->argv[0], in->argv[1], e) < 0 ? -1 : EXIT_DONE;
}

/* Prints what went: [{"Untagged": "a:1"}, {"Deleted": "sha256:..."}]. */
static int rmi_one(const struct invocation *in, struct engine *g, const char *name, struct err *e)
{
	const struct naming_opts *o = in->opts;
	CLEANUP_BUF struct buf answer = {0};
	if (engine_call(g, "DELETE", NULL, &answer, e, "/images/%s?force=%d&noprune=%d", name, o->force, o->keep_parents) < 0)
		return o->force && e->status == 404 ? (docker_error(e), 0) : -1;
	CLEANUP_JSON struct json *doc = json_parse(buf_cstr(&answer), answer.len, e);
	if (!doc)
		return err_wrap(e, "the engine's answer about %s", name);
	for (size_t i = 0; i < json_count(doc); i++)
		for (size_t k = 0; k < json_count(&doc->items[i]); k++)
			printf("%s: %s\n", doc->items[i].items[k].name, json_text(&doc->items[i].items[k]));
	return 0;
}

static int run_rmi(struct invocation *in, struct err *e)
{
	CLEANUP_ENGINE struct engine g = {0};
	return docker_engine(&g, e) < 0 ? -1 : docker_each(in, &g, rmi_one, e);
}

static int run_commit(struct invocation *in, struct err *e)
{
	const struct naming_opts *o = in->opts;
	CLEANUP_ENGINE struct engine g = {0};
	CLEANUP_BUF struct buf query = {0};
	CLEANUP_BUF struct buf answer = {0};
	CLEANUP_REPLY struct engine_reply rp = {0};
	struct buf_writer out;
	api_query_add(&query, "container", in->argv[0]);
	/* Podman takes name and tag apart only. */
	const char *name = in->argc > 1 ? in->argv[1] : "", *colon = strrchr(name, ':');
	bool tagged = colon && !strchr(colon, '/');
	CLEANUP_FREE char *repo = mem_dup(name, tagged ? (size_t)(colon - name) : strlen(name));
	api_query_add(&query, "repo", repo);
	api_query_add(&query, "tag", tagged ? colon + 1 : NULL);
	api_query_add(&query, "author", o->author);
	api_query_add(&query, "comment", o->message);
	api_query_add(&query, "pause", o->no_pause ? "0" : "1");
	for (size_t i = 0; i < o->changes.n; i++)
		api_query_add(&query, "changes", o->changes.items[i]);
	struct engine_request rq = {.method = "POST", .json = "{}", .query = buf_cstr(&query)};
	if (docker_engine(&g, e) < 0 || engine_start(&g, &rq, &rp, e, "/commit") < 0)
		return -1;
	buf_writer_init(&out, &answer, 1 << 20);
	int64_t n = stream_copy(rp.body, &out.base, e);
	writer_free(&out.base);
	CLEANUP_JSON struct json *doc = n < 0 ? NULL : json_parse(buf_cstr(&answer), answer.len, e);
	const char *id = json_str_at(doc, "Id");
	if (!doc || !id)
		return doc ? err_set(e, ERR_PROTOCOL, "the engine's answer has no Id") : -1;
	puts(id);
	return EXIT_DONE;
}

const struct command docker_tag = {.name = "tag", .summary = "give an image another name", .args = "SOURCE TARGET",
	.min_args = 2, .max_args = 2, .run = run_tag};
const struct command docker_rmi = {.name = "rmi", .summary = "remove images", .args = "IMAGE...", .opts = rmi_options,
	.opts_size = sizeof(struct naming_opts), .min_args = 1, .max_args = ARGS_ANY, .run = run_rmi};
const struct command docker_commit = {.name = "commit", .summary = "make an image of a container's changes",
	.args = "CONTAINER [REPOSITORY[:TAG]]", .opts = commit_options, .opts_size = sizeof(struct naming_opts), .min_args = 1,
	.max_args = 2, .run = run_commit};
