#include "service/lint.h"

#include "base/str.h"
#include "codec/tar_read.h"
#include "engine/scratch.h"
#include "service/contract.h"
#include "service/pull.h"
#include "service/script.h"

#include <string.h>
#include <sys/stat.h>

enum { LINT_SCRIPT_MAX = 256 << 10 };  /* larger ones are programs, not scripts */

static void look_at_env(const struct image *img, struct report *r)
{
	static const char *const words[] = {"PASSWORD=", "PASSWD=", "SECRET=", "TOKEN=", "_KEY=", "APIKEY=", "PASS="};
	for (size_t i = 0; i < img->env.n; i++)
		for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
			const char *at = strstr(img->env.items[i], words[k]);
			const char *eq = strchr(img->env.items[i], '=');
			if (!at || at + strlen(words[k]) != eq + 1 || !eq[1])
				continue;
			report_add(r, REPORT_NOTE, "ENV", "%.*s looks like a secret, which everyone who has the image can read; "
				"keep it in /config", (int)(eq - img->env.items[i]), img->env.items[i]);
			break;
		}
}

static int read_file(struct tar_reader *t, struct buf *b, struct err *e)
{
	const unsigned char *p;
	uint64_t offset;
	ssize_t n;
	while ((n = tar_read_data(t, &p, &offset, e)) > 0)
		buf_add(b, p, (size_t)n);
	return n < 0 ? -1 : 0;
}

/* One file directly in /dr; its interpreter is added to those that the image must have. */
static int look_at_entry(struct tar_reader *t, struct strvec *interpreters, struct report *r, struct err *e)
{
	const char *name = strchr(t->entry.path, '/');
	CLEANUP_BUF struct buf b = {0};
	CLEANUP_FREE char *interpreter = NULL;
	CLEANUP_FREE char *arg = NULL;
	struct err ignored;
	if (t->entry.type != TAR_FILE || !name || strchr(++name, '/') || *name == '.')
		return 0;
	if (!(t->entry.mode & 0111))
		report_add(r, REPORT_NOTE, name, "it has no exec bit: chmod +x /dr/%s in the Dockerfile", name);
	if (t->entry.size > LINT_SCRIPT_MAX)
		return 0;
	if (read_file(t, &b, e) < 0)
		return -1;
	buf_byte(&b, '\0');
	if (script_interpreter(b.data, strcspn(b.data, "\n"), &interpreter, &arg, &ignored) > 0 &&
	    !strvec_has(interpreters, interpreter))
		strvec_push(interpreters, interpreter);
	lint_script(name, b.data, b.len - 1, r);
	return 0;
}

/* Opens what is at the path and reads its first member. Returns 1, 0 when nothing is there, or -1. */
static int look_up(struct scratch *s, const char *path, uint64_t *uid, struct err *e)
{
	CLEANUP_REPLY struct engine_reply rp = {0};
	struct tar_reader t;
	if (scratch_open(s, path, &rp, NULL, e) < 0)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	tar_reader_init(&t, rp.body);
	int rc = tar_read_next(&t, e);
	*uid = t.entry.uid;
	tar_reader_free(&t);
	return rc;
}

static int look_at_files(struct scratch *s, struct report *r, struct err *e)
{
	CLEANUP_STRVEC struct strvec interpreters = {0};
	CLEANUP_REPLY struct engine_reply rp = {0};
	struct tar_reader t;
	uint64_t uid;
	int rc = scratch_open(s, "/dr", &rp, NULL, e);
	if (rc < 0)
		return -1;
	tar_reader_init(&t, rp.body);
	while ((rc = tar_read_next(&t, e)) > 0 && (rc = look_at_entry(&t, &interpreters, r, e)) == 0)
		;
	tar_reader_free(&t);
	engine_reply_end(&rp);
	for (size_t i = 0; rc == 0 && i < interpreters.n; i++) {
		int there = look_up(s, interpreters.items[i], &uid, e);
		if (there == 0)
			report_add(r, REPORT_NOTE, "/dr", "the image itself has no %s, so that its scripts cannot run in it where a host "
				"has no such interpreter", interpreters.items[i]);
		rc = there < 0 ? -1 : 0;
	}
	int there = rc < 0 ? -1 : look_up(s, "/config", &uid, e);
	if (there > 0 && uid != CONTRACT_ID)
		report_add(r, REPORT_NOTE, "/config", "it belongs to uid %llu, so that the service cannot write it: "
			"chown 22022:22022 /config before VOLUME in the Dockerfile", (unsigned long long)uid);
	return there < 0 ? -1 : 0;
}

int lint_image(struct host *h, const char *image, struct report *r, struct err *e)
{
	CLEANUP_CONTRACT struct contract c = {0};
	CLEANUP_IMAGE struct image img = {0};
	CLEANUP_SCRATCH struct scratch s = {0};
	struct engine *g = host_engine(h, e);
	if (!g || pull_check_name(image, e) < 0 || pull_if_absent(h, image, &img, e) < 0 ||
	    contract_examine(&c, g, img.id, "lint", -1, e) < 0)
		return -1;
	for (size_t i = 0; i < c.shortcomings.n; i++)
		report_add(r, REPORT_PROBLEM, "contract", "%s", c.shortcomings.items[i]);
	if (!c.shortcomings.n)
		report_add(r, REPORT_OK, "contract", "the image is compatible; its commands are in /dr: %zu", c.commands.n);
	look_at_env(&img, r);
	/* Without a readable /dr there is nothing more to look at. */
	if (!c.commands.n)
		return 0;
	if (scratch_create(&s, g, img.id, "lint", NULL, e) < 0 || look_at_files(&s, r, e) < 0)
		return err_wrap(e, "cannot examine the image %s", image);
	return scratch_remove(&s, e) < 0 ? -1 : 0;
}
