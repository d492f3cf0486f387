#include "base/format.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct spec {
	bool left, zero, plus, space, alt;
	int width, precision; /* precision -1: none given */
};

struct sink {
	format_put *put;
	void *arg;
	size_t n;
};

static void put(struct sink *s, const char *p, size_t n)
{
	s->put(s->arg, p, n);
	s->n += n;
}

static void fill(struct sink *s, char c, int n)
{
	for (; n > 0; n--)
		put(s, &c, 1);
}

/* The prefix (sign or 0x), zeros up to the precision, the digits or text; blanks or zeros up to the width. */
static void field(struct sink *s, const struct spec *f, const char *prefix, int zeros, const char *p, size_t n)
{
	int pad = f->width - (int)strlen(prefix) - zeros - (int)n;
	if (!f->left && !f->zero)
		fill(s, ' ', pad);
	put(s, prefix, strlen(prefix));
	if (!f->left && f->zero)
		fill(s, '0', pad);
	fill(s, '0', zeros);
	put(s, p, n);
	if (f->left)
		fill(s, ' ', pad);
}

static void number(struct sink *s, struct spec *f, char conv, uintmax_t v, bool minus)
{
	char text[24]; /* 22 octal digits of 64 bits */
	char *p = text + sizeof text;
	unsigned base = conv == 'x' || conv == 'X' ? 16 : conv == 'o' ? 8 : 10;
	const char *digits = conv == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	const char *prefix = base != 10 ? "" : minus ? "-" : f->plus ? "+" : f->space ? " " : "";
	if (f->alt && base == 16 && v)
		prefix = conv == 'X' ? "0X" : "0x";
	for (; v; v /= base)
		*--p = digits[v % base];
	int n = (int)(text + sizeof text - p);
	if (f->precision >= 0)
		f->zero = false;
	int least = f->precision >= 0 ? f->precision : 1;
	if (f->alt && base == 8 && least <= n)
		least = n + 1;
	field(s, f, prefix, least > n ? least - n : 0, p, (size_t)n);
}

static int digits(const char **fmt)
{
	int n = 0;
	for (; **fmt >= '0' && **fmt <= '9'; ++*fmt)
		n = n < INT_MAX / 16 ? n * 10 + (**fmt - '0') : n;
	return n;
}

static const char *flags(struct spec *f, const char *fmt)
{
	for (;; fmt++) {
		if (*fmt == '-')
			f->left = true;
		else if (*fmt == '0')
			f->zero = true;
		else if (*fmt == '+')
			f->plus = true;
		else if (*fmt == ' ')
			f->space = true;
		else if (*fmt == '#')
			f->alt = true;
		else
			return fmt;
	}
}

/* The length modifier as the size of the integer. */
static size_t length(const char **fmt)
{
	char c = **fmt;
	if (c != 'h' && c != 'l' && c != 'z' && c != 't' && c != 'j')
		return sizeof(int);
	bool twice = (c == 'h' || c == 'l') && *++*fmt == c;
	if (twice || (c != 'h' && c != 'l'))
		++*fmt;
	switch (c) {
	case 'h':
		return twice ? 1 : sizeof(short);
	case 'l':
		return twice ? sizeof(long long) : sizeof(long);
	case 'j':
		return sizeof(intmax_t);
	default:
		return sizeof(size_t);
	}
}

static void integer(struct sink *s, struct spec *f, char conv, uintmax_t v, size_t size)
{
	size_t unused = (sizeof v - size) * CHAR_BIT;
	v <<= unused;
	bool minus = (conv == 'd' || conv == 'i') && (intmax_t)v < 0;
	v >>= unused;
	if (minus)
		v = (UINTMAX_MAX >> unused) - v + 1;
	number(s, f, conv, v, minus);
}

/* One conversion, from behind its percent sign; returns what follows it. */
static const char *convert(struct sink *s, const char *fmt, va_list *ap)
{
	const char *start = fmt - 1;
	struct spec f = {.precision = -1};
	fmt = flags(&f, fmt);
	f.width = *fmt == '*' ? fmt++, va_arg(*ap, int) : digits(&fmt);
	if (f.width < 0) {
		f.left = true;
		f.width = -f.width;
	}
	if (*fmt == '.') {
		fmt++;
		f.precision = *fmt == '*' ? fmt++, va_arg(*ap, int) : digits(&fmt);
	}
	size_t size = length(&fmt);
	char conv = *fmt ? *fmt++ : '\0';
	if (conv == 's' || conv == 'c') {
		char c;
		const char *p = &c;
		size_t n = 1;
		f.zero = false;
		if (conv == 'c') {
			c = (char)va_arg(*ap, int);
		} else {
			p = va_arg(*ap, const char *);
			p = p ? p : "(null)";
			n = f.precision >= 0 ? strnlen(p, (size_t)f.precision) : strlen(p);
		}
		field(s, &f, "", 0, p, n);
	} else if (conv == 'p') {
		f.alt = true;
		number(s, &f, 'x', (uintptr_t)va_arg(*ap, void *), false);
	} else if (conv && strchr("diuxXo", conv)) {
		uintmax_t v = size > sizeof(int) ? va_arg(*ap, uintmax_t) : va_arg(*ap, unsigned);
		integer(s, &f, conv, v, size);
	} else if (conv == '%') {
		put(s, "%", 1);
	} else {
		put(s, start, (size_t)(fmt - start));
	}
	return fmt;
}

size_t format(format_put *to, void *arg, const char *fmt, va_list list)
{
	struct sink s = {to, arg, 0};
	va_list ap;
	va_copy(ap, list);
	while (*fmt) {
		size_t plain = strcspn(fmt, "%");
		put(&s, fmt, plain);
		fmt += plain;
		if (*fmt)
			fmt = convert(&s, fmt + 1, &ap);
	}
	va_end(ap);
	return s.n;
}
