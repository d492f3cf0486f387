#include "backup/manifest.h"

#include "base/mem.h"
#include "codec/json.h"

static const struct {
	const char *key;
	size_t offset;
	bool optional;
} fields[] = {
	{"service", offsetof(struct manifest, service), false},
	{"image", offsetof(struct manifest, image), false},
	{"image_id", offsetof(struct manifest, image_id), false},
	{"digest", offsetof(struct manifest, digest), true},
	{"os", offsetof(struct manifest, os), false},
	{"architecture", offsetof(struct manifest, architecture), false},
	{"time", offsetof(struct manifest, time), false},
	{"dr", offsetof(struct manifest, dr), false},
};

enum { FIELDS = sizeof fields / sizeof *fields };

static char **field(const struct manifest *m, size_t i)
{
	return (char **)((uintptr_t)m + fields[i].offset);
}

void manifest_free(struct manifest *m)
{
	for (size_t i = 0; i < FIELDS; i++)
		free(*field(m, i));
	*m = (struct manifest){0};
}

void manifest_write(const struct manifest *m, struct buf *out)
{
	struct json_writer w = {.out = out, .indent = 2};
	json_begin(&w, '{');
	json_ki64(&w, "format", MANIFEST_FORMAT);
	for (size_t i = 0; i < FIELDS; i++)
		json_kstr(&w, fields[i].key, *field(m, i));
	json_kbool(&w, "trailer", m->trailer);
	json_kbool(&w, "live", m->live);
	json_end(&w, '}');
	buf_byte(out, '\n');
}

int manifest_read(struct manifest *m, const char *text, size_t n, struct err *e)
{
	*m = (struct manifest){0};
	CLEANUP_JSON struct json *doc = json_parse(text, n, e);
	if (!doc)
		return err_wrap(e, "the backup's manifest is damaged");
	int64_t format = json_int(json_get(doc, "format"), 0);
	if (format > MANIFEST_FORMAT)
		return err_set(e, ERR_REFUSED, "the backup has format %lld, and this dr knows %d: use a newer dr", (long long)format,
			MANIFEST_FORMAT);
	for (size_t i = 0; i < FIELDS; i++) {
		*field(m, i) = mem_strdup(json_str_at(doc, fields[i].key));
		if (format < 1 || (!*field(m, i) && !fields[i].optional)) {
			manifest_free(m);
			return err_set(e, ERR_FORMAT, "the backup's manifest has no proper '%s'", format < 1 ? "format" : fields[i].key);
		}
	}
	m->trailer = json_true(json_get(doc, "trailer"));
	m->live = json_true(json_get(doc, "live"));
	return 0;
}
