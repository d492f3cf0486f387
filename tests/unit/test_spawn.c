#include "check.h"
#include "tmpdir.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/str.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/signal.h"
#include "sys/spawn.h"

#define SH(text) ((char *[]){(char[]){"sh"}, (char[]){"-c"}, (char[]){text}, NULL})

static struct spawn_stream capture(struct buf *b, size_t max)
{
	return (struct spawn_stream){.kind = SPAWN_CAPTURE, .buf = b, .max = max};
}

TEST(exit_codes)
{
	struct err e;
	struct spawn s = {.argv = SH("exit 0")};
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	s.argv = SH("exit 3");
	CHECK_EQ_OK(spawn_run(&s, &e), 3);
	s.argv = SH("exit 255");
	CHECK_EQ_OK(spawn_run(&s, &e), 255);
	s.argv = SH("kill -9 $$");
	CHECK_EQ_OK(spawn_run(&s, &e), 137);
}

TEST(time_limit)
{
	struct err e;
	CLEANUP_BUF struct buf out = {0};
	struct spawn s = {.argv = SH("echo begun; exec sleep 1000"), .out = capture(&out, 64), .seconds = 1};
	CHECK_ERR(spawn_run(&s, &e), ERR_LIMIT);
	s.argv = SH("exit 4");
	s.seconds = 1000;
	CHECK_EQ_OK(spawn_run(&s, &e), 4);
}

TEST(why_it_cannot_start)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	char path[256];
	char *argv[] = {path, NULL};
	struct spawn s = {.argv = argv};
	snprintf(path, sizeof path, "%s/x", d.path);
	CHECK_ERR(spawn_run(&s, &e), ERR_NOT_FOUND);
	CHECK_EQ(e.sys, ENOENT);
	tmpdir_put(&d, "x", "echo no interpreter line\n");
	CHECK_ERR(spawn_run(&s, &e), ERR_SYS);
	CHECK_EQ(e.sys, EACCES);
	CHECK_EQ(fchmodat(d.fd, "x", 0755, 0), 0);
	CHECK_ERR(spawn_run(&s, &e), ERR_SYS);
	CHECK_EQ(e.sys, ENOEXEC);
	tmpdir_put(&d, "x", "#!/no/such/interpreter\n");
	CHECK_ERR(spawn_run(&s, &e), ERR_NOT_FOUND);
	CHECK_EQ(e.sys, ENOENT);
	snprintf(path, sizeof path, "no-such-command-anywhere");
	CHECK_ERR(spawn_run(&s, &e), ERR_NOT_FOUND);
	CHECK_EQ(e.sys, ENOENT);
	CHECK_HAS(e.msg, "no-such-command-anywhere");
	s.argv = SH("exit 0");
	s.cwd = "/no/such/folder";
	CHECK_ERR(spawn_run(&s, &e), ERR_REFUSED);
	CHECK_EQ(e.sys, 0);
}

TEST(captures_both)
{
	struct err e;
	CLEANUP_BUF struct buf out = {0}, err = {0};
	struct spawn s = {.argv = SH("echo to out; echo to err >&2"), .out = capture(&out, 100),
		.err = capture(&err, 100)};
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	CHECK_STR(buf_cstr(&out), "to out\n");
	CHECK_STR(buf_cstr(&err), "to err\n");
	buf_reset(&out);
	s.err = (struct spawn_stream){0};
	s.err_to_out = true;
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	CHECK_STR(buf_cstr(&out), "to out\nto err\n");
}

/* More than pipes hold, in both directions at once. */
TEST(feeds_and_captures)
{
	struct err e;
	CLEANUP_BUF struct buf in = {0}, out = {0};
	for (int i = 0; i < 300000; i++)
		buf_byte(&in, 'a' + i % 26);
	struct spawn s = {.argv = SH("cat"), .in = capture(&in, 0), .out = capture(&out, 300000)};
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	CHECK_MEM(out.data, out.len, in.data, in.len);
	buf_reset(&out);
	s.argv = SH("exec <&-; echo unread");
	signal_setup();
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	CHECK_STR(buf_cstr(&out), "unread\n");
	buf_reset(&in);
	buf_reset(&out);
	s.argv = SH("wc -c");
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	CHECK_EQ(strtol(buf_cstr(&out), NULL, 10), 0);
}

TEST(capture_bound)
{
	struct err e;
	CLEANUP_BUF struct buf out = {0};
	struct spawn s = {.argv = SH("printf 0123456789"), .out = capture(&out, 10)};
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	CHECK_STR(buf_cstr(&out), "0123456789");
	buf_reset(&out);
	s.out.max = 9;
	CHECK_ERR(spawn_run(&s, &e), ERR_LIMIT);
	/* A program that would never end. */
	s.argv = SH("while :; do echo more; done");
	CHECK_ERR(spawn_run(&s, &e), ERR_LIMIT);
	CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1);
}

