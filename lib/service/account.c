#include "service/account.h"

#include "service/contract.h"
#include "sys/file.h"
#include "sys/passwd.h"

/* Hosts with directories of users have them in a service of their own; a file of that size is none. */
enum { PASSWD_MAX = 16 << 20 };

static const struct passwd_account account = {"druser", "drgroup", CONTRACT_ID, "dr services"};

bool account_present(void)
{
	struct err ignored;
	struct passwd_user u;
	CLEANUP_BUF struct buf b = {0};
	return file_read(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &b, &ignored) == 0 &&
	       passwd_by_name(buf_cstr(&b), b.len, account.user, &u);
}

int account_check(struct err *e)
{
	return passwd_check("/etc", &account, e);
}

int account_add(struct host *h, struct err *e)
{
	if (!h->root)
		return 0;
	int rc = passwd_add("/etc", &account, e);
	if (rc < 0)
		return err_wrap(e, "cannot add %s and %s", account.user, account.group);
	if (rc == PASSWD_READ_ONLY)
		host_note(h, "/etc cannot be written: going on without the names druser and drgroup for %d", CONTRACT_ID);
	return 0;
}

int account_remove(struct host *h, struct err *e)
{
	CLEANUP_STRVEC struct strvec names = {0};
	if (!h->root)
		return 0;
	if (h->dir >= 0 && host_services(h, &names, NULL, e) < 0)
		return -1;
	return names.n == 0 && passwd_remove("/etc", &account, e) < 0 ? -1 : 0;
}
