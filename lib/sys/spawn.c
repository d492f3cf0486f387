/*
 * While dr waits, the signals it passes on and SIGCHLD are blocked and read from a signalfd, so that none can slip in
 * between a check and a blocking call. They are blocked before the program starts where spawn_run does both halves.
 */
#include "sys/spawn.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/signal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

const char *spawn_path(void)
{
	const char *path = getenv("PATH");
	return path && *path ? path : SPAWN_DEFAULT_PATH;
}

static bool executable(const char *file)
{
	struct stat st;
	return stat(file, &st) == 0 && S_ISREG(st.st_mode) && faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0;
}

char *spawn_find(const char *name, const char *path)
{
	if (!*name)
		return NULL;
	if (strchr(name, '/'))
		return executable(name) ? mem_strdup(name) : NULL;
	for (const char *p = path ? path : spawn_path(); *p;) {
		size_t n = strcspn(p, ":");
		if (n) {
			CLEANUP_FREE char *file = str_printf("%.*s/%s", (int)n, p, name);
			if (executable(file))
				return ptr_steal(&file);
		}
		p += n + (p[n] == ':');
	}
	return NULL;
}

/* What is executed (the caller's), or NULL with *e filled. */
static char *resolve(const struct spawn *s, struct err *e)
{
	const char *name = s->file ? s->file : s->argv[0];
	if (s->file || strchr(name, '/'))
		return mem_strdup(name);
	char *file = spawn_find(name, NULL);
	if (!file) {
		err_set(e, ERR_NOT_FOUND, "cannot run %s: there is no such command on PATH", name);
		e->sys = ENOENT;
	}
	return file;
}

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");
	return strcspn(b, "=") == n && memcmp(a, b, n) == 0;
}

/* dr's environment with the changes applied; borrowed strings, the array is the caller's. */
static char **make_env(char *const *changes)
{
	size_t n = 0, m = 0, k = 0;
	while (environ && environ[n])
		n++;
	while (changes && changes[m])
		m++;
	char **out = mem_array(n + m + 1, sizeof *out);
	for (size_t i = 0; i < n; i++) {
		bool kept = true;
		for (size_t j = 0; j < m && kept; j++)
			kept = !same_name(environ[i], changes[j]);
		if (kept)
			out[k++] = environ[i];
	}
	for (size_t j = 0; j < m; j++)
		if (strchr(changes[j], '='))
			out[k++] = changes[j];
	return out;
}

/* Opens what becomes the child's fd for one stream; *ours is dr's end of a pipe. Returns 1 with *fd set (owned), 0 when
   the stream is inherited, -1 on failure. All are above 2, so that setting one of 0, 1, 2 hides none of the others. */
