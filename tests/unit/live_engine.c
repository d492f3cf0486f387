/*
 * The library against a real engine: run by tests/engine, with ENGINE_SOCKET=unix://... and ENGINE_IMAGE, an image that
 * is compatible with dr, has the script run, a symlink /dr-link to /dr, and druser in its /etc/passwd. ENGINE_IMAGE_LINKED
 * is another, with a symlink for /dr, a hard link /dr/linked, and a number for its user; ENGINE_IMAGE_BARE has nothing. An
 * unset variable is a failure, not a skip.
 */
#include "check.h"
#include "tmpdir.h"

#include "base/str.h"
#include "engine/scratch.h"
#include "engine/image.h"
#include "engine/image_ref.h"
#include "engine/volume.h"
#include "service/contract.h"

static const char *image;
static struct engine g;

static void open_engine(void)
{
	struct err e;
	const char *socket = getenv("ENGINE_SOCKET");
	image = getenv("ENGINE_IMAGE");
	if (!socket || !image) {
		fputs("ENGINE_SOCKET and ENGINE_IMAGE must be set\n", stderr);
		exit(1);
	}
	if (engine_open(&g, socket, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		exit(1);
	}
}

TEST(negotiates)
{
	struct err e;
	open_engine();
	CHECK_OK(engine_connect(&g, &e));
	CHECK(g.api >= ENGINE_API_OLDEST && g.api <= ENGINE_API_NEWEST && g.api <= g.api_max);
	CHECK_ERR(engine_needs(&g, 999, "this", &e), ERR_REFUSED);
	engine_free(&g);
}

TEST(images)
{
	struct err e;
	CLEANUP_IMAGE struct image img = {0};
	open_engine();
	CHECK_EQ_OK(image_inspect(&g, "dr-no-such-image", &img, &e), 0);
	CHECK_EQ_OK(image_inspect(&g, image, &img, &e), 1);
	CHECK(image_is_id(img.id));
	CHECK(strvec_has(&img.volumes, "/config"));
	CHECK_OK(image_tag(&g, img.id, "dr-live/tagged:1", &e));
	CLEANUP_IMAGE_LIST struct image_list list = {0};
	CLEANUP_STRVEC struct strvec filter = {0};
	strvec_push(&filter, "reference=dr-live/tagged:1");
	CHECK_OK(image_list(&g, &filter, &list, &e));
	CHECK_EQ(list.n, 1);
	CHECK_STR(list.items[0].id, img.id);
	CHECK_EQ_OK(image_remove(&g, "dr-live/tagged:1", false, &e), 1);
	CHECK_EQ_OK(image_remove(&g, "dr-live/tagged:1", false, &e), 0);
	CHECK_ERR(image_pull(&g, "localhost:1/none", NULL, NULL, NULL, NULL, &e), ERR_STATUS);
	engine_free(&g);
}

TEST(volumes)
{
	struct err e;
	CLEANUP_STRVEC struct strvec labels = {0};
	CLEANUP_VOLUME struct volume v = {0};
	open_engine();
	strvec_push(&labels, "dr.live=a=b \"c\"");
	CHECK_EQ_OK(volume_inspect(&g, "dr-live-none", &v, &e), 0);
	CHECK_OK(volume_create(&g, "dr-live-v", &labels, &e));
	CHECK_OK(volume_create(&g, "dr-live-v", &labels, &e));
	CHECK_EQ_OK(volume_inspect(&g, "dr-live-v", &v, &e), 1);
	CHECK_STR(v.driver, "local");
	CHECK_STR(v.labels.items[0], "dr.live=a=b \"c\"");
	CLEANUP_VOLUME_LIST struct volume_list list = {0};
	CLEANUP_STRVEC struct strvec filter = {0};
	strvec_push(&filter, "label=dr.live");
	CHECK_OK(volume_list(&g, &filter, &list, &e));
	CHECK_EQ(list.n, 1);
	CHECK_STR(list.items[0].name, "dr-live-v");
	CHECK_EQ_OK(volume_remove(&g, "dr-live-v", false, &e), 1);
	CHECK_EQ_OK(volume_remove(&g, "dr-live-v", false, &e), 0);
	engine_free(&g);
}

TEST(containers)
{
	struct err e;
	CLEANUP_STRVEC struct strvec cmd = {0};
	CLEANUP_STRVEC struct strvec binds = {0};
	CLEANUP_FREE char *id = NULL;
	open_engine();
	CHECK_OK(volume_create(&g, "dr-live-c", NULL, &e));
	CHECK_OK(volume_create(&g, "dr-live-c2", NULL, &e));
	strvec_push(&cmd, "/bin/sh");
	strvec_push(&cmd, "-c");
	strvec_push(&cmd, "read x; exit 7");
	strvec_push(&binds, "dr-live-c:/config");
	struct container_config c = {.image = image, .cmd = &cmd, .binds = &binds, .open_stdin = true, .network = "none"};
	CHECK_OK(container_create(&g, "dr-live-c", &c, &id, &e));
	CLEANUP_FREE char *other = NULL;
	CHECK_ERR(container_create(&g, "dr-live-c", &c, &other, &e), ERR_EXISTS);
	CHECK_EQ_OK(container_pause(&g, id, &e), 0);
	CHECK_EQ_OK(container_start(&g, id, &e), 1);
	CHECK_EQ_OK(container_start(&g, id, &e), 0);
	CHECK_EQ_OK(container_pause(&g, id, &e), 1);
	CHECK_EQ_OK(container_unpause(&g, id, &e), 1);
	CHECK_EQ_OK(container_unpause(&g, id, &e), 0);
	CLEANUP_CONTAINER_LIST struct container_list list = {0};
	CHECK_OK(container_list_by_volume(&g, "dr-live-c", &list, &e));
	CHECK_EQ(list.n, 1);
	CHECK_STR(list.items[0].name, "dr-live-c");
	CHECK_STR(list.items[0].state, "running");
	CHECK(list.items[0].n_mounts == 1 && list.items[0].mounts[0].writable);
	container_list_free(&list);
	CHECK_OK(container_list_by_volume(&g, "dr-live-c2", &list, &e));
	CHECK_EQ(list.n, 0);
	CHECK_EQ_OK(container_kill(&g, id, "KILL", &e), 1);
	CHECK_EQ_OK(container_wait(&g, id, NULL, &e), 137);
	CHECK_EQ_OK(container_kill(&g, id, "KILL", &e), 0);
	CLEANUP_CONTAINER struct container info = {0};
	CHECK_EQ_OK(container_inspect(&g, "dr-live-c", &info, &e), 1);
	CHECK_EQ(info.exit_code, 137);
	CHECK_STR(info.state, "exited");
	CHECK_EQ_OK(container_remove(&g, id, CONTAINER_FORCE, &e), 1);
	CHECK_EQ_OK(container_remove(&g, id, CONTAINER_FORCE, &e), 0);
	CHECK_EQ_OK(volume_remove(&g, "dr-live-c", false, &e), 1);
	CHECK_EQ_OK(volume_remove(&g, "dr-live-c2", false, &e), 1);
	engine_free(&g);
}

TEST(missing_image_and_odd_names)
{
	struct err e;
	CLEANUP_FREE char *id = NULL;
	struct container_config c = {.image = "dr-no-such-image"};
	struct container info;
	open_engine();
	CHECK_ERR(container_create(&g, NULL, &c, &id, &e), ERR_NOT_FOUND);
	CHECK_HAS(e.msg, "dr-no-such-image");
	CHECK_EQ_OK(container_inspect(&g, "no such?name#", &info, &e), 0);
	CHECK_ERR(container_inspect(&g, "..", &info, &e), ERR_USAGE);
	engine_free(&g);
}

static uint64_t drain(struct engine_reply *rp, struct err *e)
{
	const unsigned char *p;
	uint64_t total = 0;
	ssize_t n;
	while ((n = reader_block(rp->body, &p, e)) > 0) {
		total += (uint64_t)n;
		reader_consume(rp->body, (size_t)n);
	}
	return n < 0 ? 0 : total;
}

TEST(scratch_containers)
{
	struct err e;
	CLEANUP_SCRATCH struct scratch s = {0};
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_ARCHIVE_STAT struct archive_stat st = {0};
	CLEANUP_BUF struct buf text = {0};
	open_engine();
	CHECK_OK(scratch_create(&s, &g, image, "live", NULL, &e));
	CHECK_EQ_OK(archive_stat(&g, s.id, "/dr-link", &st, &e), 1);
	CHECK(S_ISLNK(st.mode));
	CHECK_STR(st.link_target, "/dr");
	archive_stat_free(&st);
	CHECK_EQ_OK(archive_stat(&g, s.id, "/nowhere", &st, &e), 0);
	CHECK_OK(scratch_open(&s, "/dr-link", &rp, NULL, &e));
	CHECK(drain(&rp, &e) > 512);
	engine_reply_end(&rp);
	CHECK_ERR(scratch_open(&s, "/nowhere", &rp, NULL, &e), ERR_NOT_FOUND);
	CHECK_EQ_OK(scratch_read(&s, "/etc/passwd", 65536, &text, &e), 1);
	CHECK_HAS(buf_cstr(&text), "druser:x:22022:22022:");
	buf_reset(&text);
	CHECK_ERR(scratch_read(&s, "/etc/passwd", 5, &text, &e), ERR_LIMIT);
	buf_reset(&text);
	CHECK_EQ_OK(scratch_read(&s, "/etc/none", 5, &text, &e), 0);
	CHECK_EQ_OK(scratch_read(&s, "/dr", 5, &text, &e), 0);
	CHECK_OK(scratch_remove(&s, &e));
	CHECK_OK(scratch_create(&s, &g, image, "live", NULL, &e));
	CHECK_EQ_OK(scratch_sweep(&g, "live", &e), 1);
	CHECK_EQ_OK(scratch_sweep(&g, "live", &e), 0);
	CHECK_OK(scratch_remove(&s, &e));
	engine_free(&g);
}

TEST(archive_both_ways)
{
	struct err e;
	CLEANUP_SCRATCH struct scratch s = {0};
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_BUF struct buf tar = {0};
	struct buf_writer bw;
	open_engine();
	CHECK_OK(scratch_create(&s, &g, image, "live", NULL, &e));
	CHECK_OK(archive_get(&g, s.id, "/etc/passwd", &rp, NULL, &e));
	buf_writer_init(&bw, &tar, 1 << 20);
	CHECK(stream_copy(rp.body, &bw.base, &e) > 0);
	engine_reply_end(&rp);
	struct archive_writer w;
	struct archive_stat st;
	CHECK_OK(archive_writer_open(&w, &g, s.id, "/dr", &e));
	CHECK_OK(writer_write(&w.base, tar.data, tar.len, &e));
	CHECK_OK(writer_finish(&w.base, &e));
	writer_free(&w.base);
	CHECK_EQ_OK(archive_stat(&g, s.id, "/dr/passwd", &st, &e), 1);
	CHECK(S_ISREG(st.mode));
	archive_stat_free(&st);
	CHECK_OK(archive_writer_open(&w, &g, s.id, "/config", &e));
	for (size_t i = 0; i < tar.len; i++)
		CHECK_OK(writer_write(&w.base, tar.data + i, 1, &e));
	CHECK_OK(writer_finish(&w.base, &e));
	writer_free(&w.base);
	CHECK_EQ_OK(archive_stat(&g, s.id, "/config/passwd", &st, &e), 1);
	archive_stat_free(&st);
	CHECK_OK(archive_writer_open(&w, &g, s.id, "/nowhere", &e));
	if (writer_write(&w.base, tar.data, tar.len, &e) == 0)
		CHECK_ERR(writer_finish(&w.base, &e), ERR_NOT_FOUND);
	writer_free(&w.base);
	CHECK_OK(scratch_remove(&s, &e));
	engine_free(&g);
}

static void examine(const char *which, int dirfd, struct contract *c)
{
	struct err e;
	const char *name = getenv(which);
	open_engine();
	CHECK(name != NULL);
	CHECK_OK(contract_examine(c, &g, name, "live", dirfd, &e));
	engine_free(&g);
}

TEST(compatible)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_CONTRACT struct contract c = {0};
	examine("ENGINE_IMAGE", d.fd, &c);
	CHECK_OK(contract_judge(&c, "it", &e));
	CHECK(strvec_has(&c.commands, "install") && strvec_has(&c.commands, "run"));
	CHECK(file_exists(d.fd, "install") && file_exists(d.fd, "run"));
}

TEST(compatible_through_links)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_CONTRACT struct contract c = {0};
	examine("ENGINE_IMAGE_LINKED", d.fd, &c);
	CHECK_OK(contract_judge(&c, "it", &e));
	CHECK(file_exists(d.fd, "install") && file_exists(d.fd, "linked"));
	CHECK(strvec_has(&c.commands, "linked"));
}

TEST(incompatible)
{
	struct err e;
	CLEANUP_CONTRACT struct contract c = {0};
	examine("ENGINE_IMAGE_BARE", -1, &c);
	CHECK_EQ(c.shortcomings.n, 3);
	CHECK_ERR(contract_judge(&c, "it", &e), ERR_REFUSED);
	CHECK_HAS(e.msg, "runs as root");
	CHECK_HAS(e.msg, "/config");
	CHECK_HAS(e.msg, "no /dr");
}

TEST(no_such_image)
{
	struct err e;
	struct contract c;
	open_engine();
	CHECK_ERR(contract_examine(&c, &g, "dr-live/none", "live", -1, &e), ERR_NOT_FOUND);
	engine_free(&g);
}

CHECK_MAIN
