#include "service/script_remote.h"

#include "archive/pack.h"
#include "archive/unpack.h"
#include "base/str.h"
#include "engine/archive.h"
#include "sys/file.h"

#include <stdlib.h>
#include <string.h>

#define CERTS "/.dr/certs"

void script_remote_engine(const struct engine *g, struct strvec *env, struct strvec *paths)
{
	const struct endpoint *ep = &g->endpoint;
	if (ep->kind == ENDPOINT_TCP) {
		strvec_pushf(env, "DOCKER_HOST=%s", ep->text);
		if (ep->tls) {
			strvec_push(env, "DOCKER_TLS_VERIFY=1");
			strvec_push(env, "DOCKER_CERT_PATH=" CERTS);
		}
		return;
	}
	const char *socket = ep->path ? ep->path : g->podman ? "/run/podman/podman.sock" : "/var/run/docker.sock";
	strvec_pushf(env, "DOCKER_HOST=unix://%s", socket);
	strvec_push(paths, socket);
}

static int pack_as(struct pack *p, const char *path, const char *name, struct err *e)
{
	return pack_tree(p, AT_FDCWD, path, name + (*name == '/'), e);
}

/* The file itself, where there is a link to it. */
static int pack_cert(struct pack *p, const char *path, const char *name, struct err *e)
{
	CLEANUP_FREE char *file = path ? realpath(path, NULL) : NULL;
	return !path ? 0 : file ? pack_as(p, file, name, e) : err_sys(e, "cannot read %s", path);
}

static int send_all(struct service *s, const struct endpoint *ep, const char *path, struct pack *p, struct err *e)
{
	if (pack_as(p, s->path, s->path, e) < 0 || (path && pack_as(p, path, path, e) < 0))
		return -1;
	if (!ep->tls)
		return 0;
	const char *ca = tls_config_file(ep->config);
	return pack_cert(p, ca, CERTS "/ca.pem", e) < 0 || pack_cert(p, ep->cert, CERTS "/cert.pem", e) < 0 ||
		pack_cert(p, ep->key, CERTS "/key.pem", e) < 0 ? -1 : 0;
}

int script_remote_send(struct service *s, struct engine *g, const char *id, const char *path, struct err *e)
{
	struct archive_writer w;
	struct tar_writer t;
	if (archive_writer_open(&w, g, id, "/", e) < 0)
		return -1;
	tar_writer_init(&t, &w.base);
	CLEANUP_PACK struct pack p = {.out = &t};
	int rc = send_all(s, &g->endpoint, path, &p, e);
	if (rc == 0 && (tar_write_end(&t, e) < 0 || writer_finish(&w.base, e) < 0))
		rc = -1;
	tar_writer_free(&t);
	writer_free(&w.base);
	return rc;
}

int script_remote_fetch(struct engine *g, const char *id, const char *path, struct err *e)
{
	CLEANUP_REPLY struct engine_reply rp = {0};
	CLEANUP_FD int dir = file_open_dir(AT_FDCWD, path, e);
	if (dir < 0 || archive_get(g, id, path, &rp, NULL, e) < 0)
		return -1;
	CLEANUP_WITH(tar_reader_free) struct tar_reader t;
	tar_reader_init(&t, rp.body);
	CLEANUP_UNPACK struct unpack u = {.root = dir, .flags = geteuid() == 0 ? UNPACK_OWNER : 0};
	int rc;
	while ((rc = tar_read_next(&t, e)) > 0) {
		const char *slash = strchr(t.entry.path, '/');
		if (slash && slash[1] && unpack_entry(&u, &t, slash + 1, e) < 0)
			return -1;
	}
	return rc < 0 ? -1 : unpack_finish(&u, e);
}
