#include "check.h"
#include "interrupt.h"
#include "tmpdir.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

#include "sys/fd.h"
#include "sys/signal.h"

TEST(reader_over_pipe)
{
	struct err e;
	int p[2];
	const unsigned char *block;
	CHECK_EQ(pipe(p), 0);
	CHECK_OK(fd_write(p[1], "hello", 5, "pipe", &e));
	struct fd_reader r;
	fd_reader_init(&r, p[0], FD_OWNED, "pipe");
	CHECK_EQ_OK(reader_block(&r.base, &block, &e), 5);
	reader_consume(&r.base, 2);
	CHECK_OK(fd_write(p[1], " you", 4, "pipe", &e));
	close(p[1]);
	CHECK_EQ_OK(reader_peek(&r.base, 100, &block, &e), 7);
	CHECK_MEM(block, 7, "llo you", 7);
	reader_consume(&r.base, 7);
	CHECK_EQ_OK(reader_block(&r.base, &block, &e), 0);
	CHECK_EQ(r.base.consumed, 9);
	reader_free(&r.base);
	CHECK_EQ(fcntl(p[0], F_GETFD), -1);
}

TEST(reader_waits_when_nonblocking)
{
	struct err e;
	int p[2];
	char c = 0;
	CHECK_EQ(pipe2(p, O_NONBLOCK), 0);
	pid_t pid = fork();
	if (pid == 0) {
		usleep(20000);
		_exit(write(p[1], "x", 1) != 1);
	}
	CHECK_EQ_OK(fd_read(p[0], &c, 1, "pipe", &e), 1);
	CHECK_EQ(c, 'x');
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	close(p[0]);
	close(p[1]);
}

TEST(reader_errors_name_the_thing)
{
	struct err e;
	char c;
	CHECK_ERR(fd_read(-1, &c, 1, "the thing", &e), ERR_SYS);
	CHECK_HAS(e.msg, "cannot read the thing: ");
	CHECK_EQ(e.sys, EBADF);
}

TEST(writer_to_closed_pipe)
{
	struct err e;
	int p[2];
	signal_setup();
	CHECK_EQ(pipe(p), 0);
	close(p[0]);
	struct fd_writer w;
	fd_writer_init(&w, p[1], FD_OWNED, "pipe");
	CHECK_ERR(writer_str(&w.base, "x", &e), ERR_SYS);
	CHECK_EQ(e.sys, EPIPE);
	CHECK_ERR(writer_finish(&w.base, &e), ERR_SYS);
	writer_free(&w.base);
}

static void pieces(size_t piece, int flags)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_BUF struct buf all = {0}, back = {0};
	for (size_t i = 0; i < 2 * FD_BLOCK + 999; i++)
		buf_byte(&all, (int)(i * 7 >> 2));
	int fd = openat(d.fd, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	struct fd_writer w;
	fd_writer_init(&w, fd, flags, "f");
	for (size_t at = 0; at < all.len; at += piece)
		CHECK_OK(writer_write(&w.base, all.data + at, all.len - at < piece ? all.len - at : piece, &e));
	CHECK_OK(writer_finish(&w.base, &e));
	writer_free(&w.base);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_OK(fd_read_all(fd, all.len, &back, "f", &e));
	CHECK_MEM(back.data, back.len, all.data, all.len);
	close(fd);
}

TEST(writer_pieces)
{
	pieces(1000, FD_BUFFERED);
	pieces(FD_BLOCK, FD_BUFFERED);
	pieces(FD_BLOCK + 1, FD_BUFFERED);
	pieces(FD_BLOCK - 1, FD_BUFFERED);
	pieces(5 * FD_BLOCK, FD_BUFFERED);
	pieces(4096, FD_BORROWED);
}

TEST(writer_unfinished_drops)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	int fd = openat(d.fd, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct fd_writer w;
	fd_writer_init(&w, fd, FD_BUFFERED | FD_OWNED, "f");
	CHECK_OK(writer_str(&w.base, "a", &e));
	CHECK_OK(fd_writer_flush(&w, &e));
	CHECK_OK(writer_str(&w.base, "b", &e));
	writer_free(&w.base);
	CHECK_STR(tmpdir_get(&d, "f"), "a");
}

TEST(read_all_bound)
{
	struct err e;
	CLEANUP_TMPDIR struct tmpdir d = tmpdir_new();
	CLEANUP_BUF struct buf b = {0};
	tmpdir_put(&d, "f", "0123456789");
	buf_str(&b, "before:");
	int fd = openat(d.fd, "f", O_RDONLY | O_CLOEXEC);
	CHECK_OK(fd_read_all(fd, 10, &b, "f", &e));
	CHECK_STR(buf_cstr(&b), "before:0123456789");
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_ERR(fd_read_all(fd, 9, &b, "f", &e), ERR_LIMIT);
	close(fd);
}

TEST(signal_interrupts)
{
	struct err e;
	int p[2];
	char c;
	signal_setup();
	CHECK_EQ(pipe(p), 0);
	pid_t pid = interrupt_start(SIGTERM);
	int r = (int)fd_read(p[0], &c, 1, "pipe", &e);
	int pending = signal_pending();
	interrupt_stop(pid);
	CHECK_ERR(r, ERR_INTR);
	CHECK_EQ(pending, SIGTERM);
	close(p[0]);
	close(p[1]);
}

TEST(wait_times_out)
{
	struct err e;
	int p[2];
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ_OK(fd_wait(p[0], POLLIN, 1, "pipe", &e), 0);
	CHECK_OK(fd_write(p[1], "x", 1, "pipe", &e));
	CHECK_EQ_OK(fd_wait(p[0], POLLIN, -1, "pipe", &e), POLLIN);
	close(p[0]);
	close(p[1]);
}

TEST(ensure_standard)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		close(0);
		close(1);
		close(2);
		fd_ensure_standard();
		int next = open("/dev/null", O_RDONLY);
		_exit(fcntl(0, F_GETFD) == 0 && fcntl(1, F_GETFD) == 0 && fcntl(2, F_GETFD) == 0 && next > 2 ? 0 : 1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

CHECK_MAIN
