#include "engine/json_words.h"

#include "base/mem.h"

#include <string.h>

void json_words_list(struct json_writer *w, const char *name, const struct strvec *words)
{
	if (!words)
		return;
	json_key(w, name);
	json_begin(w, '[');
	for (size_t i = 0; i < words->n; i++)
		json_str(w, words->items[i]);
	json_end(w, ']');
}

void json_words_map(struct json_writer *w, const char *name, const struct strvec *words)
{
	if (!words)
		return;
	json_key(w, name);
	json_begin(w, '{');
	for (size_t i = 0; i < words->n; i++) {
		const char *word = words->items[i];
		size_t n = strcspn(word, "=");
		CLEANUP_FREE char *key = mem_dup(word, n);
		json_kstr(w, key, word[n] ? word + n + 1 : "");
	}
	json_end(w, '}');
}
