/*
 * Where an engine's volumes can only be written through its archive API, which removes nothing, they cannot be exchanged: each is
 * copied to one beside it (`keep`), and then, the journal saying `gone` before, removed and made anew. Undoing makes it anew
 * from its copy, as often as it takes.
 */
#include "service/restore_parts.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/scratch.h"
#include "engine/volume.h"
#include "service/volume_fill.h"

#include <string.h>

/* A new volume in place of one, with the labels that `kept` has of it, and with all that is in `from`; NULL: empty, but for the
   root's owner and mode. */
static int renew(struct volume_swap *w, const char *volume, const char *kept, const char *from, struct err *e)
{
	CLEANUP_VOLUME struct volume v = {0};
	CLEANUP_STRVEC struct strvec labels = {0};
	struct engine *g = host_engine(w->host, e);
	int rc = g ? volume_inspect(g, kept, &v, e) : -1;
	if (rc <= 0)
		return rc < 0 ? -1 : err_set(e, ERR_NOT_FOUND, "the engine has no volume %s", kept);
	for (size_t i = 0; i < v.labels.n; i++)
		if (!str_starts(v.labels.items[i], SCRATCH_LABEL "="))
			strvec_push(&labels, v.labels.items[i]);
	if (volume_remove(g, volume, false, e) < 0 || volume_create(g, volume, &labels, e) < 0)
		return -1;
	return volume_fill_copy(w, from ? from : kept, volume, !from, e);
}

int restore_copy_exchange(struct volume_swap *w, struct journal *j, bool back, struct err *e)
{
	for (size_t i = 0; i < j->facts.n; i++) {
		const char *rest = str_after(j->facts.items[i], "keep ");
		const char *kept = rest ? strchr(rest, ' ') : NULL;
		if (!kept)
			continue;
		CLEANUP_FREE char *volume = mem_dup(rest, (size_t)(kept++ - rest));
		CLEANUP_FREE char *temp = str_printf("temp %s", volume);
		if (back && !journal_has(j, "gone", volume))
			continue;
		if (!back) {
			journal_fact(j, "gone", volume);
			if (journal_write(j, e) < 0)
				return -1;
		}
		if (renew(w, volume, kept, back ? kept : journal_get(j, temp), e) < 0) {
			/* A container has just taken it: it is as it was. */
			if (!back && e->status == 409)
				journal_drop(j, "gone", volume);
			return -1;
		}
	}
	if (back)
		journal_drop(j, "gone", NULL);
	return back ? journal_write(j, e) : 0;
}