/* A background process that keeps the pipe open does not keep dr waiting. */
TEST(capture_ends_with_the_program)
{
	struct err e;
	CLEANUP_BUF struct buf out = {0};
	struct spawn s = {.argv = SH("sleep 20 & echo $!"), .out = capture(&out, 100)};
	uint64_t start = clock_ms();
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	uint64_t took = clock_ms() - start;
	kill((pid_t)strtol(buf_cstr(&out), NULL, 10), SIGKILL);
	CHECK(took < 15000);
}

TEST(environment_and_folder)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_BUF struct buf out = {0};
	setenv("SPAWN_KEPT", "kept", 1);
	setenv("SPAWN_SET", "old", 1);
	setenv("SPAWN_GONE", "gone", 1);
	char set[] = "SPAWN_SET=new=x", gone[] = "SPAWN_GONE", *env[] = {set, gone, NULL};
	struct spawn s = {.argv = SH("echo $SPAWN_KEPT ${SPAWN_SET} ${SPAWN_GONE-unset}; pwd -P"), .env = env,
		.cwd = d.path, .out = capture(&out, 1000)};
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	CHECK_HAS(buf_cstr(&out), "kept new=x unset\n");
	CHECK_HAS(buf_cstr(&out), str_basename(d.path));
	CHECK_STR(getenv("SPAWN_SET"), "old");
}

TEST(streams_swap)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	int out = openat(d.fd, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int err = openat(d.fd, "err", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int saved[2] = {dup(1), dup(2)};
	CHECK(dup2(err, 1) == 1 && dup2(out, 2) == 2);
	struct spawn s = {.argv = SH("read x || echo end; echo error >&2"), .in = {SPAWN_NULL},
		.out = {SPAWN_FD, .fd = 2}, .err = {SPAWN_FD, .fd = 1}};
	int r = spawn_run(&s, &e);
	bool restored = dup2(saved[0], 1) == 1 && dup2(saved[1], 2) == 2;
	CHECK(restored);
	CHECK_EQ_OK(r, 0);
	CHECK_STR(tmpdir_get(&d, "out"), "end\n");
	CHECK_STR(tmpdir_get(&d, "err"), "error\n");
	close(out);
	close(err);
	close(saved[0]);
	close(saved[1]);
}

TEST(pipes)
{
	struct err e;
	CLEANUP_BUF struct buf got = {0};
	struct spawn s = {.argv = SH("tr a-z A-Z; exit 4"), .in = {SPAWN_PIPE}, .out = {SPAWN_PIPE}};
	struct spawn_child c = SPAWN_CHILD_INIT;
	CHECK_OK(spawn_start(&s, &c, &e));
	CHECK_OK(fd_write(c.in, "shout", 5, "in", &e));
	close(c.in);
	c.in = -1;
	CHECK_OK(fd_read_all(c.out, 100, &got, "out", &e));
	CHECK_EQ_OK(spawn_wait(&c, &e), 4);
	CHECK_STR(buf_cstr(&got), "SHOUT");
	CHECK_EQ(c.out, -1);
	CHECK_EQ(c.pid, 0);
	spawn_stop(&c);
}

TEST(stop_reaps)
{
	struct err e;
	struct spawn s = {.argv = SH("exec sleep 60")};
	struct spawn_child c = SPAWN_CHILD_INIT;
	CHECK_OK(spawn_start(&s, &c, &e));
	pid_t pid = c.pid;
	spawn_stop(&c);
	CHECK_EQ(kill(pid, 0), -1);
	CHECK_EQ(errno, ESRCH);
}

/* Descriptors that a program inherits: those the test itself was started with. */
static int inheritable(void)
{
	int n = 0;
	for (int fd = 0; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);
		n += flags >= 0 && !(flags & FD_CLOEXEC);
	}
	return n;
}

TEST(no_descriptor_leaks)
{
	struct err e;
	CLEANUP_BUF struct buf out = {0};
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(before);
	struct spawn s = {.argv = SH("ls /proc/self/fd | wc -l"), .in = {SPAWN_NULL}, .out = capture(&out, 100)};
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	s.argv = SH("exit 1");
	s.file = "/no/such/file";
	CHECK_ERR(spawn_run(&s, &e), ERR_NOT_FOUND);
	int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(after);
	CHECK_EQ(after, before);
	/* ls itself opens one. */
	CHECK_EQ(strtol(buf_cstr(&out), NULL, 10), inheritable() + 1);
}

