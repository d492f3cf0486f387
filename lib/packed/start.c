/* start.c: what the kernel starts when the file is build/dr on x86-64. It puts the program that is stored behind it in its
   place, and jumps to it. Freestanding: system calls, no libc, no data of its own.

   The program is not a PIE: its addresses, which pack.c writes to program.h, are free, and the kernel's brk begins behind
   this file's own segment, which is linked above them. The auxiliary vector must speak of the program, since musl finds its
   program headers there. No page is ever writable and executable at once. */
#include "program.h"
#include "unpack.h"

#include <elf.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	mov %rsp, %rbx\n"
	"	and $-16, %rsp\n"
	"	call packed_start\n"
	"	mov %rbx, %rsp\n"
	"	xor %edx, %edx\n"
	"	jmp *%rax\n"
	"	.globl packed_block\n"
	"packed_block:\n"
	"	.incbin \"" PROGRAM_BLOCK "\"\n");
extern const unsigned char packed_block[];
uintptr_t packed_start(uintptr_t *stack);

static inline long call6(long nr, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f)
{
	register uintptr_t r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long ret;
	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long call3(long nr, uintptr_t a, uintptr_t b, uintptr_t c)
{
	long ret;
	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
}

#define DIE(text) die(text "\n", sizeof text)

__attribute__((noreturn)) static void die(const char *text, size_t n)
{
	call3(SYS_write, 2, (uintptr_t)text, n);
	for (;;)
		call3(SYS_exit_group, 1, 0, 0);
}

/* Where memory cannot become executable (systemd's MemoryDenyWriteExecute, PR_SET_MDWE), a file's pages still may be. */
static int map_as_file(void)
{
	long fd = call3(SYS_memfd_create, (uintptr_t) "dr", 1 /* MFD_CLOEXEC */, 0);
	if (fd < 0 || call3(SYS_write, (uintptr_t)fd, PROGRAM_BASE, PROGRAM_TEXT) != PROGRAM_TEXT ||
	    call6(SYS_mmap, PROGRAM_BASE, PROGRAM_TEXT, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, (uintptr_t)fd, 0) !=
	        PROGRAM_BASE)
		return -1;
	call3(SYS_close, (uintptr_t)fd, 0, 0);
	return 0;
}

uintptr_t packed_start(uintptr_t *stack)
{
	unsigned char *base = (unsigned char *)PROGRAM_BASE; /* NOLINT(performance-no-int-to-ptr) */
	if (call6(SYS_mmap, PROGRAM_BASE, PROGRAM_MEMORY, PROT_READ | PROT_WRITE,
	          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1UL, 0) != PROGRAM_BASE)
		DIE("dr: there is no memory for the program at its address");
	if (unpack_block(base, PROGRAM_IMAGE, packed_block, PROGRAM_PACKED) < 0)
		DIE("dr: this file is damaged: copy it again");
	unpack_branches(base + PROGRAM_CODE, PROGRAM_CODE_SIZE, 0);
	if (call3(SYS_mprotect, PROGRAM_BASE, PROGRAM_TEXT, PROT_READ | PROT_EXEC) != 0 && map_as_file() < 0)
		DIE("dr: this host forbids making memory executable: use the unpacked program, build/dr.elf, here");
	for (stack += *stack + 2; *stack; stack++) /* argc, argv, NULL; then the environment, NULL */
		;
	for (stack++; *stack != AT_NULL; stack += 2) {
		if (*stack == AT_PHDR)
			stack[1] = PROGRAM_PHDR;
		else if (*stack == AT_PHNUM)
			stack[1] = PROGRAM_PHNUM;
		else if (*stack == AT_ENTRY)
			stack[1] = PROGRAM_ENTRY;
	}
	return PROGRAM_ENTRY;
}
