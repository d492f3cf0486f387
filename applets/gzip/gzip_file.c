#include "gzip/gzip.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "codec/gzip.h"
#include "sys/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What came out of one file, for -v and -l. */
struct outcome {
	uint64_t plain, packed;  /* bytes, headers and trailers of the compressed side left out */
	uint32_t mtime;          /* what the header said */
	char *name;              /* the caller's, or NULL */
};

/* Prints why work on a file ended. The sentences of sys/fd name the file themselves. */
static void failed(struct gzip_run *g, const char *path, const struct err *e)
{
	if (e->sys == EPIPE)  /* whoever read our output has enough */
		g->status = GZIP_ERROR;
	else if (e->kind == ERR_FORMAT)
		gzip_error(g, "%s: %s", path, e->msg);
	else
		gzip_error(g, "%s", e->msg);
}

/* "57.7%": the share of the plain bytes that compression saves, in a field of five as gzip prints it. */
static void print_ratio(FILE *f, uint64_t plain, uint64_t packed)
{
	int64_t saved = (int64_t)(plain - packed);
	int64_t tenths = plain ? saved * 1000 / (int64_t)plain : 0;
	char text[32];
	snprintf(text, sizeof text, "%s%jd.%jd", tenths < 0 ? "-" : "", (intmax_t)(tenths < 0 ? -tenths : tenths) / 10,
		 (intmax_t)(tenths < 0 ? -tenths : tenths) % 10);
	fprintf(f, "%5s%%", text);
}

static int pack(struct gzip_run *g, const struct gzip_input *in, struct reader *from, struct writer *to,
	struct outcome *o, struct err *e)
{
	struct gzip_writer w;
	gzip_writer_init(&w, to, g->level, g->threads);
	if (in->is_file && !g->o.no_name) {
		w.name = str_basename(in->path);
		w.mtime = in->st.st_mtime > 0 && in->st.st_mtime <= UINT32_MAX ? (uint32_t)in->st.st_mtime : 0;
	}
	int rc = stream_copy(from, &w.base, e) < 0 || writer_finish(&w.base, e) < 0 ? -1 : 0;
	uint64_t frame = 10 + 8 + (w.name ? strlen(w.name) + 1 : 0);  /* header and trailer */
	o->plain = w.base.written;
	o->packed = to->written > frame ? to->written - frame : 0;
	writer_free(&w.base);
	return rc;
}

/* `to` NULL: the bytes are only checked. */
static int unpack(struct gzip_run *g, const struct gzip_input *in, struct reader *from, struct writer *to,
	struct outcome *o, struct err *e)
{
	struct gzip_reader r;
	const unsigned char *p;
	ssize_t n;
	gzip_reader_init(&r, from);
	int rc = gzip_reader_start(&r, e);
	uint64_t frame = from->consumed + 8;
	if (rc < 0)
		reader_free(&r.base);
	if (rc < 0)
		return -1;
	while ((n = reader_block(&r.base, &p, e)) > 0) {
		if (to && writer_write(to, p, (size_t)n, e) < 0) {
			n = -1;
			break;
		}
		reader_consume(&r.base, (size_t)n);
	}
	o->plain = r.base.consumed;
	o->packed = from->consumed > frame ? from->consumed - frame : 0;
	o->mtime = r.mtime;
	o->name = ptr_steal(&r.name);
	if (n == 0 && r.garbage)
		gzip_warn(g, "%s: decompression OK, trailing garbage ignored", in->path);
	reader_free(&r.base);
	return n < 0 ? -1 : 0;
}

/* With -d -c -f, what is no gzip file is copied as it stands. */
static bool passes_through(struct gzip_run *g, struct reader *from)
{
	struct err e;
	const unsigned char *p;
	if (!g->o.force || !g->o.to_stdout)
		return false;
	ssize_t n = reader_peek(from, 2, &p, &e);
	return n >= 0 && !gzip_is_magic(p, (size_t)n);
}

void gzip_to_stdout(struct gzip_run *g, const struct gzip_input *in)
{
	struct fd_reader from;
	struct fd_writer to;
	struct outcome o = {0};
	struct err e;
	int rc;
	fd_reader_init(&from, in->fd, FD_BORROWED, in->path);
	fd_writer_init(&to, STDOUT_FILENO, FD_BORROWED | FD_BUFFERED, "standard output");
	if (!g->o.decompress)
		rc = pack(g, in, &from.base, &to.base, &o, &e);
	else if (passes_through(g, &from.base))
		rc = stream_copy(&from.base, &to.base, &e) < 0 ? -1 : 0;
	else
		rc = unpack(g, in, &from.base, &to.base, &o, &e);
	/* What was good before a fault is written, as gzip does. */
	struct err late;
	if (writer_finish(&to.base, &late) < 0 && rc == 0) {
		rc = -1;
		e = late;
	}
	if (rc < 0) {
		failed(g, in->path, &e);
	} else if (g->o.verbose && in->is_file) {
		fprintf(stderr, "%s:\t", in->path);
		print_ratio(stderr, o.plain, o.packed);
		fputc('\n', stderr);
	}
	free(o.name);
	writer_free(&to.base);
	reader_free(&from.base);
}

void gzip_test(struct gzip_run *g, const struct gzip_input *in)
{
	struct fd_reader from;
	struct outcome o = {0};
	struct err e;
	fd_reader_init(&from, in->fd, FD_BORROWED, in->path);
	if (unpack(g, in, &from.base, NULL, &o, &e) < 0)
		failed(g, in->path, &e);
	else if (g->o.verbose)
		fprintf(stderr, "%s:\t OK\n", in->path);
	free(o.name);
	reader_free(&from.base);
}

