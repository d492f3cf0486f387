#include "dr/licenses.h"

#include <stdio.h>

/* The text of the LICENSE file itself: the permission is word for word the same in all of them. */
__asm__(".pushsection .rodata\n"
	"license_text:\n"
	"\t.incbin \"LICENSE\"\n"
	"\t.byte 0\n"
	".popsection\n");
extern const char license_text[] __attribute__((visibility("hidden")));

void licenses_print(void)
{
	fputs("dr contains the C library musl and the TLS library BearSSL. All three are under the MIT license:\n\n"
	      "dr\n"
	      "  Copyright (c) 2026 The dr authors\n"
	      "musl\n"
	      "  Copyright (c) 2005-2020 Rich Felker, et al.\n"
	      "  Copyright (c) 2011 Valentin Ochs (qsort)\n"
	      "BearSSL\n"
	      "  Copyright (c) 2016 Thomas Pornin <pornin@bolet.org>\n\n", stdout);
	fputs(license_text, stdout);
}
