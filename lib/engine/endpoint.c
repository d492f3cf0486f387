#include "engine/endpoint.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/signal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The sockets that are tried when nobody names one, in order of preference. */
static void usual_sockets(struct strvec *v)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	bool mine = run && *run == '/';
	strvec_push(v, "/var/run/docker.sock");
	if (mine)
		strvec_pushf(v, "%s/docker.sock", run);
	if (geteuid() == 0)
		strvec_push(v, "/run/podman/podman.sock");
	else if (mine)
		strvec_pushf(v, "%s/podman/podman.sock", run);
}

/* The first socket that may be used, else the first that is there, else the first: its absence is what is reported. */
static const char *best_socket(const struct strvec *v)
{
	const char *there = NULL;
	for (size_t i = 0; i < v->n; i++) {
		if (faccessat(AT_FDCWD, v->items[i], R_OK | W_OK, AT_EACCESS) == 0)
			return v->items[i];
		if (!there && faccessat(AT_FDCWD, v->items[i], F_OK, AT_EACCESS) == 0)
			there = v->items[i];
	}
	return there ? there : v->items[0];
}

static int set_unix(struct endpoint *ep, const char *path, struct err *e)
{
	if (!*path)
		return err_set(e, ERR_USAGE, "%s names no socket behind unix://", ep->from);
	if (strlen(path) >= sizeof ((struct sockaddr_un *)0)->sun_path)
		return err_set(e, ERR_USAGE, "the path of the engine's socket is longer than %zu characters: '%s'",
			sizeof ((struct sockaddr_un *)0)->sun_path - 1, path);
	ep->kind = ENDPOINT_UNIX;
	ep->path = mem_strdup(path);
	ep->text = str_printf("unix://%s", path);
	ep->host = mem_strdup("localhost");
	return 0;
}

/* The value itself is not shown beyond its scheme: a URL may carry a password. */
static int parse(struct endpoint *ep, const char *host, struct err *e)
{
	const char *path = str_after(host, "unix://");
	if (path)
		return set_unix(ep, path, e);
	const char *sep = strstr(host, "://");
	if (!sep || strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789+.-") != (size_t)(sep - host))
		return err_set(e, ERR_USAGE, "%s is not of the form unix:///path/to/the/socket", ep->from);
	return err_set(e, ERR_USAGE, "%s: the scheme '%.*s' is not supported; use unix://", ep->from,
		(int)(sep - host), host);
}

int endpoint_choose(struct endpoint *ep, const char *host, struct err *e)
{
	*ep = (struct endpoint){.from = "-H"};
	if (!host) {
		host = getenv("DOCKER_HOST");
		ep->from = "DOCKER_HOST";
	}
	int rc;
	if (host && *host) {
		rc = parse(ep, host, e);
	} else {
		CLEANUP_STRVEC struct strvec usual = {0};
		usual_sockets(&usual);
		ep->from = NULL;
		rc = set_unix(ep, best_socket(&usual), e);
	}
	if (rc < 0)
		endpoint_free(ep);
	return rc;
}

/* What a person can do about a failed connect. errno is passed on in e->sys. */
static int explain(const struct endpoint *ep, int error, struct err *e)
{
	const char *from = ep->from ? ep->from : "default";
	if (error == EACCES || error == EPERM) {
		err_set(e, ERR_NETWORK, "no permission to use the engine at %s (%s): run dr as root, or as a member of "
			"the socket's group", ep->text, from);
	} else if (error == ENOENT && !ep->from) {
		CLEANUP_STRVEC struct strvec usual = {0};
		usual_sockets(&usual);
		CLEANUP_FREE char *tried = strvec_join(&usual, ", ");
		err_set(e, ERR_NETWORK, "no engine found: there is no %s; start Docker or Podman, or set DOCKER_HOST",
			tried);
	} else if (error == ENOENT) {
		err_set(e, ERR_NETWORK, "no engine at %s (%s): there is no such socket; is the engine running?",
			ep->text, from);
	} else if (error == ECONNREFUSED) {
		err_set(e, ERR_NETWORK, "no engine at %s (%s): nothing listens on that socket; start the engine",
			ep->text, from);
	} else {
		err_set(e, ERR_NETWORK, "cannot connect to the engine at %s (%s): %s", ep->text, from, strerror(error));
	}
	e->sys = error;
	return -1;
}

static int dial_unix(const struct endpoint *ep, struct err *e)
{
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "cannot make a socket for the engine at %s", ep->text);
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	memcpy(addr.sun_path, ep->path, strlen(ep->path) + 1);  /* set_unix has bounded it */
	while (connect(fd, (struct sockaddr *)&addr, sizeof addr) < 0) {
		if (errno != EINTR)
			return explain(ep, errno, e);
		if (signal_check(e) < 0)
			return -1;
	}
	return fd_steal(&fd);
}

struct transport *endpoint_dial(const struct endpoint *ep, struct err *e)
{
	int fd = dial_unix(ep, e);
	return fd < 0 ? NULL : transport_socket(fd);
}

void endpoint_free(struct endpoint *ep)
{
	free(ep->text);
	free(ep->path);
	free(ep->host);
	*ep = (struct endpoint){0};
}