static void list_line(uint64_t packed, uint64_t plain, uint64_t payload, const char *name)
{
	printf("%19ju %19ju ", (uintmax_t)packed, (uintmax_t)plain);
	print_ratio(stdout, plain, payload);
	printf(" %s\n", name);
}

void gzip_list(struct gzip_run *g, const struct gzip_input *in)
{
	struct fd_reader from;
	struct outcome o = {0};
	struct err e;
	fd_reader_init(&from, in->fd, FD_BORROWED, in->path);
	if (unpack(g, in, &from.base, NULL, &o, &e) < 0) {
		failed(g, in->path, &e);
	} else {
		CLEANUP_FREE char *plain = gzip_strip(g, in->path);
		const char *name = g->o.name && o.name ? str_basename(o.name) : plain ? plain : in->path;
		if (g->listed++ == 0 && !g->o.quiet)
			printf("%19s %19s  ratio uncompressed_name\n", "compressed", "uncompressed");
		list_line(from.base.consumed, o.plain, o.packed, in->is_file ? name : "stdout");
		g->packed += from.base.consumed;
		g->plain += o.plain;
	}
	free(o.name);
	reader_free(&from.base);
}

void gzip_list_total(struct gzip_run *g)
{
	if (g->listed > 1)
		list_line(g->packed, g->plain, g->packed, "(totals)");
}

/* The output's name for an input; the caller's. */
static char *output_path(const struct gzip_run *g, const struct gzip_input *in, const char *inner)
{
	if (!g->o.decompress)
		return str_printf("%s%s", in->path, g->o.suffix ? g->o.suffix : ".gz");
	const char *base = inner ? str_basename(inner) : "";
	if (!g->o.name || !*base || str_eq(base, ".") || str_eq(base, ".."))
		return gzip_strip(g, in->path);
	return str_printf("%.*s%s", (int)(str_basename(in->path) - in->path), in->path, base);
}

/* The name within the first header, for -N, without consuming it. */
static char *inner_name(const struct gzip_input *in)
{
	struct fd_reader from;
	struct gzip_reader r;
	struct err e;
	char *name = NULL;
	fd_reader_init(&from, in->fd, FD_BORROWED, in->path);
	gzip_reader_init(&r, &from.base);
	if (gzip_reader_start(&r, &e) == 0)
		name = ptr_steal(&r.name);
	reader_free(&r.base);
	reader_free(&from.base);
	return lseek(in->fd, 0, SEEK_SET) == 0 ? name : ptr_steal(&name);
}

/* Mode, owner and time of the input, or the time from the header with -N. An owner that may not be given away is no
   reason to fail, but then nobody else's set-user-ID bit is given either. */
static int keep_attributes(struct gzip_run *g, const struct gzip_input *in, const struct outcome *o, int fd,
	const char *path, struct err *e)
{
	struct timespec times[2] = {in->st.st_atim, in->st.st_mtim};
	mode_t mode = in->st.st_mode & 07777;
	if (g->o.decompress && g->o.name && o->mtime)
		times[1] = (struct timespec){.tv_sec = o->mtime};
	if (fchown(fd, in->st.st_uid, in->st.st_gid) < 0)
		mode &= 0777;
	if (fchmod(fd, mode) < 0 || futimens(fd, times) < 0)
		return err_sys(e, "cannot set the attributes of %s", path);
	return 0;
}

static int replace(struct gzip_run *g, const struct gzip_input *in, const char *path, struct outcome *o, struct err *e)
{
	CLEANUP_FILE_ATOMIC struct file_atomic f = FILE_ATOMIC_INIT;
	struct fd_reader from;
	if (file_atomic_open(&f, AT_FDCWD, path, 0600, e) < 0)
		return -1;
	fd_reader_init(&from, in->fd, FD_BORROWED, in->path);
	int rc = (g->o.decompress ? unpack : pack)(g, in, &from.base, &f.out.base, o, e);
	reader_free(&from.base);
	if (rc < 0 || fd_writer_flush(&f.out, e) < 0 || keep_attributes(g, in, o, f.out.fd, path, e) < 0)
		return -1;
	if ((g->o.force ? file_atomic_commit : file_atomic_create)(&f, e) < 0)
		return -1;
	return g->o.keep ? 0 : file_unlink(AT_FDCWD, in->path, e);
}

void gzip_replace(struct gzip_run *g, const struct gzip_input *in)
{
	CLEANUP_FREE char *inner = g->o.decompress && g->o.name ? inner_name(in) : NULL;
	CLEANUP_FREE char *path = output_path(g, in, inner);
	struct outcome o = {0};
	struct err e;
	if (!path) {
		gzip_warn(g, "%s: unknown suffix -- ignored", in->path);
		return;
	}
	if (!g->o.force && file_exists(AT_FDCWD, path)) {
		gzip_warn(g, "%s already exists; not overwritten", path);
		return;
	}
	if (replace(g, in, path, &o, &e) < 0) {
		failed(g, in->path, &e);
	} else if (g->o.verbose) {
		fprintf(stderr, "%s:\t", in->path);
		print_ratio(stderr, o.plain, o.packed);
		fprintf(stderr, " -- %s %s\n", g->o.keep ? "created" : "replaced with", path);
	}
	free(o.name);
}
