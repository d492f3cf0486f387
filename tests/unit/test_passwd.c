#include "check.h"
#include "tmpdir.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/str.h"
#include "sys/clock.h"
#include "sys/passwd.h"
#include "sys/signal.h"

static const struct passwd_account account = {"druser", "drgroup", 22022, "dr services"};

static const char base_passwd[] = "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/usr/sbin/nologin\n";
static const char base_group[] = "root:x:0:\nusers:x:100:bob,ann\n";

static void fill(const struct tmpdir *d)
{
	tmpdir_put(d, "passwd", base_passwd);
	tmpdir_put(d, "group", base_group);
	tmpdir_put(d, "shadow", "root:$6$secret:19000:0:99999:7:::\n");
	tmpdir_put(d, "gshadow", "root:*::\n");
	fchmodat(d->fd, "shadow", 0640, 0);
}

/* How often `what` stands in the file. */
static int times(const struct tmpdir *d, const char *file, const char *what)
{
	int n = 0;
	const char *p = tmpdir_get(d, file);
	while (p && (p = strstr(p, what))) {
		n++;
		p++;
	}
	return n;
}

TEST(adds_once)
{
	struct err e;
	struct stat st;
	char day[64];
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	fill(&d);
	CHECK_EQ_OK(passwd_check(d.path, &account, &e), PASSWD_CHANGED);
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_CHANGED);
	CHECK(str_starts(tmpdir_get(&d, "passwd"), base_passwd));
	CHECK_EQ(times(&d, "passwd", "\ndruser:x:22022:22022:dr services:/nonexistent:/"), 1);
	CHECK(str_starts(tmpdir_get(&d, "group"), base_group));
	CHECK_EQ(times(&d, "group", "\ndrgroup:x:22022:\n"), 1);
	snprintf(day, sizeof day, "\ndruser:!:%lld::::::\n", (long long)(clock_now().sec / 86400));
	CHECK_EQ(times(&d, "shadow", "\ndruser:!:"), 1);
	CHECK_HAS(tmpdir_get(&d, "shadow"), day);
	CHECK_EQ(times(&d, "gshadow", "\ndrgroup:!::\n"), 1);
	CHECK_EQ(fstatat(d.fd, "shadow", &st, 0), 0);
	CHECK_EQ(st.st_mode & 07777, 0640);
	CHECK_EQ_OK(passwd_check(d.path, &account, &e), PASSWD_UNCHANGED);
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_UNCHANGED);
	CHECK_EQ(times(&d, "passwd", "druser"), 1);
	/* The four files and the lock: no temporary file stays. */
	CHECK_EQ(tmpdir_count(&d), 5);
}

TEST(nothing_to_do_needs_no_lock)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	tmpdir_put(&d, "passwd", "druser:x:22022:22022::/:/bin/false\n");
	tmpdir_put(&d, "group", "drgroup:x:22022:\n");
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_UNCHANGED);
	CHECK_EQ(tmpdir_count(&d), 2);
}

TEST(adds_what_is_missing)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	fill(&d);
	tmpdir_put(&d, "group", "root:x:0:\ndrgroup:x:22022:\n");
	tmpdir_put(&d, "gshadow", "drgroup:!::\n");
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_CHANGED);
	CHECK_EQ(times(&d, "group", "drgroup"), 1);
	CHECK_EQ(times(&d, "gshadow", "drgroup"), 1);
	CHECK_EQ(times(&d, "passwd", "druser"), 1);
}

TEST(no_shadow_files)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	tmpdir_put(&d, "passwd", base_passwd);
	tmpdir_put(&d, "group", base_group);
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_CHANGED);
	CHECK_EQ(times(&d, "passwd", "druser:!:22022"), 1);
	CHECK(!file_exists(d.fd, "shadow"));
	CHECK(!file_exists(d.fd, "gshadow"));
}

