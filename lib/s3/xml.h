/*
 * xml: the few elements of S3's answers that matter, found by name. No XML parser: no attributes, comments or CDATA,
 * which S3 does not send; what is not found is absent.
 */
#ifndef S3_XML_H
#define S3_XML_H

#include <stdbool.h>

/* The text of the first element <tag> before `end` (NULL: anywhere behind xml), entities resolved; the caller's, or NULL. */
char *xml_text(const char *xml, const char *end, const char *tag);

/* The inside of the next element <tag> behind *at (borrowed), with *end at its closing tag and *at behind it; or NULL. */
const char *xml_next(const char **at, const char *tag, const char **end);

#endif
