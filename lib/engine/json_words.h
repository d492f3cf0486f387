/*
 * json_words: lists of words as the JSON that the Engine API wants. A NULL list leaves key and value out.
 */
#ifndef ENGINE_JSON_WORDS_H
#define ENGINE_JSON_WORDS_H

#include "base/vec.h"
#include "codec/json_write.h"

/* "name": ["word", ...] */
void json_words_list(struct json_writer *w, const char *name, const struct strvec *words);

/* "name": {"key": "value", ...} from "key=value" words; a word without '=' has the value "". */
void json_words_map(struct json_writer *w, const char *name, const struct strvec *words);

#endif
