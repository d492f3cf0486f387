#include "check.h"

#include "net/pem.h"

#define BLOCK(label, body) "-----BEGIN " label "-----\n" body "-----END " label "-----\n"

TEST(blocks_one_after_another)
{
	struct err e;
	CLEANUP_PEM struct pem p = {.text = "words\n" BLOCK("A B", "aGVs\r\n  bG8=\r\n") "more -----BEGIN X-----\n" BLOCK("C", "")};
	CHECK_EQ(pem_next(&p, &e), 1);
	CHECK_STR(p.label, "A B");
	CHECK_EQ(p.der.len, 5);
	CHECK(memcmp(p.der.data, "hello", 5) == 0);
	CHECK_EQ(pem_next(&p, &e), 1);
	CHECK_STR(p.label, "C");
	CHECK_EQ(p.der.len, 0);
	CHECK_EQ(pem_next(&p, &e), 0);
}

TEST(nothing)
{
	struct err e;
	CLEANUP_PEM struct pem p = {.text = ""};
	CHECK_EQ(pem_next(&p, &e), 0);
	p.text = "-----END X-----\n";
	CHECK_EQ(pem_next(&p, &e), 0);
}

TEST(encrypted)
{
	struct err e;
	CLEANUP_PEM struct pem p = {.text = BLOCK("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n")};
	CHECK_EQ(pem_next(&p, &e), 1);
	CHECK(p.encrypted);
	CHECK_EQ(p.der.len, 0);
}

TEST(malformed)
{
	static const char *const bad[] = {"-----BEGIN X-----", "-----BEGIN X-----\nAAAA\n", "-----BEGIN X\nAAAA\n-----END X-----\n",
		BLOCK("X", "AAA\n"), BLOCK("X", "A*AA\n"), BLOCK("X", "AAAA====\n")};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e;
		CLEANUP_PEM struct pem p = {.text = bad[i]};
		CHECK_ERR(pem_next(&p, &e), ERR_FORMAT);
	}
}

TEST(long_label)
{
	struct err e;
	CLEANUP_PEM struct pem p = {.text = BLOCK("0123456789012345678901234567890123456789", "AAAA\n")};
	CHECK_EQ(pem_next(&p, &e), 1);
	CHECK_EQ(strlen(p.label), sizeof p.label - 1);
}

CHECK_MAIN
