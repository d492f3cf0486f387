#include "check.h"

#include "base/mem.h"
#include "crypto/age.h"
#include "crypto/age_armor.h"

static const unsigned char scalar[KEY_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8};

static struct age_keys one_key(bool point)
{
	struct age_keys k = {0};
	k.items = mem_grow(NULL, 0, &k.cap, sizeof *k.items);
	k.n = 1;
	if (point)
		(void)x25519(k.items[0], scalar, NULL);
	else
		memcpy(k.items[0], scalar, KEY_SIZE);
	return k;
}

/* n bytes sealed into out. */
static int sealed(struct buf *out, size_t n, bool armor, struct err *e)
{
	CLEANUP_AGE_KEYS struct age_keys to = one_key(true);
	struct buf_writer w;
	struct age_armor_writer text;
	struct age_writer a;
	buf_writer_init(&w, out, 1 << 20);
	age_armor_writer_init(&text, &w.base);
	if (age_writer_init(&a, armor ? &text.base : &w.base, NULL, &to, e) < 0)
		return -1;
	CLEANUP_FREE char *data = mem_alloc(n);
	memset(data, 'x', n);
	int rc = writer_write(&a.base, data, n, e) < 0 || writer_finish(&a.base, e) < 0 ||
		(armor && writer_finish(&text.base, e) < 0) ? -1 : 0;
	writer_free(&a.base);
	return rc;
}

/* How many bytes the file holds, or -1. */
static int64_t opened(const void *p, size_t n, struct err *e)
{
	CLEANUP_AGE_KEYS struct age_keys keys = one_key(false);
	struct age_opener by = {.identities = &keys};
	struct mem_reader in;
	struct age_armor_reader text;
	struct age_reader a;
	int64_t got = -1;
	mem_reader_init(&in, p, n);
	age_armor_reader_init(&text, &in.base);
	int armored = age_armor_begins(&in.base, e);
	if (armored >= 0 && age_reader_init(&a, armored ? &text.base : &in.base, &by, e) == 0) {
		CLEANUP_BUF struct buf out = {0};
		struct buf_writer w;
		buf_writer_init(&w, &out, 1 << 20);
		got = stream_copy(&a.base, &w.base, e);
		reader_free(&a.base);
		writer_free(&w.base);
	}
	reader_free(&text.base);
	reader_free(&in.base);
	return got;
}

TEST(sizes)
{
	static const size_t n[] = {0, 1, 16, AGE_CHUNK - 1, AGE_CHUNK, AGE_CHUNK + 1, 2 * AGE_CHUNK, 3 * AGE_CHUNK + 7};
	for (size_t i = 0; i < sizeof n / sizeof *n; i++)
		for (int armor = 0; armor < 2; armor++) {
			struct err e = {0};
			CLEANUP_BUF struct buf b = {0};
			CHECK_OK(sealed(&b, n[i], armor, &e));
			CHECK_EQ(opened(b.data, b.len, &e), n[i]);
		}
}

TEST(cut_anywhere)
{
	for (int armor = 0; armor < 2; armor++) {
		struct err e = {0};
		CLEANUP_BUF struct buf b = {0};
		CHECK_OK(sealed(&b, 100, armor, &e));
		size_t whole = b.len - (size_t)armor;  /* the armor's last newline may be missing */
		for (size_t n = 0; n < whole; n++)
			if (opened(b.data, n, &e) >= 0)
				CHECK_FAIL("cut at %zu of %zu it was opened", n, b.len);
	}
	/* At a chunk's end too. */
	struct err e = {0};
	CLEANUP_BUF struct buf b = {0};
	CHECK_OK(sealed(&b, 2 * AGE_CHUNK, false, &e));
	CHECK(opened(b.data, b.len - AGE_CHUNK - AEAD_TAG, &e) < 0);
}

TEST(changed_anywhere)
{
	struct err e = {0};
	CLEANUP_BUF struct buf b = {0};
	CHECK_OK(sealed(&b, 100, false, &e));
	for (size_t i = 0; i < b.len; i++)
		for (int bit = 1; bit < 256; bit <<= 3) {
			b.data[i] ^= (char)bit;
			if (opened(b.data, b.len, &e) >= 0)
				CHECK_FAIL("changed at %zu it was opened", i);
			b.data[i] ^= (char)bit;
		}
	buf_byte(&b, 'x');
	CHECK(opened(b.data, b.len, &e) < 0);
}

