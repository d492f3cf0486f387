#include "check.h"

#include "archive/ignore.h"

struct example {
	const char *text, *path;
	bool excluded;
};

TEST(patterns)
{
	static const struct example x[] = {
		{"", "a", false}, {"# a\n", "a", false}, {"a", "a", true}, {"a", "b/a", false}, {"a", "a/b/c", true}, {"a\r\nb\r\n", "b", true},
		{"/a", "a", true}, {"a/", "a", true}, {"./a/../b", "b", true}, {"  a  ", "a", true}, {" # a", "# a", true}, {"a b", "a b", true},
		{"*.o", "x.o", true}, {"*.o", "d/x.o", false}, {"**/*.o", "x.o", true}, {"**/*.o", "d/e/x.o", true}, {"d/**/x", "d/x", true},
		{"*", "a", true}, {"*", "a/b", true}, {"**", ".a", true}, {"a?", "ab", true}, {"a?", "a/", false}, {"[ab]", "b", true},
		{"*\n!keep", "keep", false}, {"*\n!keep", "keep/x", false}, {"!keep\n*", "keep", true}, {"d\n!d/k", "d/k", false},
		{"d\n!d/k", "d/n", true}, {"a\n! a", "a", false}, {"*.md\n!R*.md\nR-secret.md", "R-secret.md", true},
		{"*.md\n!R*.md\nR-secret.md", "R.md", false}, {"\xef\xbb\xbf" "a", "a", true}, {"!", "a", false}, {"\n\n\n", "a", false},
		{"**/node_modules", "x/y/node_modules/z", true}, {"..", "a", false}, {".", "a", false},
	};
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		struct ignore ig = {0};
		ignore_parse(&ig, x[i].text);
		if (ignore_excludes(&ig, x[i].path) != x[i].excluded)
			CHECK_FAIL("patterns '%s', path '%s'", x[i].text, x[i].path);
		ignore_free(&ig);
	}
}

TEST(reopens)
{
	struct ignore ig = {0};
	ignore_parse(&ig, "*\n!a/b/c\n!x*\n");
	CHECK(ignore_reopens(&ig, "a"));
	CHECK(ignore_reopens(&ig, "a/b"));
	CHECK(ignore_reopens(&ig, "a/b/c"));
	CHECK(!ignore_reopens(&ig, "a/b/c/d"));
	CHECK(!ignore_reopens(&ig, "a/bb"));
	CHECK(!ignore_reopens(&ig, "b"));
	ignore_add(&ig, "!b/../q/r");
	CHECK(ignore_reopens(&ig, "q"));
	ignore_free(&ig);
}

CHECK_MAIN
