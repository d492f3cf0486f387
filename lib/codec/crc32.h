/*
 * crc32: the checksum of gzip (RFC 1952 section 8), PNG and Ethernet: reflected polynomial 0xedb88320.
 *
 *     struct crc32 c;
 *     crc32_init(&c);
 *     uint32_t sum = 0;
 *     sum = crc32_update(&c, sum, p, n);
 *
 * The struct holds tables, computed by crc32_init; it is read-only afterwards, so threads may share it. Nothing is to be
 * released. Carry-less multiplication is used where the processor has it.
 */
#ifndef CODEC_CRC32_H
#define CODEC_CRC32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crc32 {
	uint32_t table[8][256];
	bool clmul;
};

void crc32_init(struct crc32 *c);

/* The checksum of what `sum` stands for (0: nothing) followed by the n bytes at p. */
uint32_t crc32_update(const struct crc32 *c, uint32_t sum, const void *p, size_t n);

/* The checksum of two runs of bytes put together, from the checksum of each and the length of the second. */
uint32_t crc32_combine(uint32_t first, uint32_t second, uint64_t second_len);

#endif
