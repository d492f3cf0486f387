/* pack.c: stores a linked program for start.c. A tool of the build, run on the machine that builds.

       pack image PROGRAM DIR     DIR/image: the program's memory, its branches made absolute; DIR/program.h: where it goes
       lz4 ... DIR/image DIR/image.lz4
       pack block DIR             DIR/block: the one block of that frame, after unpacking it as start.c does and comparing

   Whatever does not look as the linker's script for dr leaves it is refused. */
#define _GNU_SOURCE
#include "unpack.h"

#include <elf.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096UL

static unsigned char *slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) != 0)
		err(1, "%s", path);
	long size = ftell(f);
	rewind(f);
	unsigned char *data = malloc((size_t)size + 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		err(1, "%s", path);
	fclose(f);
	*n = (size_t)size;
	return data;
}

static void spill(const char *path, const void *data, size_t n)
{
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
		err(1, "%s", path);
}

static char *in_dir(const char *dir, const char *name)
{
	char *path = NULL;
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		err(1, "asprintf");
	return path;
}

/* The first segment is read and execute, with the ELF header at its start; the second, on other pages, is data. */
static void image(const char *program, const char *dir)
{
	size_t n;
	unsigned char *elf = slurp(program, &n);
	const Elf64_Ehdr *head = (const void *)elf;
	if (n < sizeof *head || memcmp(elf, ELFMAG, SELFMAG) != 0 || head->e_machine != EM_X86_64 || head->e_type != ET_EXEC)
		errx(1, "%s is no static program for x86-64", program);
	const Elf64_Phdr *ph = (const void *)(elf + head->e_phoff), *load[2] = {NULL, NULL};
	for (int i = 0, found = 0; i < head->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD && found == 2)
			errx(1, "%s has more than two segments", program);
		if (ph[i].p_type == PT_LOAD)
			load[found++] = &ph[i];
	}
	if (!load[1] || load[0]->p_flags != (PF_R | PF_X) || load[1]->p_flags != (PF_R | PF_W) || load[0]->p_offset != 0 ||
	    load[0]->p_vaddr % PAGE != 0)
		errx(1, "%s is not laid out as text and data", program);
	size_t base = load[0]->p_vaddr, text = (load[0]->p_memsz + PAGE - 1) / PAGE * PAGE;
	if (load[1]->p_vaddr < base + text || load[1]->p_offset + load[1]->p_filesz > n)
		errx(1, "%s has text and data on one page", program);
	size_t data = load[1]->p_vaddr - base, size = data + load[1]->p_filesz;
	unsigned char *memory = calloc(1, size);
	if (!memory)
		err(1, "calloc");
	memcpy(memory, elf, load[0]->p_filesz);
	memcpy(memory + data, elf + load[1]->p_offset, load[1]->p_filesz);

	/* The code: all that is executable by the sections' flags. */
	const Elf64_Shdr *sh = (const void *)(elf + head->e_shoff);
	size_t code = size, end = 0;
	for (int i = 0; i < head->e_shnum; i++)
		if (sh[i].sh_flags & SHF_EXECINSTR) {
			code = sh[i].sh_addr - base < code ? sh[i].sh_addr - base : code;
			end = sh[i].sh_addr - base + sh[i].sh_size > end ? sh[i].sh_addr - base + sh[i].sh_size : end;
		}
	if (code >= end || end > load[0]->p_filesz)
		errx(1, "%s has no code where it should be", program);
	unpack_branches(memory + code, (int32_t)(end - code), 1);
	spill(in_dir(dir, "image"), memory, size);

	FILE *h = fopen(in_dir(dir, "program.h"), "w");
	if (!h)
		err(1, "%s/program.h", dir);
	fprintf(h, "#define PROGRAM_BASE 0x%zxUL\n#define PROGRAM_TEXT %zu\n#define PROGRAM_IMAGE %zu\n", base, text, size);
	fprintf(h, "#define PROGRAM_MEMORY %zu\n#define PROGRAM_CODE %zu\n#define PROGRAM_CODE_SIZE %zu\n",
	        (data + load[1]->p_memsz + PAGE - 1) / PAGE * PAGE, code, end - code);
	fprintf(h, "#define PROGRAM_ENTRY 0x%zxUL\n#define PROGRAM_PHDR 0x%zxUL\n#define PROGRAM_PHNUM %d\n",
	        (size_t)head->e_entry, base + head->e_phoff, head->e_phnum);
	if (fclose(h) != 0)
		err(1, "%s/program.h", dir);
	free(memory);
	free(elf);
}

/* The frame (doc/lz4_Frame_format.md of lz4): magic, FLG, BD, content size if FLG says so, header checksum; then a block's
   size, its highest bit set when it is not compressed, and the block; then a size of 0. */
static void block(const char *dir)
{
	size_t n, size;
	unsigned char *frame = slurp(in_dir(dir, "image.lz4"), &n), *want = slurp(in_dir(dir, "image"), &size);
	size_t at = 7;
	uint32_t magic, len, last;
	if (n < 19)
		errx(1, "lz4 wrote no frame");
	memcpy(&magic, frame, 4);
	if (frame[4] & 8)
		at += 8;
	memcpy(&len, frame + at, 4);
	at += 4;
	if (magic != 0x184D2204 || len > n - at - 4)
		errx(1, "lz4 wrote more than one block, or one that is not compressed");
	memcpy(&last, frame + at + len, 4);
	unsigned char *got = malloc(size);
	if (last != 0 || !got || unpack_block(got, size, frame + at, len) < 0 || memcmp(got, want, size) != 0)
		errx(1, "what lz4 packed does not unpack");
	spill(in_dir(dir, "block"), frame + at, len);
	FILE *h = fopen(in_dir(dir, "program.h"), "a");
	if (!h || fprintf(h, "#define PROGRAM_PACKED %u\n#define PROGRAM_BLOCK \"%s/block\"\n", len, dir) < 0 || fclose(h) != 0)
		err(1, "%s/program.h", dir);
	free(got);
	free(want);
	free(frame);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "image") == 0)
		image(argv[2], argv[3]);
	else if (argc == 3 && strcmp(argv[1], "block") == 0)
		block(argv[2]);
	else
		errx(1, "usage: pack image PROGRAM DIR | pack block DIR");
	return 0;
}
