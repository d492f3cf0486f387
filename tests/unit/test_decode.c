#include "check.h"

#include "base/vec.h"
#include "engine/decode.h"
#include "engine/engine.h"

#include <stdlib.h>

struct thing {
	char *id;
	int64_t n;
	bool on;
	struct strvec list, map, keys;
};

static const struct decode_field fields[] = {
	{"Id", DECODE_STR, offsetof(struct thing, id)},
	{"Config.N", DECODE_INT, offsetof(struct thing, n)},
	{"Config.On", DECODE_BOOL, offsetof(struct thing, on)},
	{"List", DECODE_LIST, offsetof(struct thing, list)},
	{"Config.Labels", DECODE_MAP, offsetof(struct thing, map)},
	{"Volumes", DECODE_KEYS, offsetof(struct thing, keys)},
	{0},
};

static void thing_free(struct thing *t)
{
	free(t->id);
	strvec_free(&t->list);
	strvec_free(&t->map);
	strvec_free(&t->keys);
}

static int decode(const char *text, struct thing *t, struct err *e)
{
	struct mem_reader in;
	mem_reader_init(&in, text, strlen(text));
	*t = (struct thing){0};
	int rc = decode_object(fields, t, &in.base, e);
	reader_free(&in.base);
	return rc;
}

TEST(fields)
{
	struct err e = {0};
	CLEANUP_WITH(thing_free) struct thing t;
	CHECK_OK(decode("{\"x\":[{}],\"Id\":\"abc\",\"Config\":{\"N\":9007199254740993,\"On\":true,\"Labels\":{\"a\":\"1\",\"b\":\"\"}},"
		"\"List\":[\"p\",\"q\"],\"Volumes\":{\"/config\":{},\"/data\":{}}}", &t, &e));
	CHECK_STR(t.id, "abc");
	CHECK(t.n == 9007199254740993);
	CHECK(t.on);
	CLEANUP_FREE char *list = strvec_join(&t.list, " ");
	CLEANUP_FREE char *map = strvec_join(&t.map, " ");
	CLEANUP_FREE char *keys = strvec_join(&t.keys, " ");
	CHECK_STR(list, "p q");
	CHECK_STR(map, "a=1 b=");
	CHECK_STR(keys, "/config /data");
}

TEST(absent_and_null)
{
	struct err e = {0};
	CLEANUP_WITH(thing_free) struct thing t;
	CHECK_OK(decode("{\"Config\":null,\"List\":null,\"Volumes\":null}", &t, &e));
	CHECK_STR(t.id, "");
	CHECK_EQ(t.n, 0);
	CHECK_EQ(t.list.n + t.map.n + t.keys.n, 0);
}

TEST(refused)
{
	static const char *const bad[] = {"", "[]", "{", "{\"Id\":7}", "{\"Config\":{\"N\":\"x\"}}", "{\"Config\":{\"N\":1.5}}", "{\"List\":{}}",
		"{\"List\":[1]}", "{\"Volumes\":[]}", "{\"Config\":{\"On\":1}}", "{\"Id\":\"a\"} x", "{\"Id\":\"\\ud800\"}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = {0};
		CLEANUP_WITH(thing_free) struct thing t;
		if (decode(bad[i], &t, &e) == 0)
			CHECK_FAIL("%s was taken", bad[i]);
	}
}

struct seen {
	int n;
	uint64_t current;
};

static int see(void *arg, const struct engine_message *m, struct err *e)
{
	struct seen *s = arg;
	(void)e;
	s->n++;
	s->current += m->current;
	return 0;
}

static int messages(const char *text, struct seen *s, struct err *e)
{
	struct mem_reader in;
	mem_reader_init(&in, text, strlen(text));
	*s = (struct seen){0};
	int rc = engine_messages(&in.base, see, s, e);
	reader_free(&in.base);
	return rc;
}

TEST(progress_messages)
{
	struct err e = {0};
	struct seen s;
	CHECK_OK(messages("{\"status\":\"Pulling\",\"id\":\"x\"}\r\n{\"status\":\"Downloading\",\"progressDetail\":{\"current\":5,\"total\":9}}\n",
		&s, &e));
	CHECK_EQ(s.n, 2);
	CHECK_EQ(s.current, 5);
	CHECK(messages("{\"status\":\"a\"}{\"errorDetail\":{\"message\":\"denied\"},\"error\":\"denied\\n\"}{\"status\":\"b\"}", &s, &e) < 0);
	CHECK_EQ(e.kind, ERR_STATUS);
	CHECK_STR(e.msg, "denied");
	CHECK_EQ(s.n, 1);
	CHECK(messages("{\"status\":\"a\"}{\"sta", &s, &e) < 0);
	CHECK_EQ(e.kind, ERR_PROTOCOL);
}

CHECK_MAIN
