#include "check.h"

#include "crypto/md5.h"
#include "crypto/sigv4.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* get-vanilla of AWS's signature version 4 test suite: each step by itself. */
TEST(test_suite_get_vanilla)
{
	struct sigv4 s = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service", "20150830T123600Z"};
	CLEANUP_STRVEC struct strvec h = {0};
	CLEANUP_BUF struct buf canonical = {0}, string = {0}, signature = {0}, line = {0};
	strvec_push(&h, "host:example.amazonaws.com");
	strvec_push(&h, "x-amz-date:20150830T123600Z");
	struct sigv4_request rq = {"GET", "/", "", &h, EMPTY};
	sigv4_canonical(&rq, &canonical);
	CHECK_STR(buf_cstr(&canonical), "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
		"host;x-amz-date\n" EMPTY);
	sigv4_string(&s, buf_cstr(&canonical), &string);
	CHECK_STR(buf_cstr(&string), "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n"
		"bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63");
	sigv4_sign(&s, buf_cstr(&string), &signature);
	CHECK_STR(buf_cstr(&signature), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
	sigv4_authorize(&s, &rq, &line);
	CHECK_STR(buf_cstr(&line), "Authorization: AWS4-HMAC-SHA256 "
		"Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, "
		"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

/* The examples of "Signature Calculations for the Authorization Header" in the Amazon S3 API reference. */
TEST(s3_examples)
{
	static const struct {
		const char *method, *path, *query, *payload, *hash, *signature;
		const char *headers[8];
	} v[] = {
		{"GET", "/test.txt", "", EMPTY, "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
			"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
			{"host: examplebucket.s3.amazonaws.com", "range: bytes=0-9", "x-amz-content-sha256: " EMPTY,
			"x-amz-date: 20130524T000000Z"}},
		{"PUT", "/test%24file.text", "", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			"9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
			"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
			{"date: Fri, 24 May 2013 00:00:00 GMT", "host: examplebucket.s3.amazonaws.com",
			"x-amz-content-sha256: 44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			"x-amz-date: 20130524T000000Z", "x-amz-storage-class: REDUCED_REDUNDANCY"}},
		{"GET", "/", "lifecycle=", EMPTY, "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
			"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
			{"host: examplebucket.s3.amazonaws.com", "x-amz-content-sha256: " EMPTY, "x-amz-date: 20130524T000000Z"}},
		{"GET", "/", "max-keys=2&prefix=J", EMPTY, "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
			"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
			{"host: examplebucket.s3.amazonaws.com", "x-amz-content-sha256: " EMPTY, "x-amz-date: 20130524T000000Z"}},
	};
	struct sigv4 s = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3",
		"20130524T000000Z"};
	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		CLEANUP_STRVEC struct strvec h = {0};
		CLEANUP_BUF struct buf canonical = {0}, string = {0}, signature = {0};
		for (size_t k = 0; v[i].headers[k]; k++)
			strvec_push(&h, v[i].headers[k]);
		struct sigv4_request rq = {v[i].method, v[i].path, v[i].query, &h, v[i].payload};
		sigv4_canonical(&rq, &canonical);
		sigv4_string(&s, buf_cstr(&canonical), &string);
		CHECK_HAS(buf_cstr(&string), v[i].hash);
		sigv4_sign(&s, buf_cstr(&string), &signature);
		CHECK_STR(buf_cstr(&signature), v[i].signature);
	}
}

TEST(encoding_and_digests)
{
	CLEANUP_BUF struct buf path = {0}, value = {0}, md5 = {0};
	char hash[SIGV4_HEX];
	unsigned char digest[MD5_SIZE];
	sigv4_encode(&path, "a b//c?%+~_-.\xc3\xa4", true);
	CHECK_STR(buf_cstr(&path), "a%20b//c%3F%25%2B~_-.%C3%A4");
	sigv4_encode(&value, "a/b=", false);
	CHECK_STR(buf_cstr(&value), "a%2Fb%3D");
	sigv4_hash(hash, "", 0);
	CHECK_STR(hash, EMPTY);
	struct md5 h;
	md5_init(&h);  /* RFC 1321 section A.5 */
	md5_add(&h, "a", 1);
	md5_add(&h, "bc", 2);
	md5_end(&h, digest);
	sigv4_hex(&md5, digest, sizeof digest);
	CHECK_STR(buf_cstr(&md5), "900150983cd24fb0d6963f7d28e17f72");
}

CHECK_MAIN