static void refused(const char *text, const char *words)
{
	struct err e = {0};
	if (opened(text, strlen(text), &e) >= 0)
		CHECK_FAIL("opened: %s", text);
	CHECK_HAS(e.msg, words);
}

#define V1 "age-encryption.org/v1\n"
#define BODY43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
#define MAC "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"

TEST(strict_header)
{
	refused("", "cut short");
	refused("hello\n", "first line");
	refused("age-encryption.org/v2\n" MAC, "first line");
	refused("age-encryption.org/v1\r\n" MAC, "first line");
	refused(V1 MAC, "nobody");
	refused(V1 "-> \n\n" MAC, "empty word");
	refused(V1 "-> a  b\n\n" MAC, "empty word");
	refused(V1 "-> a \n\n" MAC, "empty word");
	refused(V1 "-> a\tb\n\n" MAC, "character");
	refused(V1 "->a\n\n" MAC, "line that may not");
	refused(V1 "-> a\n" MAC, "body");
	refused(V1 "-> a\nAA=\n" MAC, "body");
	refused(V1 "-> a\nAB\n" MAC, "body");
	refused(V1 "-> a\n\n---\n", "line that may not");
	refused(V1 "-> a\n\n--- AAAA\n", "MAC");
	refused(V1 "-> a\n\n" MAC, "none of the identities");
	refused(V1 "-> X25519 AAAA\n" BODY43 MAC, "wrong argument");
	refused(V1 "-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" BODY43 MAC, "low order");
	refused(V1 "-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA x\n" BODY43 MAC, "must be");
	refused(V1 "-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAAAA\n" MAC, "must be");
	refused(V1 "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\n" BODY43 MAC, "passphrase");
	refused(V1 "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 23\n" BODY43 MAC, "work factor");
	refused(V1 "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 010\n" BODY43 MAC, "work factor");
	refused(V1 "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\n" BODY43 "-> a\n\n" MAC, "not alone");
	refused(V1 "-> a\n\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\n" BODY43 MAC, "not alone");
}

TEST(strict_armor)
{
	struct err e = {0};
	CLEANUP_BUF struct buf b = {0};
	CHECK_OK(sealed(&b, 100, true, &e));
	CLEANUP_FREE char *spaced = mem_alloc(b.len + 10);
	snprintf(spaced, b.len + 10, " \n\n%s \n", b.data);
	CHECK_EQ(opened(spaced, strlen(spaced), &e), 100);
	snprintf(spaced, b.len + 10, "%sx", b.data);
	CHECK(opened(spaced, strlen(spaced), &e) < 0);
	for (size_t i = 36; i < b.len - 36; i++) {
		char saved = b.data[i];
		b.data[i] = saved == '\n' ? ' ' : '\n';
		if (opened(b.data, b.len, &e) >= 0)
			CHECK_FAIL("changed at %zu it was opened", i);
		b.data[i] = saved;
	}
}

TEST(keys)
{
	struct err e = {0};
	CLEANUP_AGE_KEYS struct age_keys k = {0};
	CLEANUP_BUF struct buf text = {0};
	buf_str(&text, "# a comment\n\n");
	age_identity_text(&text, scalar);
	buf_str(&text, "\r\n");
	CHECK_OK(age_keys_file(&k, true, text.data, "x", &e));
	CHECK_MEM(k.items[0], KEY_SIZE, scalar, KEY_SIZE);
	CHECK(age_keys_file(&k, true, "# nothing\n", "x", &e) < 0);
	CHECK(age_keys_file(&k, false, text.data, "x", &e) < 0);
	CHECK(age_recipient_add(&k, "ssh-ed25519 AAAA", &e) < 0);
	CHECK_HAS(e.msg, "SSH");
	CHECK(age_identity_add(&k, "AGE-SECRET-KEY-1QQQQ", &e) < 0);
	CHECK(!strstr(e.msg, "QQQQ"));
}

CHECK_MAIN
