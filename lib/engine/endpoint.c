#include "engine/endpoint.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "engine/context.h"
#include "net/dial.h"
#include "net/dial_command.h"
#include "sys/file.h"
#include "sys/signal.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
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

enum {
	PORT_PLAIN = 2375, PORT_TLS = 2376, PORT_MAX = 65535,
	PATIENCE = 15,     /* seconds that a connect or a step of the TLS handshake may take */
	KEEPALIVE = 30,    /* seconds of silence after which the peer has to show that it is there; three times, then it is not */
};

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

/* [USER@]HOST[:PORT] in the n characters at s. */
static int set_authority(struct endpoint *ep, const char *s, size_t n, struct err *e)
{
	const char *at = memchr(s, '@', n), *end = s + n;
	if (at && ep->kind == ENDPOINT_SSH) {
		if (memchr(s, ':', (size_t)(at - s)))
			return err_set(e, ERR_USAGE, "%s holds a password, which ssh takes from nobody but its user", ep->from);
		ep->user = mem_dup(s, (size_t)(at - s));
		s = at + 1;
	}
	bool brackets = s < end && *s == '[';
	const char *stop = brackets ? memchr(s, ']', (size_t)(end - s)) : memchr(s, ':', (size_t)(end - s));
	const char *name = s + brackets, *behind = !stop ? end : stop + brackets;
	size_t len = (size_t)((stop ? stop : end) - name);
	/* A name that begins with a dash would be an option of ssh. */
	if (!len || (brackets && !stop) || *name == '-' || (ep->user && (*ep->user == '-' || !*ep->user)) ||
	    (behind < end && *behind != ':') || memchr(name, '@', len) || memchr(name, ' ', len) ||
	    (!brackets && behind < end && memchr(behind + 1, ':', (size_t)(end - behind - 1))))
		return err_set(e, ERR_USAGE, "%s is not of the form tcp://HOST:PORT or ssh://USER@HOST:PORT (an IPv6 address in "
			"brackets)", ep->from);
	ep->name = mem_dup(name, len);
	if (behind == end || behind + 1 == end)
		return 0;
	CLEANUP_FREE char *digits = mem_dup(behind + 1, (size_t)(end - behind - 1));
	uint64_t port = 0;
	if (str_to_u64(digits, PORT_MAX, &port, "the port", e) < 0 || port == 0)
		return err_set(e, ERR_USAGE, "%s: the port is not a number from 1 to %d", ep->from, PORT_MAX);
	ep->port = (unsigned)port;
	return 0;
}

static int set_tcp(struct endpoint *ep, const char *rest, struct err *e)
{
	size_t n = strcspn(rest, "/");
	ep->kind = ENDPOINT_TCP;
	if (rest[n] && rest[n + 1])
		return err_set(e, ERR_USAGE, "%s: an engine has no path behind its port", ep->from);
	if (set_authority(ep, n ? rest : "localhost", n ? n : strlen("localhost"), e) < 0)
		return -1;
	if (!ep->port)
		ep->port = ep->tls ? PORT_TLS : PORT_PLAIN;
	bool v6 = strchr(ep->name, ':') != NULL;
	ep->host = str_printf("%s%s%s:%u", v6 ? "[" : "", ep->name, v6 ? "]" : "", ep->port);
	ep->text = str_printf("tcp://%s", ep->host);
	return 0;
}

static int set_ssh(struct endpoint *ep, const char *rest, struct err *e)
{
	size_t n = strcspn(rest, "/");
	ep->kind = ENDPOINT_SSH;
	ep->tls = false;
	if (set_authority(ep, rest, n, e) < 0)
		return -1;
	/* It goes through the far side's shell. */
	for (const char *p = rest + n; *p; p++)
		if (strchr("'\\\"$`\n", *p))
			return err_set(e, ERR_USAGE, "%s: the path of the socket holds the character '%c'", ep->from, *p);
	ep->path = rest[n] && rest[n + 1] ? mem_strdup(rest + n) : NULL;
	ep->text = str_printf("ssh://%s", rest);
	ep->host = mem_strdup("localhost");
	return 0;
}