TEST(no_final_newline_and_nis)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	tmpdir_put(&d, "passwd", "root:x:0:0::/:/bin/sh\n+::::::\n+bob::::::");
	tmpdir_put(&d, "group", "root:x:0:");
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_CHANGED);
	const char *p = tmpdir_get(&d, "passwd");
	CHECK(str_starts(p, "root:x:0:0::/:/bin/sh\ndruser:"));
	CHECK(str_ends(p, "\n+::::::\n+bob::::::\n"));
	CHECK_STR(tmpdir_get(&d, "group"), "root:x:0:\ndrgroup:x:22022:\n");
}

static void conflict(const char *passwd, const char *group, const char *message)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	tmpdir_put(&d, "passwd", passwd);
	tmpdir_put(&d, "group", group);
	CHECK_ERR(passwd_check(d.path, &account, &e), ERR_EXISTS);
	CHECK_HAS(e.msg, message);
	CHECK_ERR(passwd_add(d.path, &account, &e), ERR_EXISTS);
	CHECK_HAS(e.msg, message);
	CHECK_HAS(e.msg, d.path);
	CHECK_STR(tmpdir_get(&d, "passwd"), passwd);
	CHECK_STR(tmpdir_get(&d, "group"), group);
	CHECK_EQ(tmpdir_count(&d), 2);
}

TEST(conflicts_name_the_owner)
{
	conflict("bob:x:22022:5::/:/bin/sh\n", base_group, "uid 22022 belongs to the user bob");
	conflict("druser:x:1001:5::/:/bin/sh\n", base_group, "the user druser exists with uid 1001");
	conflict("druser:x:22022:5::/:/bin/sh\n", base_group, "the user druser has gid 5");
	conflict(base_passwd, "staff:x:22022:\n", "gid 22022 belongs to the group staff");
	conflict(base_passwd, "drgroup:x:7:\n", "the group drgroup exists with gid 7");
	conflict("druser:x:many:5::/:/bin/sh\n", base_group, "the line of the user druser");
}

TEST(absent_files)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_ABSENT);
	CHECK_EQ_OK(passwd_add("/no/such/folder", &account, &e), PASSWD_ABSENT);
	CHECK_EQ_OK(passwd_check("/no/such/folder", &account, &e), PASSWD_ABSENT);
	tmpdir_put(&d, "passwd", base_passwd);
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_ABSENT);
	CHECK_EQ_OK(passwd_remove(d.path, &account, &e), PASSWD_ABSENT);
	CHECK_EQ(tmpdir_count(&d), 1);
}

TEST(removes_only_its_own)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	fill(&d);
	CHECK_EQ_OK(passwd_remove(d.path, &account, &e), PASSWD_UNCHANGED);
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_CHANGED);
	CHECK_EQ_OK(passwd_remove(d.path, &account, &e), PASSWD_CHANGED);
	CHECK_STR(tmpdir_get(&d, "passwd"), base_passwd);
	CHECK_STR(tmpdir_get(&d, "group"), base_group);
	CHECK_STR(tmpdir_get(&d, "shadow"), "root:$6$secret:19000:0:99999:7:::\n");
	CHECK_STR(tmpdir_get(&d, "gshadow"), "root:*::\n");
	CHECK_EQ_OK(passwd_remove(d.path, &account, &e), PASSWD_UNCHANGED);
	/* Somebody else's druser stays, with its shadow line. */
	tmpdir_put(&d, "passwd", "druser:x:1001:5::/:/bin/sh\n");
	tmpdir_put(&d, "shadow", "druser:$6$hash:1::::::\n");
	CHECK_EQ_OK(passwd_remove(d.path, &account, &e), PASSWD_UNCHANGED);
	CHECK_STR(tmpdir_get(&d, "shadow"), "druser:$6$hash:1::::::\n");
}

TEST(symlink_is_left_alone)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	fill(&d);
	CHECK_OK(file_rename(d.fd, "passwd", d.fd, "real", &e));
	CHECK_OK(file_symlink("real", d.fd, "passwd", &e));
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_READ_ONLY);
	CHECK_STR(tmpdir_get(&d, "real"), base_passwd);
	CHECK_STR(tmpdir_get(&d, "group"), base_group);
}