static int open_stream(const struct spawn_stream *st, bool input, int *fd, int *ours, struct err *e)
{
	int pair[2];
	switch (st->kind) {
	case SPAWN_INHERIT:
		return 0;
	case SPAWN_NULL:
		*fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		break;
	case SPAWN_FD:
		*fd = fcntl(st->fd, F_DUPFD_CLOEXEC, 3);
		break;
	case SPAWN_PIPE:
	case SPAWN_CAPTURE:
		if (pipe2(pair, O_CLOEXEC) < 0)
			return err_sys(e, "cannot create a pipe");
		*fd = pair[input ? 0 : 1];
		*ours = pair[input ? 1 : 0];
		if (st->kind == SPAWN_CAPTURE)
			fcntl(*ours, F_SETFL, O_NONBLOCK);
		break;
	}
	return *fd < 0 ? err_sys(e, "cannot open a stream for a program") : 1;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_ends(struct spawn_child *c)
{
	close_end(&c->in);
	close_end(&c->out);
	close_end(&c->err);
}

static int check_cwd(const char *cwd, struct err *e)
{
	struct stat st;
	if (!cwd || (stat(cwd, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	/* Not err_sys: ENOENT in e->sys means that the program is missing. */
	return err_set(e, ERR_REFUSED, "cannot run a program in the folder %s: it is not there", cwd);
}

static int launch(const struct spawn *s, const int theirs[3], const sigset_t *mask, pid_t *pid, struct err *e)
{
	CLEANUP_FREE char *file = resolve(s, e);
	if (!file || check_cwd(s->cwd, e) < 0)
		return -1;
	CLEANUP_FREE char **env = make_env(s->env);
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t ignored;
	signal_ignored(&ignored);
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &ignored);
	posix_spawnattr_setsigmask(&attr, mask);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	int r = 0;
	for (int i = 0; i < 3 && r == 0; i++)
		if (theirs[i] >= 0)
			r = posix_spawn_file_actions_adddup2(&fa, theirs[i], i);
	if (r == 0 && s->err_to_out)
		r = posix_spawn_file_actions_adddup2(&fa, 1, 2);
	if (r == 0 && s->cwd)
		r = posix_spawn_file_actions_addchdir_np(&fa, s->cwd);
	fflush(NULL);
	if (r == 0)
		r = posix_spawn(pid, file, &fa, &attr, s->argv, env);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	errno = r;
	return r ? err_sys(e, "cannot run %s", file) : 0;
}

static int start(const struct spawn *s, const sigset_t *mask, struct spawn_child *c, struct err *e)
{
	*c = (struct spawn_child)SPAWN_CHILD_INIT;
	int theirs[3] = {-1, -1, -1};
	int r = open_stream(&s->in, true, &theirs[0], &c->in, e);
	if (r >= 0)
		r = open_stream(&s->out, false, &theirs[1], &c->out, e);
	if (r >= 0 && !s->err_to_out)
		r = open_stream(&s->err, false, &theirs[2], &c->err, e);
	pid_t pid = 0;
	if (r >= 0)
		r = launch(s, theirs, mask, &pid, e);
	for (int i = 0; i < 3; i++)
		close_end(&theirs[i]);
	if (r < 0) {
		close_ends(c);
		return -1;
	}
	c->pid = pid;
	c->streams[0] = s->in;
	c->streams[1] = s->out;
	c->streams[2] = s->err;
	c->note_signals = s->note_signals;
	c->seconds = s->seconds;
	return 0;
}

int spawn_start(const struct spawn *s, struct spawn_child *c, struct err *e)
{
	sigset_t mask;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	return start(s, &mask, c, e);
}

/* The signals to watch: those passed on, but not the ones that dr was started to ignore. */
static void watched(sigset_t *set)
{
	static const int sigs[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++) {
		struct sigaction sa;
		if (sigaction(sigs[i], NULL, &sa) == 0 && sa.sa_handler != SIG_IGN)
			sigaddset(set, sigs[i]);
	}
}

static void forward(struct spawn_child *c, int sig, bool from_terminal)
{
	c->forwarded = sig;
	if (c->note_signals && sig != SIGQUIT)
		signal_note(sig);
	/* What the terminal sends goes to the whole foreground group: the program has it already. Into a container it comes from
	   outside, to the first process alone, which does for the others what the terminal would. */
	if (!from_terminal && c->pid)
		kill(getpid() == 1 && (sig == SIGINT || sig == SIGQUIT) ? -1 : c->pid, sig);
}

static void read_signals(struct spawn_child *c, int sfd)
{
	struct signalfd_siginfo si;
	while (read(sfd, &si, sizeof si) == (ssize_t)sizeof si)
		if (si.ssi_signo != SIGCHLD)
			forward(c, (int)si.ssi_signo, si.ssi_code == SI_KERNEL);
}

/* Moves what a capturing pipe holds now. Returns 0, or -1 with *e filled. */
static int collect(int *fd, const struct spawn_stream *st, struct err *e)
{
	char block[16384];
	while (*fd >= 0) {
		ssize_t n = read(*fd, block, sizeof block);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0) {
			close_end(fd);
			return 0;
		}
		if ((size_t)n > st->max || st->buf->len > st->max - (size_t)n)
			return err_set(e, ERR_LIMIT, "a program wrote more than the %zu bytes that are allowed",
				st->max);
		buf_add(st->buf, block, (size_t)n);
	}
	return 0;
}

static void feed(int *fd, const struct spawn_stream *st, size_t *sent)
{
	while (*fd >= 0) {
		size_t left = st->buf->len - *sent;
		ssize_t n = left ? write(*fd, st->buf->data + *sent, left) : -1;
		if (n < 0 && left && (errno == EAGAIN || errno == EINTR))
			return;
		/* All sent, or the program reads no more: both end its input. */
		if (n <= 0)
			close_end(fd);
		else
			*sent += (size_t)n;
	}
}

static int64_t milliseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Moves bytes and signals until the program has ended and its captured output is read. */
static int watch(struct spawn_child *c, int sfd, int *status, struct err *e)
{
	const bool captures[3] = {c->streams[0].kind == SPAWN_CAPTURE, c->streams[1].kind == SPAWN_CAPTURE,
		c->streams[2].kind == SPAWN_CAPTURE};
	const int64_t end = milliseconds() + (int64_t)c->seconds * 1000;
	size_t sent = 0;
	for (;;) {
		int64_t left = c->seconds ? end - milliseconds() : -1;
		pid_t done = waitpid(c->pid, status, WNOHANG);
		if (captures[0])
			feed(&c->in, &c->streams[0], &sent);
		if ((captures[1] && collect(&c->out, &c->streams[1], e) < 0) ||
		    (captures[2] && collect(&c->err, &c->streams[2], e) < 0))
			return -1;
		if (done == c->pid) {
			c->pid = 0;
			/* Those that it ended of were for it. */
			read_signals(c, sfd);
			return 0;
		}
		if (done < 0 && errno != EINTR)
			return err_sys(e, "cannot wait for a program");
		struct pollfd p[4] = {
			{.fd = sfd, .events = POLLIN},
			{.fd = captures[0] ? c->in : -1, .events = POLLOUT},
			{.fd = captures[1] ? c->out : -1, .events = POLLIN},
			{.fd = captures[2] ? c->err : -1, .events = POLLIN},
		};
		if (c->seconds && left <= 0)
			return err_set(e, ERR_LIMIT, "a program took longer than the %u s that are allowed", c->seconds);
		if (poll(p, 4, (int)left) < 0 && errno != EINTR)
			return err_sys(e, "cannot wait for a program");
		read_signals(c, sfd);
	}
}

/* With the watched signals blocked: waits and closes the ends. */
static int wait_blocked(struct spawn_child *c, const sigset_t *set, struct err *e)
{
	int status = 0;
	CLEANUP_FD int sfd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	int r = sfd < 0 ? err_sys(e, "cannot wait for a program") : watch(c, sfd, &status, e);
	if (r < 0)
		spawn_stop(c);
	close_ends(c);
	if (r < 0)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int spawn_wait(struct spawn_child *c, struct err *e)
{
	sigset_t set, old;
	watched(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	/* A signal from before, while the caller moved the pipes' bytes. */
	if (signal_pending())
		forward(c, signal_pending(), false);
	int r = wait_blocked(c, &set, e);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

int spawn_run(const struct spawn *s, struct err *e)
{
	sigset_t set, old;
	struct spawn_child c;
	watched(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	int r = start(s, &old, &c, e);
	if (r == 0)
		r = wait_blocked(&c, &set, e);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

void spawn_stop(struct spawn_child *c)
{
	close_ends(c);
	if (c->pid <= 0)
		return;
	kill(c->pid, SIGTERM);
	for (int i = 0; i < 200; i++) {
		const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
		pid_t done = waitpid(c->pid, NULL, WNOHANG);
		if (done == c->pid || (done < 0 && errno != EINTR)) {
			c->pid = 0;
			return;
		}
		nanosleep(&pause, NULL);
	}
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR) {
	}
	c->pid = 0;
}
