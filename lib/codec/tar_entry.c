#include "codec/tar_entry.h"

#include "base/mem.h"

void tar_entry_free(struct tar_entry *t)
{
	free(t->path);
	free(t->link);
	free(t->uname);
	free(t->gname);
	for (size_t i = 0; i < t->n_xattrs; i++) {
		free(t->xattrs[i].name);
		free(t->xattrs[i].value);
	}
	free(t->xattrs);
	free(t->extents);
	*t = (struct tar_entry){0};
}

void tar_entry_add_xattr(struct tar_entry *t, size_t *cap, const char *name, const void *value, size_t len)
{
	t->xattrs = mem_grow(t->xattrs, t->n_xattrs, cap, sizeof *t->xattrs);
	t->xattrs[t->n_xattrs++] = (struct tar_xattr){mem_strdup(name), mem_dup(value, len), len};
}
