/*
 * err: the one error idiom of dr.
 *
 *     int f(..., struct err *e);      0 or a documented value >= 0; -1 means that *e is filled
 *     return err_set(e, ERR_FORMAT, "tar: bad checksum at %lld", off);
 *     return err_sys(e, "cannot open %s", path);
 *     return err_wrap(e, "cannot restore %s", name);
 *
 * `e` is never NULL, and is untouched on success. The library never prints and never exits: the caller of the
 * outermost function decides what becomes of the message. A struct err needs no release.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

/* What a caller may want to tell apart; the sentence for people is in msg. */
enum err_kind {
	ERR_NONE = 0,
	ERR_SYS,       /* a system call failed: errno is in sys */
	ERR_USAGE,     /* the user's words are wrong */
	ERR_FORMAT,    /* bytes that do not follow their format's specification */
	ERR_PROTOCOL,  /* a peer that does not follow its protocol, or went away in the middle */
	ERR_NETWORK,   /* no connection to the peer */
	ERR_STATUS,    /* the peer answered with a failure: its HTTP status is in status */
	ERR_NOT_FOUND, /* the thing named does not exist */
	ERR_EXISTS,    /* the thing named exists, and must not */
	ERR_REFUSED,   /* possible, but not allowed: a rule of dr's, a path that climbs out, a wrong passphrase */
	ERR_LIMIT,     /* larger than the bound that keeps memory or time in check */
	ERR_INTR,      /* SIGINT or SIGTERM asked dr to stop */
};

struct err {
	enum err_kind kind;
	int sys;         /* errno, or 0 */
	int status;      /* HTTP status, or 0 */
	char msg[2048];  /* one sentence without a final full stop or newline; longer text is cut at the end */
};

/* Fills *e and returns -1. */
__attribute__((format(printf, 3, 4))) int err_set(struct err *e, enum err_kind kind, const char *fmt, ...);

/* Fills *e with the sentence and ": strerror(errno)", kind ERR_SYS (ERR_NOT_FOUND for ENOENT, ERR_EXISTS for EEXIST),
   and returns -1. Reads errno first, so arguments may not change it. */
__attribute__((format(printf, 2, 3))) int err_sys(struct err *e, const char *fmt, ...);

/* Puts "sentence: " before the message that *e holds already, keeps its kind, and returns -1. */
__attribute__((format(printf, 2, 3))) int err_wrap(struct err *e, const char *fmt, ...);

/* Appends a sentence to the message that *e holds (", " or "; " is the caller's to write), and returns -1. */
__attribute__((format(printf, 2, 3))) int err_hint(struct err *e, const char *fmt, ...);

/* Every function that fills a struct err carries this, so that no failure passes unseen. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* The static analyzer sees one file at a time: it is told here what these return. */
#ifdef __clang_analyzer__
#define err_set(...) ((void)(err_set)(__VA_ARGS__), -1)
#define err_sys(...) ((void)(err_sys)(__VA_ARGS__), -1)
#define err_wrap(...) ((void)(err_wrap)(__VA_ARGS__), -1)
#define err_hint(...) ((void)(err_hint)(__VA_ARGS__), -1)
#endif

#endif
