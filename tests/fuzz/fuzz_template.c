/*
 * A libFuzzer target for templates. The first byte chooses what the value is taken for; the rest is the template.
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -iquote lib tests/fuzz/fuzz_template.c \
 *             and the .c files of lib/base, and template*, json*, and utf8 of lib/codec
 */
#include "base/mem.h"
#include "codec/template.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char value[] = "{\"Id\":\"abc\",\"Name\":\"/web\",\"N\":12,\"T\":true,\"Z\":null,\"Env\":[\"A=1\",\"B\"],"
		"\"Config\":{\"Labels\":{\"a\":\"1\"},\"Volumes\":null},\"Mounts\":[{\"Source\":\"/a\",\"RW\":true}],"
		"\"NetworkSettings\":{\"Ports\":{\"80/tcp\":[{\"HostPort\":\"8080\"}]}},\"Label\":{\"x\":\"y\"},\"Interval\":-1500000000}";
	struct err e;
	struct buf out = {0};
	if (n < 1)
		return 0;
	char *text = mem_dup(data + 1, n - 1);
	struct json *doc = json_parse(value, sizeof value - 1, &e);
	struct template *t = template_parse(text, &e);
	if (t && template_run(t, doc, data[0] % (TEMPLATE_LOOSE + 1), &out, &e) < 0)
		buf_reset(&out);
	template_free(t);
	json_free(doc);
	buf_free(&out);
	free(text);
	return 0;
}
