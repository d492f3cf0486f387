#include "check.h"

#include "packed/unpack.h"

static uint64_t seed = 88172645463325252U;
static unsigned char noise(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned char)(seed >> 33);
}

/* A call to the same place from two places becomes the same bytes. */
TEST(branches_become_absolute)
{
	unsigned char code[64] = {0};
	unsigned char want[] = {0xE8, 40, 0, 0, 0};
	code[3] = 0xE8;
	code[4] = 37;
	code[20] = 0xE8;
	code[21] = 20;
	unpack_branches(code, sizeof code, 1);
	CHECK_MEM(code + 3, 5, want, 5);
	CHECK_MEM(code + 20, 5, want, 5);
}

/* Whatever the bytes are, branches or not, they come back. */
TEST(branches_come_back)
{
	static unsigned char code[5000], was[sizeof code];
	for (int round = 0; round < 200; round++) {
		size_t size = (size_t)round * 25;
		for (size_t i = 0; i < size; i++)
			code[i] = noise() % 3 == 0 ? 0xE8 + noise() % 2 : noise() % 2 == 0 ? (unsigned char)(noise() % 4 * 85) : noise();
		memcpy(was, code, size);
		unpack_branches(code, (int32_t)size, 1);
		unpack_branches(code, (int32_t)size, 0);
		CHECK_MEM(code, size, was, size);
	}
}

enum { TEXT = 3000 };

/* Words, and in between single characters. */
static void make_text(char out[TEXT])
{
	static const char words[] = "install destroy backup restore config volume image service script container engine layer";
	uint32_t x = 2463534242U;
	for (size_t n = 0; n < TEXT;) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		if (x >> 29)
			for (size_t i = 0, k = 1 + (x >> 8) % 9; i < k && n < TEXT; i++)
				out[n++] = words[x % 80 + i];
		else
			out[n++] = (char)(33 + (x >> 12) % 90);
	}
}

/* The block of that text by `zstd --ultra -22`: a Huffman table and sequences with tables of their own. */
static const char packed_text[] =
	"fd220066dc50220059d2064241d6ce4da4ed263159d928eff0cd552613af827324aa46a1ffffff6105410044004b0008985f8957c9adf22a5319"
	"995eb34d05286a7b7d86fccc93aee95df98a0baae3c47ee914467654aa9af899c5cdf08c9bbb125f20767c47b9998ebc1a6aba52ae32ed596f8c"
	"9554f2d56193dcce4a9bdb2c803bda3ce68199d3e3e6d549fa405e9a6241ca532d1fd3dba863c8f651cb70ced0c14ed73857bd6eca0b4beebb0a"
	"42daa5e7f5aecd899e1b2094080198a444e8ebed77af556161995345a819aa8e95e681b1467c08871590684c6a7bea2b71f6685d852006129681"
	"671c80f422a33c5e6f528739541bf0dc35df38e2094e02bd2b3d5782dafe1859968a58304476596447b164a2b38b229de8632f08229ce7b90f9a"
	"647a02cc5845a301bf09287d19f5e5470a0b8f6aaece08df4446578ae0c86d0b3ceb52db9e060981a8a8113a234992826499032108c2501c4d6b"
	"3d5128cd92ea01fee3e3debe0f29749ef8c511cb5d982415ab75b8419dad9e876108447352469847a42da65f481f1077a7e68d4611b47955883c"
	"99731e7b51f45eb864ca0bf7f9f2e8c23962306767e63e96e6193a2d537a56c95dda5146fcaede5129a7af4868c80f378640544b14238f81c638"
	"1c370aff025e4394e94addd765b6552531258dfe16536153db058190d9732ced17c0a1c9c21b32fbb725e8c92c11799e4f3967d36e57564050a7"
	"223a105ada611240bf254fd2ce484a6c27509ab1aff9ea877625caac1db306afc7890e0c1440f66698dea5aad2286f9a105fd6852080e5142d1f"
	"1b597a4d81911f15fa860e3bcd4769444da2e60b969300cfc201615213255ac45148ec6fc00e7769947a39845534dc16e6de6b311d48cd9f2051"
	"4b39d991531d3caefdd54fef48385f74858e102a887e227316a6b8879544734a835268da18e80e4121802afd0a4461f55393f8d12a085546914c"
	"2f3dc38ce19870cea319008173a949f0590338143c16843693ede0732c25233dc8d0db511909e16c959ebb4a920272d39dd7e402e265773d55c2"
	"4c47d174687d53a3a0ce6d61c118b3c6dd7575b573228aba520eb0be21d5b7e0ed6a7933e3e2fe08c9bfd1b7ad1c586a46e824eea22adbc395e1"
	"634dcda33cf144ddff99e1457e3b8a35148a375bfb0ce7e89957ec23813686fa63deaaf4a92cd60560e1592af61505b9e65ba52e226a92c74909"
	"3b8453c9eef48f8a01c1a220006f5c44bb68e5e32a532c9838818afb06b1d80decdfeec689556ca2c0d3865c228ad823984f8384c09f8e0074e3"
	"1e30cf705557cc7ca7e4a423831e1ad7b39e51fb70690b2217f3a8319a1d8ff3e1187f2218e40baf5caa0be0f18449e54a9a481027f15bd65213"
	"71154c52e501659979ff3434dbfb8d9ae4b7d4cb33b97aa686047f53165a7bdae02045a716ce994833873b4b408f9d757158b1203bbe7bd006fd"
	"6fe355fd309563147fd0b294bf339c1c1206b7f8fd8e860313b10f1229e272a00aa348e042087b58b483a195567dcafae7b7e9a0baa4b450746d"
	"b564650ebbe37cf1d09c89f4336489b4c4b15005";

