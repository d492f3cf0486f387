/* How Go's fmt prints numbers. Floating-point ones stay decimal: a binary type would need conversions that are not in the
   binary otherwise. */
#include "codec/template_node.h"

#include "codec/utf8.h"

#include <ctype.h>
#include <string.h>

enum { DIGITS = 19 };

/* 0.DIGITS times ten to the power of point; no digits: zero. */
struct decimal {
	bool minus;
	int n, point;
	char digits[DIGITS];
};

bool template_is_real(const struct json *v)
{
	return v && v->type == JSON_T_NUMBER && strpbrk(v->text, ".eE");
}

static struct decimal decimal(const char *s)
{
	struct decimal d = {.minus = *s == '-'};
	bool fraction = false;
	for (s += d.minus; isdigit((unsigned char)*s) || *s == '.'; s++) {
		if (*s == '.') {
			fraction = true;
			continue;
		}
		d.point += d.n || *s != '0' ? !fraction : -fraction;
		if (d.n < DIGITS && (d.n || *s != '0'))
			d.digits[d.n++] = *s;
	}
	if (*s == 'e' || *s == 'E') {
		int n = 0;
		bool down = *++s == '-';
		for (s += down || *s == '+'; isdigit((unsigned char)*s) && n < 1000; s++)
			n = n * 10 + (*s - '0');
		d.point += down ? -n : n;
	}
	while (d.n && d.digits[d.n - 1] == '0')
		d.n--;
	d.point = d.n ? d.point : 0;
	return d;
}

/* To n digits, ties to the even one. */
static void round_to(struct decimal *d, int n)
{
	if (n >= d->n)
		return;
	bool up = n >= 0 && (d->digits[n] > '5' || (d->digits[n] == '5' && (n + 1 < d->n || (n && (d->digits[n - 1] & 1)))));
	for (d->n = n < 0 ? 0 : n; up && d->n && d->digits[d->n - 1] == '9';)
		d->n--;
	if (up && d->n) {
		d->digits[d->n - 1]++;
	} else if (up) {
		d->digits[d->n++] = '1';
		d->point++;
	}
	while (d->n && d->digits[d->n - 1] == '0')
		d->n--;
}

static int digit_at(const struct decimal *d, int i)
{
	return i >= 0 && i < d->n ? d->digits[i] : '0';
}

static void fixed(struct decimal *d, int precision, struct buf *out)
{
	round_to(d, d->point + precision);
	for (int i = d->point > 0 && d->n ? 0 : d->point - 1; i < d->point; i++)
		buf_byte(out, digit_at(d, d->n ? i : -1));
	buf_str(out, precision > 0 ? "." : "");
	for (int i = 0; i < precision; i++)
		buf_byte(out, digit_at(d, d->point + i));
}

static void scientific(struct decimal *d, int precision, bool upper, struct buf *out)
{
	round_to(d, precision + 1);
	int exponent = d->n ? d->point - 1 : 0;
	for (int i = 0; i <= precision; i++)
		buf_printf(out, i == 1 ? ".%c" : "%c", digit_at(d, i));
	buf_printf(out, "%c%c%02d", upper ? 'E' : 'e', exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
}

static bool floating(const struct spec *f, const char *text, struct buf *out)
{
	struct decimal d = decimal(text);
	bool any = f->verb == 'v' || (f->verb | 0x20) == 'g';
	int precision = f->precision < 0 ? 6 : f->precision;
	buf_str(out, d.minus ? "-" : f->plus ? "+" : f->space ? " " : "");
	if (any) {
		round_to(&d, f->precision < 0 ? DIGITS : precision ? precision : 1);
		int limit = f->precision >= 0 && precision > d.n && d.n >= d.point ? d.n : precision;
		if (d.n && (d.point < -3 || d.point > limit))
			scientific(&d, d.n - 1, f->verb == 'G', out);
		else
			fixed(&d, d.n > d.point ? d.n - d.point : 0, out);
	} else if ((f->verb | 0x20) == 'e') {
		scientific(&d, precision, f->verb == 'E', out);
	} else {
		fixed(&d, precision, out);
	}
	return strchr("veEfFgG", f->verb);
}

static bool character(const struct spec *f, int64_t i, struct buf *out)
{
	char utf[4];
	if (i < 0 || i > 0x10ffff)
		i = 0xfffd;
	size_t n = utf8_encode((uint32_t)i, utf);
	if (f->verb == 'U')
		buf_printf(out, "U+%04X", (unsigned)i);
	else if (f->verb == 'c')
		buf_add(out, utf, n);
	else
		buf_printf(out, "'%.*s'", (int)n, utf);
	return true;
}

static bool integer(const struct spec *f, const struct json *v, struct buf *out)
{
	static const char verbs[] = "vdboxX";
	static const unsigned shifts[] = {0, 0, 1, 3, 4, 4};
	static const char *const prefixes[] = {"", "", "0b", "0", "0x", "0X"};
	const char *at = strchr(verbs, f->verb);
	int64_t i = json_int(v, 0);
	if (!at)
		return strchr("cqU", f->verb) && character(f, i, out);
	bool minus = *v->text == '-';
	char text[65];
	size_t n = sizeof text - 1;
	unsigned shift = shifts[at - verbs];
	uint64_t left = i < 0 ? -(uint64_t)i : (uint64_t)i;
	text[n] = 0;
	do
		text[--n] = (f->verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[left & ((1u << shift) - 1)];
	while (shift && (left >>= shift));
	buf_str(out, minus ? "-" : f->plus && f->verb != 'v' ? "+" : f->space ? " " : "");
	buf_str(out, f->sharp ? prefixes[at - verbs] : "");
	/* Those in decimal may be larger than any type here. */
	buf_str(out, shift ? text + n : v->text + minus);
	return true;
}

bool template_number(const struct spec *f, const struct json *v, struct buf *out)
{
	return template_is_real(v) ? floating(f, v->text, out) : integer(f, v, out);
}

int template_order(const struct json *a, const struct json *b)
{
	if (!template_is_real(a)) {
		int64_t x = json_int(a, 0), y = json_int(b, 0);
		return (x > y) - (x < y);
	}
	struct decimal x = decimal(a->text), y = decimal(b->text);
	int sign = !x.n ? 0 : x.minus ? -1 : 1, other = !y.n ? 0 : y.minus ? -1 : 1;
	if (sign != other || !sign)
		return sign > other ? 1 : sign < other ? -1 : 0;
	if (x.point != y.point)
		return x.point > y.point ? sign : -sign;
	size_t n = (size_t)(x.n < y.n ? x.n : y.n);
	int c = memcmp(x.digits, y.digits, n);
	return (c ? (c > 0) - (c < 0) : (x.n > y.n) - (x.n < y.n)) * sign;
}
