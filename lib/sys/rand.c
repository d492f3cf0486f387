#include "sys/rand.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>

static int from_device(unsigned char *p, size_t n, struct err *e)
{
	CLEANUP_FD int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open /dev/urandom");
	while (n) {
		ssize_t got = read(fd, p, n);
		if (got == 0 || (got < 0 && errno != EINTR))
			return err_sys(e, "cannot read /dev/urandom");
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
	return 0;
}

int rand_bytes(void *out, size_t n, struct err *e)
{
	unsigned char *p = out;
	while (n) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0 && errno == ENOSYS)
			return from_device(p, n, e);
		if (got < 0 && errno != EINTR)
			return err_sys(e, "cannot get random bytes");
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
	return 0;
}

int rand_name(char *out, size_t n, struct err *e)
{
	if (rand_bytes(out, n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int five = out[i] & 31;
		out[i] = (char)(five < 26 ? 'a' + five : '2' + five - 26);
	}
	out[n] = '\0';
	return 0;
}