/* A line of /proc/PID/status that is a set of signals, without 32 and above, which are the C library's own. */
static unsigned signals(const struct buf *status, const char *name)
{
	const char *line = strstr(buf_cstr(status), name);
	return line ? (unsigned)strtoull(line + strlen(name), NULL, 16) & 0x7fffffff : ~0u;
}

TEST(dispositions_are_default)
{
	struct err e;
	CLEANUP_BUF struct buf out = {0};
	signal_setup();
	struct spawn s = {.argv = SH("exec cat /proc/self/status"), .out = capture(&out, 16384)};
	CHECK_EQ_OK(spawn_run(&s, &e), 0);
	CHECK_EQ(signals(&out, "SigBlk:"), 0);
	CHECK_EQ(signals(&out, "SigIgn:"), 0);
	CHECK_EQ(signals(&out, "SigCgt:"), 0);
}

/* What a child process that runs f gives, with a signal sent to it when it has written to its pipe. */
static int signalled(int (*f)(int ready), int sig)
{
	int p[2], status = -1;
	char c;
	if (pipe2(p, O_CLOEXEC) < 0)
		return -1;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		_exit(f(p[1]));
	close(p[1]);
	if (read(p[0], &c, 1) == 1)
		kill(pid, sig);
	close(p[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_trap(int ready, bool note)
{
	struct err e;
	signal_setup();
	struct spawn s = {.argv = SH("trap 'kill $!; exit 42' TERM INT HUP QUIT; sleep 60 >&- & echo; wait $!; exit 1"),
		.out = {SPAWN_FD, .fd = ready}, .note_signals = note};
	int r = spawn_run(&s, &e);
	return r == 42 && signal_pending() == (note ? SIGTERM : 0) ? 0 : 1;
}

static int trap_plain(int ready)
{
	return run_trap(ready, false);
}

static int trap_noted(int ready)
{
	return run_trap(ready, true);
}

TEST(signals_are_passed_on)
{
	CHECK_EQ(signalled(trap_plain, SIGTERM), 0);
	CHECK_EQ(signalled(trap_plain, SIGINT), 0);
	CHECK_EQ(signalled(trap_plain, SIGHUP), 0);
	CHECK_EQ(signalled(trap_plain, SIGQUIT), 0);
	CHECK_EQ(signalled(trap_noted, SIGTERM), 0);
}

static int killed_child(int ready)
{
	struct err e;
	signal_setup();
	struct spawn s = {.argv = SH("echo; exec sleep 60"), .out = {SPAWN_FD, .fd = ready}};
	return spawn_run(&s, &e) == 128 + SIGTERM && signal_pending() == 0 ? 0 : 1;
}

TEST(killed_by_passed_signal)
{
	CHECK_EQ(signalled(killed_child, SIGTERM), 0);
}

/* A signal that comes just as the program ends was the program's. */
static int ending_child(int ready)
{
	struct err e;
	signal_setup();
	struct spawn s = {.argv = SH("trap '' TERM; kill -TERM $PPID; exit 7")};
	close(ready);
	for (int i = 0; i < 50; i++)
		if (spawn_run(&s, &e) != 7 || signal_pending())
			return 1;
	return 0;
}

TEST(signal_at_the_end)
{
	CHECK_EQ(signalled(ending_child, 0), 0);
}

TEST(find_on_path)
{
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	char path[400];
	CHECK_EQ(mkdirat(d.fd, "one", 0755), 0);
	CHECK_EQ(mkdirat(d.fd, "two", 0755), 0);
	CHECK_EQ(mkdirat(d.fd, "one/folder", 0755), 0);
	tmpdir_put(&d, "one/tool", "");
	tmpdir_put(&d, "two/tool", "");
	CHECK_EQ(fchmodat(d.fd, "two/tool", 0755, 0), 0);
	snprintf(path, sizeof path, "/no/such::%s/one:%s/two:", d.path, d.path);
	CLEANUP_FREE char *tool = spawn_find("tool", path), *none = spawn_find("none", path),
			  *folder = spawn_find("folder", path), *empty = spawn_find("", path);
	CHECK(tool && str_ends(tool, "/two/tool"));
	CHECK(!none && !folder && !empty);
	CLEANUP_FREE char *full = spawn_find(tool, "/no/such");
	CHECK_STR(full, tool);
	CLEANUP_FREE char *saved = strdup(getenv("PATH"));
	unsetenv("PATH");
	CLEANUP_FREE char *sh = spawn_find("sh", NULL);
	CHECK_STR(spawn_path(), SPAWN_DEFAULT_PATH);
	setenv("PATH", saved, 1);
	CHECK(sh && str_ends(sh, "/sh"));
}

CHECK_MAIN