/* In memory of exactly its size: ASan sees what goes beyond. */
static unsigned char *packed(size_t *n)
{
	*n = strlen(packed_text) / 2;
	unsigned char *in = calloc(1, *n + UNPACK_SLACK);
	for (size_t i = 0; i < *n; i++) {
		unsigned v;
		sscanf(packed_text + 2 * i, "%2x", &v);
		in[i] = (unsigned char)v;
	}
	return in;
}

static struct unpack state;

static int unpack(unsigned char *out, size_t size, const unsigned char *in, size_t n)
{
	memset(&state, 0, sizeof state);
	return unpack_blocks(&state, out, size, in, n);
}

TEST(what_zstd_packs)
{
	char want[TEXT];
	size_t n;
	unsigned char *in = packed(&n), *out = malloc(TEXT);
	make_text(want);
	int rc = unpack(out, TEXT, in, n), shorter = 0;
	for (size_t size = 0; size < TEXT; size += 7)
		shorter += unpack(out, size, in, n) == 0;
	for (size_t k = 0; k < n; k++)
		shorter += unpack(out, TEXT, in, k) == 0;
	(void)!unpack(out, TEXT, in, n);
	int differs = memcmp(out, want, TEXT);
	free(in);
	free(out);
	CHECK_EQ(rc, 0);
	CHECK_EQ(differs, 0);
	CHECK_EQ(shorter, 0);
}

/* A raw block, then one that repeats a byte. */
TEST(plain_blocks)
{
	static const unsigned char in[] = {3 << 3, 0, 0, 'a', 'b', 'c', 4 << 3 | 2 | 1, 0, 0, 'x', 0, 0, 0, 0, 0, 0, 0, 0};
	unsigned char out[7];
	CHECK_EQ(unpack(out, sizeof out, in, 10), 0);
	CHECK_MEM(out, sizeof out, "abcxxxx", 7);
	CHECK_EQ(unpack(out, 6, in, 10), -1);
	CHECK_EQ(unpack(out, sizeof out, in, 9), -1);
	CHECK_EQ(unpack(out, sizeof out, in, 6), -1);
}

/* Whatever is damaged, nothing is read or written outside: malloc's own checks and ASan look. */
TEST(damage_stays_inside)
{
	size_t n;
	unsigned char *in = packed(&n), *out = malloc(TEXT + 1), *good = malloc(n);
	memcpy(good, in, n);
	out[TEXT] = 77;
	for (int round = 0; round < 20000; round++) {
		for (int i = noise() % 4; i >= 0; i--)
			in[(noise() % 2 ? noise() % 64U : noise() * 7U) % n] = noise();
		(void)!unpack(out, TEXT, in, n);
		memcpy(in, good, n);
	}
	int untouched = out[TEXT];
	free(in);
	free(good);
	free(out);
	CHECK_EQ(untouched, 77);
}

CHECK_MAIN
