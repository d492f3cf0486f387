#include "check.h"

#include "codec/json.h"

/* A reader that hands out its bytes one at a time. */
struct drip {
	struct reader base;
	const char *p;
	size_t n;
};

static ssize_t drip_next(struct reader *r, const unsigned char **block, struct err *e)
{
	struct drip *d = (struct drip *)r;
	(void)e;
	if (d->n == 0)
		return 0;
	*block = (const unsigned char *)d->p++;
	d->n--;
	return 1;
}

/* Parses text whole and byte by byte; both must agree. Returns what it is written as, or NULL. */
static char *again(const char *text, size_t n, struct err *e)
{
	static const struct reader_ops ops = {.next = drip_next};
	struct drip d = {.base.ops = &ops, .p = text, .n = n};
	struct json_reader j;
	struct json *slow = NULL, *fast = json_parse(text, n, e);
	struct err e2;
	json_reader_init(&j, &d.base);
	int rc = json_read_tree(&j, &slow, &e2);
	json_reader_free(&j);
	reader_free(&d.base);
	char *out = NULL;
	if (fast && rc == 1) {
		struct buf a = {0}, b = {0};
		struct json_writer wa = {.out = &a}, wb = {.out = &b};
		json_write_tree(&wa, fast);
		json_write_tree(&wb, slow);
		if (strcmp(a.data, b.data) == 0)
			out = buf_steal(&a);
		buf_free(&a);
		buf_free(&b);
	}
	json_free(fast);
	json_free(slow);
	return out;
}

static void same(const char *in, const char *want)
{
	struct err e = {0};
	char *out = again(in, strlen(in), &e);
	CHECK_STR(out ? out : e.msg, want);
	free(out);
}

static void refused(const char *in, enum err_kind kind)
{
	struct err e = {0};
	struct json *v = json_parse(in, strlen(in), &e);
	bool none = v == NULL;
	json_free(v);
	CHECK(none);
	CHECK_EQ(e.kind, kind);
}

TEST(round_trip)
{
	same("null", "null");
	same(" [ ] ", "[]");
	same("{}", "{}");
	same("{\"a\":[1,-0.5e+10,true,false,null,\"x\"],\"b\":{\"c\":{}}}",
	     "{\"a\":[1,-0.5e+10,true,false,null,\"x\"],\"b\":{\"c\":{}}}");
	same("123456789012345678901234567890.123", "123456789012345678901234567890.123");
	same("\"\\u00e9\\ud83d\\ude00\\n\\/\"", "\"\xc3\xa9\xf0\x9f\x98\x80\\n/\"");
	same("\"\\u0000\"", "\"\\u0000\"");
	same("[[[[1]]]]", "[[[[1]]]]");
}

TEST(refused)
{
	static const char *const bad[] = {"[1,]", "{\"a\":1,}", "[,1]", "{,}", "{\"a\"}", "{\"a\" 1}", "{a:1}", "01", "-",
		"1.", ".5", "1e", "+1", "nul", "True", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
		"\"\\udc00\"", "\"\n\"", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "[1 2]", "[1}", "{]", "]", "1 2",
		"[] []", "'a'", "NaN", "\"a\" x"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused(bad[i], ERR_FORMAT);
	static const char *const cut[] = {"", " ", "[", "[1", "[1,", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "\"abc", "\"\\u00"};
	for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
		refused(cut[i], ERR_PROTOCOL);
}

TEST(depth)
{
	char deep[2 * JSON_DEPTH + 3];
	memset(deep, '[', JSON_DEPTH);
	memset(deep + JSON_DEPTH, ']', JSON_DEPTH);
	deep[2 * JSON_DEPTH] = '\0';
	same(deep, deep);
	memset(deep, '[', JSON_DEPTH + 1);
	deep[JSON_DEPTH + 1] = '\0';
	refused(deep, ERR_LIMIT);
}

TEST(lookups)
{
	struct err e;
	const char *text = "{\"Config\":{\"User\":\"druser\",\"N\":-42,\"Big\":1e3},\"a\":1,\"a\":2,\"l\":[1,2,3],\"t\":true}";
	CLEANUP_JSON struct json *v = json_parse(text, strlen(text), &e);
	CHECK(v);
	CHECK_STR(json_str_at(v, "Config", "User"), "druser");
	CHECK(!json_str_at(v, "Config", "User", "x"));
	CHECK(!json_str_at(v, "Nothing", "User"));
	CHECK_EQ(json_int(json_at(v, "Config", "N"), 7), -42);
	CHECK_EQ(json_int(json_at(v, "Config", "Big"), 7), 7);
	CHECK_EQ(json_int(json_get(v, "a"), 0), 2);
	CHECK_EQ(json_count(json_get(v, "l")), 3);
	CHECK(json_true(json_get(v, "t")));
	CHECK(!json_true(NULL));
}

TEST(sequence_and_skip)
{
	struct err e;
	const char *text = "{\"a\":{\"x\":[1,2]},\"b\":3}{\"c\":4}\n5";
	struct mem_reader m;
	struct json_reader j;
	mem_reader_init(&m, text, strlen(text));
	json_reader_init(&j, &m.base);
	CHECK_EQ(json_next(&j, &e), JSON_OBJECT_BEGIN);
	CHECK_EQ(json_next(&j, &e), JSON_KEY);
	CHECK_OK(json_skip(&j, JSON_KEY, &e));
	CHECK_EQ(json_next(&j, &e), JSON_KEY);
	CHECK_STR(j.text.data, "b");
	CHECK_EQ(json_next(&j, &e), JSON_NUMBER);
	CHECK_EQ(json_next(&j, &e), JSON_OBJECT_END);
	CHECK_EQ(json_next(&j, &e), JSON_OBJECT_BEGIN);
	CHECK_OK(json_skip(&j, JSON_OBJECT_BEGIN, &e));
	CHECK_EQ(j.depth, 0);
	CHECK_EQ(json_next(&j, &e), JSON_NUMBER);
	CHECK_EQ(json_next(&j, &e), JSON_EOF);
	json_reader_free(&j);
	reader_free(&m.base);
}

TEST(writer)
{
	CLEANUP_BUF struct buf b = {0};
	struct json_writer w = {.out = &b, .indent = 2};
	json_begin(&w, '{');
	json_kstr(&w, "s", "q\"\x01\xff\x7f");
	json_kstr(&w, "left out", NULL);
	json_key(&w, "l");
	json_begin(&w, '[');
	json_end(&w, ']');
	json_ki64(&w, "n", INT64_MIN);
	json_kbool(&w, "b", false);
	json_end(&w, '}');
	CHECK_STR(b.data, "{\n  \"s\": \"q\\\"\\u0001\xef\xbf\xbd\\u007f\",\n  \"l\": [],\n"
		"  \"n\": -9223372036854775808,\n  \"b\": false\n}");
}

CHECK_MAIN
