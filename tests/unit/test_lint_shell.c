/* lint_shell: what a shell takes is never complained of; what is left open is named with its line. */
#include "check.h"
#include "service/lint.h"

static const struct {
	const char *script, *said;   /* NULL: nothing */
} cases[] = {
	{"", NULL},
	{"echo hello\n", NULL},
	{"if true; then echo fi; fi\n", NULL},
	{"if a\nthen\n  while b; do c; done\nelif d; then :\nelse { e; }\nfi\n", NULL},
	{"for x in do done if; do echo $x; done\nfor x do :; done\nfor ((i = 0; i < 3; i++)); do :; done\n", NULL},
	{"case $1 in\n(a|b) if x; then y; fi ;;\ndo) z;;\n*) ;;\nesac\ncase in in in) ;; esac\n", NULL},
	{"case $x in a) echo ')' ;& b) : ;;& c) true; esac; echo\n", NULL},
	{"f() { echo \"${x:-it's}\" '}' \\\" \"\\\"\"; }\nfunction g { :; }\n", NULL},
	{"x=$(case a in a) echo $(echo ')');; esac)\n", NULL},
	{"cat <<EOF; if true; then\nfi done \" ' `\nEOF\n:; fi\ncat <<-'E N'\n\t'\n\tE N\ncat <<< \"$x\"\n", NULL},
	{"a=(if [x]=y do \"$(ls)\" ); a+=(z)\nx=$((1 << 2)); ((x <<= 1)); echo $(( (1) ))\n", NULL},
	{"[[ $a =~ ^[(]x && ( -n $b || $c < d ) ]] || exit\n", NULL},
	{"echo a#b # if \" ' (\necho ${#x} ${x#'}'} $# $'it\\'s' \"$\" $\n", NULL},
	{"echo 2>&1 done; echo \\\nfi; a && ! { b; } & wait\n", NULL},
	{"shopt -s extglob; case $x in !(a|b)) ls @(c|d)*;; esac\ndiff <(a) >(b)\n", NULL},
	{"echo `echo \\`date\\` ')'`\n", NULL},
	{"echo 'a\n\nb\n", "line 1: the quote ' there is never closed"},
	{"a\necho \"b\n", "line 2: the quote \" there is never closed"},
	{"echo `date\n", "line 1: the ` there is never closed"},
	{"if a; then\n  b\n", "line 1: the if there is never ended by fi"},
	{"a\nwhile b\ndo c\n", "line 3: the do there is never ended by done"},
	{"case a in\na) b\n", "line 1: the case there is never ended by esac"},
	{"f() {\n  a\n", "line 1: the { there is never closed"},
	{"a $(b\n", "line 1: the ( there is never closed"},
	{"echo ${x\n", "line 1: the ${ there is never closed"},
	{"[[ a\n", "line 1: the [[ there is never closed"},
	{"if a; then b; done\n", "line 1: there is nothing that this done could end"},
	{"a\nfi\n", "line 2: there is nothing that this fi could end"},
	{"a )\n", "line 1: there is nothing that this ) could end"},
	{"if a; then b; fi\n}\n", "line 2: there is nothing that this } could end"},
};

TEST(what_is_open_and_what_is_not)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf said = {0};
		bool ok = lint_shell(cases[i].script, &said);
		CHECK_STR(buf_cstr(&said), cases[i].said ? cases[i].said : "");
		CHECK_EQ(ok, !cases[i].said);
		buf_free(&said);
	}
}

TEST(deep_nesting_is_given_up)
{
	struct buf script = {0}, said = {0};
	for (int i = 0; i < 1000; i++)
		buf_str(&script, "(");
	lint_shell(buf_cstr(&script), &said);
	buf_free(&script);
	buf_free(&said);
}

CHECK_MAIN
