#include "net/pem.h"

#include "base/str.h"
#include "codec/base64.h"

#include <stdio.h>
#include <string.h>

/* Adds the line's characters; a header line only tells whether the block is encrypted. */
static void take_line(struct pem *p, struct buf *text, const char *line, size_t n)
{
	if (memchr(line, ':', n)) {
		p->encrypted |= n > 9 && memcmp(line, "Proc-Type", 9) == 0;
		return;
	}
	for (size_t run; n; line += run, n -= run) {
		run = strcspn(line, " \t\r\n");
		run = run < n ? run : n;
		buf_add(text, line, run);
		run += run < n;
	}
}

/* The text behind the line that is "-----WHAT LABEL-----", or NULL. *at is where that line begins. */
static const char *boundary(const char *text, const char *what, const char **at)
{
	for (const char *s = strstr(text, what); s; s = strstr(s + 1, what)) {
		*at = s;
		if (s == text || s[-1] == '\n')
			return s + strlen(what);
	}
	return NULL;
}

int pem_next(struct pem *p, struct err *e)
{
	const char *begin, *end;
	const char *label = boundary(p->text, "-----BEGIN ", &begin);
	buf_wipe(&p->der);
	p->encrypted = false;
	if (!label)
		return 0;
	const char *dashes = strstr(label, "-----");
	const char *s = strchr(label, '\n');
	const char *behind = s && dashes && dashes < s ? boundary(s, "-----END ", &end) : NULL;
	if (!behind)
		return err_set(e, ERR_FORMAT, "a block of PEM has no end");
	snprintf(p->label, sizeof p->label, "%.*s", (int)(dashes - label), label);
	CLEANUP_WITH(buf_wipe) struct buf text = {0};
	buf_reserve(&text, (size_t)(end - s));  /* so that no part of a key is left behind by growing */
	for (s++; s < end; s += strcspn(s, "\n") + 1)
		take_line(p, &text, s, strcspn(s, "\n"));
	p->text = behind;
	if (p->encrypted)
		return 1;
	return base64_decode(&p->der, buf_cstr(&text), text.len, BASE64_STD, e) < 0 ? err_wrap(e, "the block '%s' of PEM",
		p->label) : 1;
}

void pem_free(struct pem *p)
{
	buf_wipe(&p->der);
}
