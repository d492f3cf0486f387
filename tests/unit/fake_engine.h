/*
 * fake_engine: a child process that answers on a unix socket with recorded bytes, for faults that no real engine makes.
 *
 *     static const char *const answers[] = {PING, JSON("200 OK", "7", "{\"a\":1}"), NULL};
 *     struct fake_engine f;
 *     fake_start(&f, answers);
 *     ... engine_open(&g, f.host, &e) ...
 *     fake_stop(&f);           f.log then holds the requests: head lines and body of each
 *
 * Each request takes the next answer. An answer that begins with FAKE_CLOSE closes the connection behind its bytes, one
 * with FAKE_SLOW is sent byte by byte.
 */
#ifndef FAKE_ENGINE_H
#define FAKE_ENGINE_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tmpdir.h"

#define FAKE_CLOSE "\001"
#define FAKE_SLOW "\002"
#define PING "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10 (linux)\r\nContent-Length: 2\r\n\r\nOK"
#define ANSWER(status, body) "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" body
#define CHUNK(n, text) n "\r\n" text "\r\n"
#define END "0\r\n\r\n"

struct fake_engine {
	struct tmpdir dir;
	char host[256];
	pid_t pid;
	char log[16384];
};

static inline void fake_send(int fd, const char *answer, FILE *log)
{
	size_t step = *answer == *FAKE_SLOW ? 1 : 1 << 20;
	if (*answer == *FAKE_SLOW || *answer == *FAKE_CLOSE)
		answer++;
	for (size_t n = strlen(answer), k; n; answer += k, n -= k) {
		k = n < step ? n : step;
		if (send(fd, answer, k, MSG_NOSIGNAL) < 0)
			break;
		if (step == 1)
			usleep(50);
	}
	fflush(log);
}

/* One request: its head and the body that Content-Length or chunks announce. Returns whether there was one. */
static inline int fake_receive(int fd, FILE *log)
{
	char buf[8192];
	size_t n = 0;
	long body = -1;
	while (n < sizeof buf - 1) {
		ssize_t k = recv(fd, buf + n, 1, 0);
		if (k <= 0)
			return 0;
		buf[++n] = 0;
		char *end = strstr(buf, "\r\n\r\n");
		if (!end)
			continue;
		char *length = strstr(buf, "Content-Length: ");
		if (body < 0)
			body = length ? atol(length + 16) : 0;
		if (strstr(buf, "chunked") ? strstr(end, "\r\n0\r\n\r\n") != NULL : n == (size_t)(end + 4 - buf) + (size_t)body)
			break;
	}
	fwrite(buf, 1, n, log);
	fputs("\n--\n", log);
	fflush(log);
	return 1;
}

static inline void fake_serve(int srv, const char *const *answers, FILE *log)
{
	while (*answers) {
		int fd = accept(srv, NULL, NULL);
		while (*answers && fake_receive(fd, log)) {
			const char *a = *answers++;
			fake_send(fd, a, log);
			if (*a == *FAKE_CLOSE)
				break;
		}
		close(fd);
	}
}

static inline void fake_start(struct fake_engine *f, const char *const *answers)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	*f = (struct fake_engine){.dir = tmpdir_new()};
	snprintf(addr.sun_path, sizeof addr.sun_path, "%.90s/s", f->dir.path);
	snprintf(f->host, sizeof f->host, "unix://%s", addr.sun_path);
	int srv = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(srv, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(srv, 4) < 0 || (f->pid = fork()) < 0)
		tmpdir_die("fake engine");
	if (f->pid == 0) {
		char path[160];
		snprintf(path, sizeof path, "%s/log", f->dir.path);
		FILE *log = fopen(path, "w");
		if (log)
			fake_serve(srv, answers, log);
		_exit(!log);
	}
	close(srv);
}

static inline void fake_stop(struct fake_engine *f)
{
	char path[160];
	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
	snprintf(path, sizeof path, "%s/log", f->dir.path);
	FILE *log = fopen(path, "r");
	size_t n = log ? fread(f->log, 1, sizeof f->log - 1, log) : 0;
	f->log[n] = 0;
	if (log)
		fclose(log);
	tmpdir_free(&f->dir);
}

#endif
