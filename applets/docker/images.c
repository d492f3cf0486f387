/* docker images and history */
#include "docker/rows.h"
#include "docker/units.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

struct images_opts {
	const char *format, *platform;
	struct strvec filters;
	bool all, digests, whole, quiet, exact;
};

#define AT(f) offsetof(struct images_opts, f)
static const struct opt images_options[] = {
	{'a', "all", OPT_FLAG, NULL, "intermediate images, too", AT(all)},
	{0, "digests", OPT_FLAG, NULL, "with digests", AT(digests)},
	{'f', "filter", OPT_LIST, "NAME=VALUE", "only those that fit", AT(filters)},
	{0, "format", OPT_STR, "TEMPLATE", "table, json, or a Go template", AT(format)},
	{0, "no-trunc", OPT_FLAG, NULL, "print everything in full", AT(whole)},
	{'q', "quiet", OPT_FLAG, NULL, "ids only", AT(quiet)},
	{0},
};
static const struct opt history_options[] = {
	{'H', "human", OPT_UNSET, NULL, "sizes and dates for people (default); =false: bytes and times", AT(exact)},
	{0, "format", OPT_STR, "TEMPLATE", "table, json, or a Go template", AT(format)},
	{0, "no-trunc", OPT_FLAG, NULL, "print everything in full", AT(whole)},
	{'q', "quiet", OPT_FLAG, NULL, "ids only", AT(quiet)},
	{0},
};

#define SINCE "{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}"
#define TITLES "ID=IMAGE ID\nRepository=REPOSITORY\nTag=TAG\nDigest=DIGEST\nCreatedSince=CREATED\nCreatedAt=CREATED AT\n" \
	"Size=SIZE\nContainers=CONTAINERS\nVirtualSize=SIZE\nSharedSize=SHARED SIZE\nUniqueSize=UNIQUE SIZE"
const struct listing_kind listing_images = {
	.setting = "imagesFormat", .quiet = "{{.ID}}", .table = "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t" SINCE,
	.raw = "repository: {{ .Repository }}\ntag: {{.Tag}}\nimage_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\n"
		"virtual_size: {{.Size}}\n", .titles = TITLES,
};
static const struct listing_kind with_digests = {
	.setting = "imagesFormat", .quiet = "{{.ID}}", .table = "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t" SINCE,
	.raw = "repository: {{ .Repository }}\ntag: {{.Tag}}\ndigest: {{.Digest}}\nimage_id: {{.ID}}\n"
		"created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n", .titles = TITLES,
};

static void size_field(struct row *r, const char *name, int64_t bytes, bool known, int digits)
{
	struct buf b = {0};
	if (known)
		units_size((double)bytes, digits, &b);
	else
		buf_str(&b, "N/A");
	row_take(r, name, &b);
}

void row_image(struct row *r, const struct json *image, const char *repository, const char *tag, const char *digest, bool whole)
{
	struct buf b = {0};
	int64_t size = json_int(json_get(image, "Size"), 0), shared = json_int(json_get(image, "SharedSize"), -1);
	int64_t created = json_int(json_get(image, "Created"), 0), containers = json_int(json_get(image, "Containers"), -1);
	const char *id = text_at(image, "Id");
	if (whole)
		buf_str(&b, id);
	else
		units_short_id(id, &b);
	row_take(r, "ID", &b);
	row_text(r, "Repository", "%s", repository);
	row_text(r, "Tag", "%s", tag);
	row_text(r, "Digest", "%s", digest);
	units_ago(created, &b);
	row_take(r, "CreatedSince", &b);
	units_time(created, &b);
	row_take(r, "CreatedAt", &b);
	size_field(r, "Size", size, true, 3);
	size_field(r, "VirtualSize", size, true, 4);
	size_field(r, "SharedSize", shared, shared != -1, 4);
	size_field(r, "UniqueSize", size - shared, shared != -1 && size != -1, 4);
	if (containers == -1)
		row_text(r, "Containers", "N/A");
	else
		row_text(r, "Containers", "%lld", (long long)containers);
}

/* Where the repository's name ends in "repository:tag" and "repository@digest". */
static size_t repository_length(const char *ref)
{
	const char *at = strchr(ref, '@'), *slash = strrchr(ref, '/'), *colon = strrchr(slash ? slash : ref, ':');
	return at ? (size_t)(at - ref) : colon ? (size_t)(colon - ref) : strlen(ref);
}

static bool same_repository(const char *a, const char *b)
{
	size_t n = repository_length(a);
	return n == repository_length(b) && memcmp(a, b, n) == 0;
}

struct shown {
	struct listing *l;
	const struct json *image;
	bool whole;
};

static int show(const struct shown *s, const char *ref, const char *tag, const char *digest, struct err *e)
{
	struct row r = {0};
	const char *name = docker_familiar(ref);
	CLEANUP_FREE char *repository = mem_dup(name, repository_length(name));
	row_image(&r, s->image, repository, tag, digest, s->whole);
	return listing_row(s->l, &r, e);
}

/* One row for each tag, and if digests are wanted for each pair of tag and digest of one repository; then the digests of
   repositories without a tag. */