/* The value itself is not shown beyond its scheme: a URL may carry a password. */
static int parse(struct endpoint *ep, const char *host, struct err *e)
{
	const char *rest, *sep = strstr(host, "://");
	if ((rest = str_after(host, "unix://"))) {
		ep->tls = false;
		return set_unix(ep, rest, e);
	}
	if ((rest = str_after(host, "tcp://")))
		return set_tcp(ep, rest, e);
	if ((rest = str_after(host, "ssh://")))
		return set_ssh(ep, rest, e);
	if (!sep && strchr(host, ':') && *host != '/')
		return set_tcp(ep, host, e);
	if (!sep || sep == host || strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789+.-") != (size_t)(sep - host))
		return err_set(e, ERR_USAGE, "%s is not of the form unix:///path/to/the/socket, tcp://HOST:PORT or "
			"ssh://USER@HOST", ep->from);
	return err_set(e, ERR_USAGE, "%s: the scheme '%.*s' is not supported; use unix://, tcp:// or ssh://", ep->from,
		(int)(sep - host), host);
}

static bool is_set(const char *variable)
{
	const char *s = getenv(variable);
	return s && *s;
}

/* The file named, else NAME in the folder; there NULL when it is not. */
static char *certificate(const char *named, const char *folder, const char *name)
{
	if (named && *named)
		return mem_strdup(named);
	CLEANUP_FREE char *path = folder ? str_printf("%s/%s", folder, name) : NULL;
	return path && file_exists(AT_FDCWD, path) ? ptr_steal(&path) : NULL;
}

static int set_certificates(struct endpoint *ep, const struct endpoint_options *o, const char *folder, struct err *e)
{
	const char *path = getenv("DOCKER_CERT_PATH");
	if (!folder && path && *path) {
		if (!file_exists(AT_FDCWD, path))
			return err_set(e, ERR_NOT_FOUND, "DOCKER_CERT_PATH: there is no folder %s", path);
		folder = path;
	}
	CLEANUP_FREE char *usual = folder ? mem_strdup(folder) : context_folder(o->config);
	ep->ca = certificate(o->ca, usual, "ca.pem");
	ep->cert = certificate(o->cert, usual, "cert.pem");
	ep->key = certificate(o->key, usual, "key.pem");
	ep->certs = o->ca || o->cert || o->key ? NULL : ptr_steal(&usual);
	return 0;
}

static int use_context(struct endpoint *ep, const struct endpoint_options *o, const char *folder, const char *name,
	struct err *e)
{
	CLEANUP_FREE char *host = NULL;
	CLEANUP_FREE char *certs = NULL;
	if (!folder)
		return err_set(e, ERR_NOT_FOUND, "%s: no context can be looked up without HOME or DOCKER_CONFIG", ep->from);
	bool unverified = false;
	if (context_load(folder, name, &host, &certs, &unverified, e) < 0)
		return err_wrap(e, "%s", ep->from);
	ep->tls = certs || unverified;
	ep->unverified = unverified ? "SkipTLSVerify in the context" : NULL;
	if (parse(ep, host, e) < 0)
		return err_wrap(e, "the context '%s'", name);
	return ep->tls ? set_certificates(ep, o, certs, e) : 0;
}

static int use_host(struct endpoint *ep, const struct endpoint_options *o, const char *host, struct err *e)
{
	ep->tls = o->tls || o->verify || o->ca || o->cert || o->key || is_set("DOCKER_TLS") || is_set("DOCKER_TLS_VERIFY");
	if (!o->verify && !is_set("DOCKER_TLS_VERIFY"))
		ep->unverified = o->tls ? "--tls" : is_set("DOCKER_TLS") ? "DOCKER_TLS" : NULL;
	if (parse(ep, host, e) < 0)
		return -1;
	return ep->tls ? set_certificates(ep, o, NULL, e) : 0;
}

static int choose(struct endpoint *ep, const struct endpoint_options *o, struct err *e)
{
	CLEANUP_FREE char *folder = context_folder(o->config);
	CLEANUP_FREE char *current = NULL;
	CLEANUP_STRVEC struct strvec usual = {0};
	const char *host = getenv("DOCKER_HOST"), *context = getenv("DOCKER_CONTEXT");
	bool named = o->context && *o->context;
	if (named && o->host)
		return err_set(e, ERR_USAGE, "-H and -c name two engines; use one of them");
	ep->from = "-c";
	if (named && !str_eq(o->context, "default"))
		return use_context(ep, o, folder, o->context, e);
	ep->from = "-H";
	if (o->host && *o->host)
		return use_host(ep, o, o->host, e);
	ep->from = "DOCKER_HOST";
	if (host && *host)
		return use_host(ep, o, host, e);
	ep->from = "DOCKER_CONTEXT";
	if (!named && context && *context) {
		if (!str_eq(context, "default"))
			return use_context(ep, o, folder, context, e);
		named = true;
	}
	ep->from = "currentContext of config.json";
	if (!named && folder && context_current(folder, &current, e) < 0)
		return -1;
	if (current && !str_eq(current, "default"))
		return use_context(ep, o, folder, current, e);
	usual_sockets(&usual);
	ep->from = NULL;
	return set_unix(ep, best_socket(&usual), e);
}

int endpoint_choose(struct endpoint *ep, const struct endpoint_options *o, struct err *e)
{
	*ep = (struct endpoint){0};
	int rc = choose(ep, o, e);
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

static struct transport *dial_remote(struct endpoint *ep, struct err *e)
{
	if (ep->tls && !ep->config) {
		ep->config = tls_config_load(&(struct tls_files){ep->ca, ep->cert, ep->key}, e);
		if (!ep->config)
			return NULL;
	}
	struct transport *t = dial_tcp(ep->name, ep->port, PATIENCE, e);
	if (ep->tls)
		t = tls_client(t, ep->name, ep->config, e);
	if (!t)
		return NULL;
	/* From now on silence is no failure: logs -f may wait for days. */
	const struct timeval ever = {0};
	const int on = 1, after = KEEPALIVE, times = 3;
	setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &ever, sizeof ever);
	setsockopt(t->fd, SOL_SOCKET, SO_SNDTIMEO, &ever, sizeof ever);
	setsockopt(t->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(t->fd, IPPROTO_TCP, TCP_KEEPIDLE, &after, sizeof after);
	setsockopt(t->fd, IPPROTO_TCP, TCP_KEEPINTVL, &after, sizeof after);
	setsockopt(t->fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
	return t;
}

/* The far side has docker, or dr, on the PATH of its shell or where dr puts itself. */
static struct transport *dial_ssh(const struct endpoint *ep, struct err *e)
{
	CLEANUP_STRVEC struct strvec argv = {0};
	CLEANUP_FREE char *host = ep->path ? str_printf("--host unix://%s ", ep->path) : mem_strdup("");
	strvec_push(&argv, "ssh");
	strvec_push(&argv, "-o");
	strvec_pushf(&argv, "ConnectTimeout=%d", PATIENCE);
	strvec_push(&argv, "-T");
	if (ep->user) {
		strvec_push(&argv, "-l");
		strvec_push(&argv, ep->user);
	}
	if (ep->port) {
		strvec_push(&argv, "-p");
		strvec_pushf(&argv, "%u", ep->port);
	}
	strvec_push(&argv, "--");
	strvec_push(&argv, ep->name);
	strvec_pushf(&argv, "sh -c 'PATH=$PATH:/usr/local/bin:/opt/bin; command -v docker >/dev/null && exec docker %ssystem "
		"dial-stdio; exec dr docker %ssystem dial-stdio'", host, host);
	struct transport *t = dial_command(argv.items, e);
	if (!t && e->sys == ENOENT)
		err_hint(e, "; install an ssh client");
	return t;
}

struct transport *endpoint_dial(struct endpoint *ep, struct err *e)
{
	if (ep->kind == ENDPOINT_UNIX) {
		int fd = dial_unix(ep, e);
		return fd < 0 ? NULL : transport_socket(fd);
	}
	struct transport *t = ep->kind == ENDPOINT_SSH ? dial_ssh(ep, e) : dial_remote(ep, e);
	if (!t && e->kind != ERR_INTR) {
		err_wrap(e, "cannot connect to the engine at %s (%s)", ep->text, ep->from);
		if (e->kind == ERR_REFUSED && ep->unverified)
			err_hint(e, "; with %s, too, dr verifies the engine: name its authority with --tlscacert, or put its ca.pem "
				"into DOCKER_CERT_PATH", ep->unverified);
		if (e->kind != ERR_REFUSED)
			e->kind = ERR_NETWORK;
	}
	return t;
}

void endpoint_environment(const struct endpoint *ep, struct strvec *env)
{
	strvec_pushf(env, "DOCKER_HOST=%s", ep->text);
	strvec_push(env, "DOCKER_CONTEXT");
	if (!ep->tls) {
		strvec_push(env, "DOCKER_TLS_VERIFY");
		strvec_push(env, "DOCKER_TLS");
		strvec_push(env, "DOCKER_CERT_PATH");
		return;
	}
	strvec_push(env, "DOCKER_TLS_VERIFY=1");
	if (ep->certs)
		strvec_pushf(env, "DOCKER_CERT_PATH=%s", ep->certs);
}

void endpoint_free(struct endpoint *ep)
{
	free(ep->text);
	free(ep->path);
	free(ep->host);
	free(ep->name);
	free(ep->user);
	free(ep->ca);
	free(ep->cert);
	free(ep->key);
	free(ep->certs);
	tls_config_free(ep->config);
	*ep = (struct endpoint){0};
}
