#include "backup/members.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

/* No file that anyone backs up is larger; and nobody waits for the hashing of a hole of 8 EiB. */
enum { SIZE_MAX_SHIFT = 43 };

static const struct {
	const char *path;
	bool tree, needed;
} sections[] = {
	[SECTION_MANIFEST] = {"dr-backup/manifest.json", false, true},
	[SECTION_CONFIG] = {"dr-backup/config", true, true},
	[SECTION_VOLUME] = {"dr-backup/volumes/config", true, true},
	[SECTION_SERVICE] = {"dr-backup/service", true, true},
	[SECTION_IMAGE] = {"dr-backup/image.tar", false, false},
	[SECTION_CHECKSUMS] = {"dr-backup/checksums", false, true},
};

const char *section_path(enum section s)
{
	return sections[s].path;
}

void members_free(struct members *m)
{
	free(m->last);
	*m = (struct members){0};
}

/* What follows the section's path in the name: "" or "/...", or NULL. */
static const char *within(enum section s, const char *name)
{
	const char *rest = str_after(name, sections[s].path);
	return rest && (*rest == '\0' || (*rest == '/' && sections[s].tree)) ? rest : NULL;
}

/* Only plain names: no empty, "." or ".." component. */
static bool plain(const char *name)
{
	for (const char *p = name;; p++) {
		size_t n = strcspn(p, "/");
		if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
		if (!*p)
			return true;
	}
}

/* The order of names in a tree: the end of a name is the least, then the slash, then all other bytes. */
static int weight(char c)
{
	return c == '\0' ? 0 : c == '/' ? 1 : (unsigned char)c + 1;
}

static int compare(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return weight(*a) - weight(*b);
}

/* Whether the folder of `name` is there: it is the last member or holds it. */
static bool in_place(const struct members *m, const char *name)
{
	size_t n = (size_t)(strrchr(name, '/') - name);
	if (strncmp(m->last, name, n) != 0)
		return false;
	return m->last[n] == '/' || (m->last[n] == '\0' && m->folder);
}

static int wrong(const struct tar_entry *x, const char *why, struct err *e)
{
	return err_set(e, ERR_FORMAT, "the backup has a member %s, which %s", x->path, why);
}

static int check_kind(enum section s, const struct tar_entry *x, bool root, struct err *e)
{
	if (x->size >> SIZE_MAX_SHIFT)
		return wrong(x, "claims to be larger than 8 TiB", e);
	if (root && x->type != (sections[s].tree ? TAR_DIR : TAR_FILE))
		return wrong(x, sections[s].tree ? "is no folder" : "is no file", e);
	if (x->type != TAR_HARDLINK)
		return 0;
	const char *target = x->link ? within(s, x->link) : NULL;
	if (!target || !*target || !plain(x->link))
		return wrong(x, "is a hard link out of its folder", e);
	return compare(x->link, x->path) < 0 ? 0 : wrong(x, "is a hard link to something behind it", e);
}

int members_next(struct members *m, const struct tar_entry *x, const char **rest, struct err *e)
{
	CLEANUP_FREE char *name = mem_strdup(x->path);
	size_t n = strlen(name);
	if (x->type == TAR_DIR && n && name[n - 1] == '/')
		name[n - 1] = '\0';
	enum section s = m->section ? m->section : SECTION_MANIFEST;
	const char *tail = plain(name) ? within(s, name) : NULL;
	if (!plain(name))
		return wrong(x, "has no proper name", e);
	while (!tail && s < SECTION_CHECKSUMS && (s == m->section || !sections[s].needed))
		tail = within(++s, name);
	if (!tail)
		return m->section ? wrong(x, "does not belong there", e) : err_set(e, ERR_FORMAT, "the archive is not a backup of dr's");
	bool root = s != m->section;
	if (root ? *tail != '\0' : *tail == '\0' || compare(m->last, name) >= 0 || !in_place(m, name))
		return wrong(x, root ? "stands before its folder" : "is out of order", e);
	if (check_kind(s, x, root, e) < 0)
		return -1;
	*rest = root ? "." : x->path + (tail - name) + 1;
	free(m->last);
	m->last = ptr_steal(&name);
	m->folder = x->type == TAR_DIR;
	m->section = s;
	return 0;
}