static int show_all(const struct shown *s, bool digests, bool each_digest, struct err *e)
{
	const struct json *tags = json_get(s->image, "RepoTags"), *sums = json_get(s->image, "RepoDigests");
	size_t shown = 0;
	for (size_t i = 0; i < json_count(tags); i++) {
		const char *tag = docker_text(&tags->items[i]);
		size_t n = repository_length(tag), before = 0;
		if (str_eq(tag, "<none>:<none>") || !tag[n])
			continue;
		for (size_t k = 0; digests && k < json_count(sums); k++) {
			const char *sum = docker_text(&sums->items[k]);
			if (!same_repository(tag, sum))
				continue;
			before++;
			if (show(s, tag, tag + n + 1, sum + n + 1, e) < 0)
				return -1;
		}
		shown++;
		if (!before && show(s, tag, tag + n + 1, "<none>", e) < 0)
			return -1;
	}
	for (size_t k = 0; k < json_count(sums); k++) {
		const char *sum = docker_text(&sums->items[k]);
		size_t n = repository_length(sum);
		bool tagged = str_eq(sum, "<none>@<none>") || !sum[n];
		for (size_t i = 0; i < json_count(tags); i++)
			tagged |= same_repository(docker_text(&tags->items[i]), sum);
		if (tagged)
			continue;
		shown++;
		if (show(s, sum, "<none>", each_digest ? sum + n + 1 : "", e) < 0)
			return -1;
	}
	return shown ? 0 : show(s, "<none>", "<none>", "<none>", e);
}

static int run_images(struct invocation *in, struct err *e)
{
	struct images_opts *o = in->opts;
	CLEANUP_LISTING struct listing l = {0};
	CLEANUP_ENGINE struct engine g = {0};
	if (in->argc)
		strvec_pushf(&o->filters, "reference=%s", in->argv[0]);
	CLEANUP_FREE char *filters = docker_filters(&o->filters, e);
	if (!filters)
		return docker_usage(e);
	bool custom = o->format && str_starts(o->format, "table") && !str_eq(o->format, "table");
	CLEANUP_FREE char *wider = custom && o->digests && !strstr(o->format, "{{.Digest}}") ?
		str_printf("%s\t{{.Digest}}", o->format) : NULL;
	if (listing_open(&l, o->digests ? &with_digests : &listing_images, wider ? wider : o->format, o->quiet, e) < 0 ||
	    docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_JSON struct json *list = docker_json(&g, NULL, e, "/images/json?all=%d&filters=%s", o->all, filters);
	if (!list)
		return -1;
	bool digests = o->digests || strstr(l.format, "{{.Digest}}");
	for (size_t i = 0; i < json_count(list); i++) {
		struct shown s = {.l = &l, .image = &list->items[i], .whole = o->whole};
		if (show_all(&s, digests, o->digests, e) < 0)
			return -1;
	}
	listing_print(&l, NULL);
	return EXIT_DONE;
}

static int history_row(struct listing *l, const struct json *h, const struct images_opts *o, struct err *e)
{
	struct row r = {0};
	struct buf b = {0};
	int64_t created = json_int(json_get(h, "Created"), 0), size = json_int(json_get(h, "Size"), 0);
	const char *id = text_at(h, "Id");
	if (o->whole)
		buf_str(&b, id);
	else
		units_short_id(id, &b);
	row_take(&r, "ID", &b);
	units_rfc3339(created, -1, &b);
	row_take(&r, "CreatedAt", &b);
	if (o->exact)
		units_rfc3339(created, -1, &b);
	else
		units_ago(created, &b);
	row_take(&r, "CreatedSince", &b);
	CLEANUP_FREE char *by = mem_strdup(text_at(h, "CreatedBy"));
	for (char *p = by; *p; p++)
		*p = *p == '\t' ? ' ' : *p;
	units_ellipsis(by, o->whole ? strlen(by) : 45, &b);
	row_take(&r, "CreatedBy", &b);
	if (o->exact)
		row_text(&r, "Size", "%lld", (long long)size);
	else
		size_field(&r, "Size", size, true, 3);
	row_text(&r, "Comment", "%s", text_at(h, "Comment"));
	return listing_row(l, &r, e);
}

static int run_history(struct invocation *in, struct err *e)
{
	static const struct listing_kind human = {
		.quiet = "{{.ID}}", .table = "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
		.titles = "ID=IMAGE\nCreatedSince=CREATED\nCreatedAt=CREATED AT\nCreatedBy=CREATED BY\nSize=SIZE\nComment=COMMENT",
	};
	static struct listing_kind exact;
	const struct images_opts *o = in->opts;
	CLEANUP_LISTING struct listing l = {0};
	CLEANUP_ENGINE struct engine g = {0};
	exact = human;
	exact.table = "{{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
	if (listing_open(&l, o->exact ? &exact : &human, o->format, o->quiet, e) < 0 || docker_engine(&g, e) < 0)
		return -1;
	CLEANUP_JSON struct json *list = docker_json(&g, NULL, e, "/images/%s/history", in->argv[0]);
	if (!list)
		return -1;
	for (size_t i = 0; i < json_count(list); i++)
		if (history_row(&l, &list->items[i], o, e) < 0)
			return -1;
	listing_print(&l, NULL);
	return EXIT_DONE;
}

const struct command docker_images = {
	.name = "images", .summary = "list images", .args = "[REPOSITORY[:TAG]]", .opts = images_options,
	.opts_size = sizeof(struct images_opts), .max_args = 1, .run = run_images,
};
const struct command docker_history = {
	.name = "history", .summary = "show an image's history", .args = "IMAGE", .opts = history_options,
	.opts_size = sizeof(struct images_opts), .min_args = 1, .max_args = 1, .run = run_history,
};