/* Another program holds lckpwdf's lock: dr waits for its end, and a signal ends the waiting. */
TEST(waits_for_the_lock)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	int p[2], go[2], status;
	char c;
	fill(&d);
	tmpdir_put(&d, ".pwd.lock", "");
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(pipe(go), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		int fd = openat(d.fd, ".pwd.lock", O_WRONLY | O_CLOEXEC);
		if (fcntl(fd, F_SETLK, &fl) < 0 || write(p[1], "x", 1) != 1 || read(go[0], &c, 1) != 1)
			_exit(1);
		usleep(50000);
		/* What the other program did is seen by dr, which reads again under the lock. */
		tmpdir_put(&d, "group", "other:x:7:\n");
		_exit(0);
	}
	CHECK_EQ(read(p[0], &c, 1), 1);
	signal_note(SIGINT);
	int r = passwd_add(d.path, &account, &e);
	signal_note(0);
	CHECK_ERR(r, ERR_INTR);
	CHECK_EQ(write(go[1], "x", 1), 1);
	CHECK_EQ_OK(passwd_add(d.path, &account, &e), PASSWD_CHANGED);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_STR(tmpdir_get(&d, "group"), "other:x:7:\ndrgroup:x:22022:\n");
	for (int i = 0; i < 2; i++) {
		close(p[i]);
		close(go[i]);
	}
}

TEST(lookups)
{
	static const char text[] = "# comment\n\nroot:x:0:0::/:/bin/sh\nbad:x:abc:0::/:\nbig:x:99999999999:0::/:\n"
		"over:x:4294967296:0::/:\nshort:x:5\nneg:x:-5:1::/:\na:x:7:8::/:\na2:x:7:9::/:\n:x:11:11::/:\n"
		"last:x:4294967295:12";
	struct passwd_user u;
	const size_t n = sizeof text - 1;
	CHECK(passwd_by_name(text, n, "root", &u));
	CHECK_EQ(u.uid, 0);
	CHECK(passwd_by_uid(text, n, 7, &u));
	CHECK_STR(u.name, "a");
	CHECK_EQ(u.gid, 8);
	CHECK(passwd_by_name(text, n, "last", &u));
	CHECK_EQ(u.uid, 4294967295);
	CHECK_EQ(u.gid, 12);
	CHECK(!passwd_by_name(text, n, "bad", &u));
	CHECK(!passwd_by_name(text, n, "big", &u));
	CHECK(!passwd_by_name(text, n, "over", &u));
	CHECK(!passwd_by_name(text, n, "short", &u));
	CHECK(!passwd_by_name(text, n, "neg", &u));
	CHECK(!passwd_by_name(text, n, "roo", &u));
	CHECK(!passwd_by_name(text, n, "roott", &u));
	CHECK(!passwd_by_uid(text, n, 5, &u));
	CHECK(!passwd_by_uid(NULL, 0, 0, &u));
	/* Cut anywhere, no byte behind the end is read. */
	for (size_t cut = 0; cut <= n; cut++) {
		CLEANUP_FREE char *copy = malloc(cut ? cut : 1);
		memcpy(copy, text, cut);
		CHECK_EQ(passwd_by_name(copy, cut, "nobody", &u), false);
	}
}

TEST(long_names_are_cut)
{
	CLEANUP_BUF struct buf b = {0};
	struct passwd_user u;
	for (int i = 0; i < 200; i++)
		buf_byte(&b, 'n');
	buf_str(&b, ":x:1:2::/:\n");
	CHECK(passwd_by_uid(b.data, b.len, 1, &u));
	CHECK_EQ(strlen(u.name), sizeof u.name - 1);
}

TEST(groups)
{
	uint32_t gid = 0;
	CHECK(passwd_group(base_group, sizeof base_group - 1, "users", &gid));
	CHECK_EQ(gid, 100);
	CHECK(!passwd_group(base_group, sizeof base_group - 1, "bob", &gid));
}

CHECK_MAIN
