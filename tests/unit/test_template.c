#include "check.h"

#include "codec/template.h"

static const char container[] =
	"{\"Id\":\"abc123\",\"Name\":\"/web\",\"State\":{\"Status\":\"running\",\"Running\":true,\"Pid\":12,\"ExitCode\":0},"
	"\"Args\":[\"-c\",\"true\"],\"RestartCount\":0,\"ExecIDs\":null,"
	"\"Config\":{\"Env\":[\"A=1\",\"B=two words\"],\"Cmd\":[\"sh\"],\"Entrypoint\":null,\"Labels\":{\"a\":\"1\",\"b.c\":\"x<y\"},"
	"\"Volumes\":null,\"ExposedPorts\":{\"80/tcp\":{}},\"Healthcheck\":{\"Test\":[\"NONE\"],\"Interval\":90000000000}},"
	"\"HostConfig\":{\"Dns\":null,\"CpuShares\":5,\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{}},\"OomKillDisable\":null,"
	"\"Memory\":67108864},"
	"\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/a\",\"RW\":true},{\"Type\":\"bind\",\"Source\":\"/b\",\"RW\":false}],"
	"\"NetworkSettings\":{\"Ports\":{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}]},"
	"\"Networks\":{\"bridge\":{\"IPAddress\":\"172.17.0.2\"},\"other\":{\"IPAddress\":\"10.0.0.2\"}}}}";

struct sample {
	const char *template, *want;  /* want begins with '!': an error that has this in it */
};

static void check_all(const char *json, enum template_kind kind, const struct sample *s, size_t n)
{
	struct err e = {0};
	struct json *doc = json_parse(json, strlen(json), &e);
	CHECK(doc != NULL);
	for (size_t i = 0; i < n; i++) {
		struct buf out = {0};
		struct template *t = template_parse(s[i].template, &e);
		int rc = t ? template_run(t, doc, kind, &out, &e) : -1;
		template_free(t);
		const char *got = rc < 0 ? e.msg : buf_cstr(&out);
		bool good = *s[i].want == '!' ? rc < 0 && strstr(e.msg, s[i].want + 1) && strstr(e.msg, "template parsing error: ") :
			rc == 0 && strcmp(got, s[i].want) == 0;
		if (!good)
			fprintf(stderr, "%s: got \"%s\"\n", s[i].template, got);
		CHECK_STR(good ? s[i].want : got, s[i].want);
		buf_free(&out);
	}
	json_free(doc);
}

#define CHECK_ALL(json, kind, ...) \
	do { \
		static const struct sample samples[] = {__VA_ARGS__}; \
		check_all(json, kind, samples, sizeof samples / sizeof *samples); \
	} while (0)

TEST(fields)
{
	CHECK_ALL(container, TEMPLATE_GO, {"", ""}, {"plain } text {", "plain } text {"}, {"{{.Name}}", "/web"},
		{"{{.ID}}", "abc123"}, {"{{.State.Status}} {{.State.Pid}}", "running 12"}, {"{{$.Name}}", "/web"},
		{"{{ .State.Running }}", "true"}, {"{{.HostConfig.CPUShares}}", "5"}, {"{{(.State).Pid}}", "12"},
		{"{{.Config.Labels.a}}", "1"}, {"{{.Config.Labels.none}}", "<no value>"},
		{"{{.NetworkSettings.Networks.bridge.IPAddress}}", "172.17.0.2"},
		{"{{.NetworkSettings.Networks.none.IPAddress}}", "<no value>"}, {"{{.Nope}}", "!.Nope"},
		{"{{.id}}", "!id"}, {"{{.Id}}", "!Id"}, {"{{.Name.More}}", "!More"}, {"{{.State.Health}}", "<nil>"},
		{"{{.State.Health.Status}}", "!nil pointer"});
}

TEST(values)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{.Args}}", "[-c true]"}, {"{{.Config.Labels}}", "map[a:1 b.c:x<y]"},
		{"{{.Config.Entrypoint}}", "[]"}, {"{{.Config.Volumes}}", "map[]"}, {"{{.ExecIDs}}", "[]"},
		{"{{.HostConfig.OomKillDisable}}", "<nil>"}, {"{{.HostConfig.LogConfig}}", "{json-file map[]}"},
		{"{{.Config.Healthcheck.Interval}}", "1m30s"}, {"{{.State}}", "{running true 12 0}"},
		{"{{.Config.ExposedPorts}}", "map[80/tcp:{}]"}, {"{{.Mounts}}", "[{bind /a true} {bind /b false}]"},
		{"{{json .Mounts}}", "[{\"Type\":\"bind\",\"Source\":\"/a\",\"RW\":true},{\"Type\":\"bind\",\"Source\":\"/b\",\"RW\":false}]"},
		{"{{json .Config.Labels}}", "{\"a\":\"1\",\"b.c\":\"x<y\"}"}, {"{{json .State.Health}}", "null"});
}

TEST(raw)
{
	CHECK_ALL(container, TEMPLATE_RAW, {"{{.Id}}", "abc123"}, {"{{.ID}}", "!no entry for key \"ID\""},
		{"{{.State}}", "map[Status:running Running:true Pid:12 ExitCode:0]"}, {"{{.HostConfig.Dns}}", "<no value>"},
		{"{{.HostConfig.Dns.X}}", "!nil data"}, {"{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", "8080"},
		{"{{index .NetworkSettings.Ports \"80/tcp\" 0}}", "map[HostIp:0.0.0.0 HostPort:8080]"},
		{"{{index .NetworkSettings.Ports \"none\"}}", "<no value>"});
}

TEST(functions)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{index .Args 1}}", "true"}, {"{{index .Config.Labels \"b.c\"}}", "x<y"},
		{"{{index .Config.Labels \"zz\"}}|", "|"}, {"{{index .Args 2}}", "!out of range"},
		{"{{index .NetworkSettings.Ports \"80/tcp\" 0}}", "!nat.Port"}, {"{{index .NetworkSettings.Networks \"none\"}}", "<nil>"},
		{"{{(index .Mounts 1).Source}}", "/b"}, {"{{len .Args}} {{len .Name}} {{len .Config.Labels}}", "2 4 2"},
		{"{{len .ExecIDs}}", "0"}, {"{{len 3}}", "!len"}, {"{{slice .Name 1}}", "web"}, {"{{slice .Name 1 3}}", "we"},
		{"{{slice .Args 1}}", "[true]"}, {"{{slice .Name 9}}", "!out of range"}, {"{{join .Args \" / \"}}", "-c / true"},
		{"{{join .Config.Entrypoint \",\"}}", ""}, {"{{join .Name \",\"}}", "!join"}, {"{{upper .Name}}", "/WEB"},
		{"{{.Name | upper | lower}}", "/web"}, {"{{title \"two words\"}}", "Two Words"},
		{"{{split \"a:b:c\" \":\"}}", "[a b c]"}, {"{{index (split .Name \"/\") 1}}", "web"},
		{"{{range split \"a,b\" \",\"}}<{{.}}>{{end}}", "<a><b>"}, {"{{pad .Name 1 2}}|", " /web  |"}, {"{{pad \"\" 1 2}}|", "|"},
		{"{{truncate .Name 2}}", "/w"}, {"{{truncate .Name 20}}", "/web"}, {"{{upper 3}}", "!upper"},
		{"{{print 1 2 \"a\" \"b\" 3}}", "1 2ab3"}, {"{{println 1 \"a\"}}", "1 a\n"}, {"{{print}}", ""},
		{"{{json .Name}}", "\"/web\""}, {"{{nope .Name}}", "!function \"nope\" not defined"}, {"{{split .Name}}", "!args"});
}

TEST(printf)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{printf \"%s is %s\" .Name .State.Status}}", "/web is running"},
		{"{{printf \"%d|%5d|%-5d|%05d|%+d\" 12 12 12 12 12}}", "12|   12|12   |00012|+12"},
		{"{{printf \"%6s|%-6s|%.2s\" .Name .Name .Name}}", "  /web|/web  |/w"}, {"{{printf \"%q\" \"a\\\"b\\n\"}}", "\"a\\\"b\\n\""},
		{"{{printf \"%v %v %v\" .State.Running .State.Pid .Args}}", "true 12 [-c true]"}, {"{{printf \"%t\" true}}", "true"},
		{"{{printf \"%x %X %o\" 255 255 8}}", "ff FF 10"}, {"{{printf \"%x\" \"az\"}}", "617a"}, {"{{printf \"100%%\"}}", "100%"},
		{"{{printf \"%d\" \"x\"}}", "%!d(string=x)"}, {"{{printf \"%s\" 5}}", "%!s(int=5)"}, {"{{printf \"%s\"}}", "%!s(MISSING)"},
		{"{{printf \"a\" 5}}", "a%!(EXTRA int=5)"}, {"{{printf \"%c\" 'A'}}", "A"}, {"{{printf \"%*d\" 4 7}}", "   7"},
		{"{{.Name | printf \"%s-%s\" \"x\"}}", "x-/web"}, {"{{printf \"%.0s%d\" .Name 1}}", "1"}, {"{{printf \"%[\" 1}}", "%![(int=1)"});
}

/* Names that stand in the table of names, but are none. */
TEST(names_with_blanks)
{
	CHECK_ALL("{\" \":null,\" Health*\":null,\"* ExecIDs\":null}", TEMPLATE_GO, {"{{.}}", "{<nil> <nil> <nil>}"});
}

TEST(printf_of_sizes_beyond_limits)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{printf \"%*d\" 1000001 7}}", "%!(BADWIDTH)7"}, {"{{printf \"%*d\" -2147483648 7}}", "%!(BADWIDTH)7"},
		{"{{printf \"%*d|%-3d|\" -3 7 7}}", "7  |7  |"}, {"{{printf \"%*d\" .Name 7}}", "%!(BADWIDTH)7"},
		{"{{printf \"%.*f\" 2147483647 1.5}}", "%!(BADPREC)1.500000"}, {"{{printf \"%.*s\" -1 .Name}}", "/web"},
		{"{{printf \"%.*s|%.1s|%.0s|\" 2 \"\u00e9\u00e9\u00e9\" \"\u00e9a\" \"\u00e9\"}}", "\u00e9\u00e9|\u00e9||"});
}

TEST(long_texts_and_paths)
{
	struct err e = {0};
	struct buf text = {0}, out = {0};
	buf_str(&text, "{{printf \"%.5s\" `");
	for (int i = 0; i < 1 << 20; i++)
		buf_byte(&text, 'x');
	buf_str(&text, "`}}");
	struct template *t = template_parse(buf_cstr(&text), &e);
	CHECK(t && template_run(t, NULL, TEMPLATE_GO, &out, &e) == 0);
	CHECK_STR(buf_cstr(&out), "xxxxx");
	template_free(t);
	buf_reset(&text);
	buf_str(&text, "{{");
	for (int i = 0; i < 1 << 20; i++)
		buf_str(&text, ".A");
	buf_str(&text, "}}");
	CHECK(!template_parse(buf_cstr(&text), &e) && strstr(e.msg, "too deeply nested"));
	buf_free(&text);
	buf_free(&out);
}

TEST(printf_of_lists_and_types)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{printf \"%q %d\" .Args .Args}}", "[\"-c\" \"true\"] [%!d(string=-c) %!d(string=true)]"},
		{"{{printf \"%#v %#v\" .Args .Name}}", "[]string{\"-c\", \"true\"} \"/web\""},
		{"{{printf \"%q %x\" .Config.Labels \"az\"}}", "map[\"a\":\"1\" \"b.c\":\"x<y\"] 617a"}, {"{{printf \"%4v\" .Args}}", "[  -c true]"},
		{"{{printf \"%T %T %T %T %T\" 1 1.5 .Name true .Args}}", "int float64 string bool []string"},
		{"{{printf \"%+v\" .HostConfig.LogConfig}}", "{Type:json-file Config:map[]}"}, {"{{printf \"%s|%v\" nil nil}}", "%!s(<nil>)|<nil>"},
		{"{{printf \"%[2]s %[1]s\" \"a\" \"b\"}}", "b a"}, {"{{printf \"%[9]s\" 1}}", "%!s(BADINDEX)"},
		{"{{printf \"%#x|% x|%#X|%b|%#o|%U|%q\" 255 \"ab\" 10 5 8 65 65}}", "0xff|61 62|0XA|101|010|U+0041|'A'"},
		{"{{printf \"% d|%+06d|%-6x|%06d\" 5 42 255 -42}}", " 5|+00042|ff    |-00042"},
		{"{{printf \"%d\" .Config.Healthcheck.Interval}}", "90000000000"});
}

TEST(numbers)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{1.50}} {{2.0}} {{1e3}} {{.5}} {{1e21}} {{1e-7}} {{-0.0}}", "1.5 2 1000 0.5 1e+21 1e-07 -0"},
		{"{{100000.0}} {{1000000.0}} {{0.0001}} {{0.00001}} {{123456.75}}", "100000 1e+06 0.0001 1e-05 123456.75"},
		{"{{0b101}} {{0o17}} {{017}} {{0xFF}} {{1_000}} {{+3}}", "5 15 15 255 1000 3"}, {"{{\"\\101\"}}", "A"},
		{"{{printf \"%.2f %.0f %.1f %f\" 99.999 2.5 0.04 1.5}}", "100.00 2 0.0 1.500000"},
		{"{{printf \"%e %.1e %.3g %g %G\" 1500.0 9.99 1234567.0 0.5 1e-7}}", "1.500000e+03 1.0e+01 1.23e+06 0.5 1E-07"},
		{"{{printf \"%+.1f|%08.2f|%-7.1f|\" 2.0 -1.5 1.5}}", "+2.0|-0001.50|1.5    |"}, {"{{printf \"%d\" 1.5}}", "%!d(float64=1.5)"},
		{"{{eq 1.50 1.5}} {{lt -1.5 -1.25}} {{gt 10.0 9.9}} {{lt 0.0 1.0}} {{eq 0.0 -0.0}}", "true true true true true"},
		{"{{eq 1 1.0}}", "!incompatible"}, {"{{1.2.3}}", "!number"}, {"{{1e}}", "!number"}, {"{{0b2}}", "!number"}, {"{{0x}}", "!number"},
		{"{{12ab}}", "!number"}, {"{{9223372036854775808}}", "!number"}, {"{{9223372036854775807}}", "9223372036854775807"});
}

TEST(definitions)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{define \"x\"}}<{{.}}>{{end}}{{template \"x\" .Name}}{{template \"x\"}}", "</web><<no value>>"},
		{"{{block \"b\" .Name}}[{{.}}{{$}}]{{end}}{{template \"b\" 1}}", "[/web/web][11]"},
		{"{{template \"r\" \"abc\"}}{{define \"r\"}}{{if .}}x{{template \"r\" (slice . 1)}}{{end}}{{end}}", "xxx"},
		{"{{template \"none\"}}", "!not defined"}, {"{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}", "!deeply"},
		{"{{define \"a\"}}", "!end"}, {"{{define \"a\"}}{{else}}{{end}}", "!expected end"}, {"{{define a}}{{end}}", "!quoted"},
		{"{{template}}", "!quoted"}, {"{{block \"a\"}}{{end}}", "!missing value"}, {"{{if 1}}{{define \"a\"}}{{end}}{{end}}", "!define"},
		{"{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}", "!multiple"}, {"{{$x := 1}}{{block \"a\" $x}}{{$x}}{{end}}", "!undefined"},
		{"{{range .Args}}{{block \"a\" .}}{{break}}{{end}}{{end}}", "!range"}, {"{{break}}", "!range"},
		{"{{range .Args}}x{{else}}{{continue}}{{end}}", "!range"}, {"{{range $a, $b, $c := .Args}}{{end}}", "!declarations"},
		{"{{$a, $b := .Args}}", "!declarations"}, {"{{nil}}", "!nil"}, {"{{.Name | 1}}", "!non executable"}, {"{{$x = 1}}", "!undefined"});
}

TEST(escapes)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{html \"<a b='c'>&\\\"\"}}", "&lt;a b=&#39;c&#39;&gt;&amp;&#34;"}, {"{{html nil}}", "&lt;no value&gt;"},
		{"{{js \"it's <\\\"\\n=&\"}}", "it\\'s \\u003C\\\"\\u000A\\u003D\\u0026"}, {"{{urlquery \"a b&\\u00e9/~\" 1}}", "a+b%26%C3%A9%2F~1"},
		{"{{.Name | html | urlquery}}", "%2Fweb"}, {"{{html 1 2}}{{js}}", "1 2"}, {"{{call .Name}}", "!call"}, {"{{slice .Args 0 1 2}}", "[-c]"},
		{"{{slice .Name 0 1 2}}", "!slice"});
}

TEST(comparisons)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{eq .State.Pid 12}}", "true"}, {"{{eq .Name \"a\" \"/web\"}}", "true"},
		{"{{ne .Name \"a\"}}", "true"}, {"{{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 1 2}}", "true true false false"},
		{"{{lt \"a\" \"b\"}}", "true"}, {"{{eq .Name 3}}", "!incompatible"}, {"{{eq .State.Running true}}", "true"},
		{"{{not .State.Running}}", "false"}, {"{{and .State.Running .Name}}", "/web"}, {"{{or .State.ExitCode \"x\"}}", "x"},
		{"{{and false .Nope}}", "false"}, {"{{or true .Nope}}", "true"}, {"{{not (eq 1 -1)}}", "true"}, {"{{eq 0x10 16}}", "true"});
}

TEST(branches)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{if .State.Running}}up{{else}}down{{end}}", "up"},
		{"{{if .State.ExitCode}}bad{{else if eq .Name \"/web\"}}web{{else}}x{{end}}", "web"},
		{"{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}", "none"}, {"{{if .ExecIDs}}x{{end}}", ""},
		{"{{with .Config}}{{len .Env}}{{end}}", "2"}, {"{{with .ExecIDs}}x{{else}}no {{.Name}}{{end}}", "no /web"},
		{"{{with $x := .Name}}{{$x}}{{end}}", "/web"},
		{"{{with .ExecIDs}}a{{else with .Name}}b{{.}}{{else}}c{{end}}", "b/web"}, {"{{if and .Name (gt .State.Pid 1)}}y{{end}}", "y"},
		{"{{if .Name}}", "!end"}, {"{{end}}", "!unexpected"}, {"{{else}}", "!unexpected"}, {"{{if}}x{{end}}", "!missing value"});
}

TEST(ranges)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{range .Mounts}}{{.Source}} {{end}}", "/a /b "},
		{"{{range $i, $m := .Mounts}}{{$i}}={{$m.Source}};{{end}}", "0=/a;1=/b;"},
		{"{{range $k, $v := .NetworkSettings.Networks}}{{$k}}:{{$v.IPAddress}} {{end}}", "bridge:172.17.0.2 other:10.0.0.2 "},
		{"{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "172.17.0.210.0.0.2"},
		{"{{range $p, $b := .NetworkSettings.Ports}}{{$p}} -> {{(index $b 0).HostPort}}{{end}}", "80/tcp -> 8080"},
		{"{{range .ExecIDs}}x{{else}}empty{{end}}", "empty"}, {"{{range $e := .Config.Env}}{{println $e}}{{end}}", "A=1\nB=two words\n"},
		{"{{range .Args}}{{.}}{{break}}{{end}}", "-c"}, {"{{range .Args}}{{if eq . \"-c\"}}{{continue}}{{end}}{{.}}{{end}}", "true"},
		{"{{range .Args}}{{$.Name}}{{end}}", "/web/web"}, {"{{range .State}}x{{end}}", "!range"}, {"{{range .Name}}x{{end}}", "!range"});
}

TEST(variables_and_spelling)
{
	CHECK_ALL(container, TEMPLATE_GO, {"{{$n := .Name}}{{$n}}{{$n = \"x\"}}{{$n}}", "/webx"},
		{"{{$n := 1}}{{if true}}{{$n = 2}}{{end}}{{$n}}", "2"}, {"{{$none}}", "!undefined variable"},
		{"{{if false}}{{$none}}{{end}}", "!undefined variable"}, {"{{if 1}}{{$a := 1}}{{end}}{{$a}}", "!undefined variable"},
		{"{{range $i, $e := .Args}}{{$i}}{{end}}{{$i}}", "!undefined variable"}, {"{{with $x := 1}}{{else}}{{$x}}{{end}}", ""},
		{"a {{- .Name -}} b", "a/webb"}, {"a {{- /* a comment */ -}} b", "ab"}, {"a{{/* c */}}b", "ab"}, {"{{\"{{\"}}", "{{"},
		{"{{`raw\\n`}}", "raw\\n"}, {"{{\"\\u00e9\\x41\\t\"}}", "\xc3\xa9" "A\t"}, {"{{'a'}}", "97"}, {"{{-3}}", "-3"}, {"{{true}}", "true"},
		{"{{.Name", "!unclosed"}, {"{{.Name | }}", "!missing value"}, {"{{\"abc}}", "!unterminated"}, {"{{/* x }}", "!comment"}, {"{{)}}", "!unexpected"},
		{"{{(.Name}}", "!unexpected"}, {"{{.Name \"x\"}}", "!cannot be invoked"});
}

TEST(rows)
{
	static const char row[] = "{\"ID\":\"abc\",\"Labels\":\"a.b=1\",\"Names\":\"<none>\",\"Label\":{\"a.b\":\"1\"}}";
	CHECK_ALL(row, TEMPLATE_ROW, {"{{.ID}} {{.Label \"a.b\"}}|{{.Label \"x\"}}", "abc 1|"}, {"{{.Nope}}", "!Nope"},
		{"{{json .}}", "{\"ID\":\"abc\",\"Labels\":\"a.b=1\",\"Names\":\"\\u003cnone\\u003e\"}"}, {"{{json .Names}}", "\"<none>\""},
		{"{{.Label \"a.b\" | printf \"%s!\"}}", "1!"}, {"{{.Label}}", "!Label"});
	CHECK_ALL("{\"ID\":\"CONTAINER ID\"}", TEMPLATE_HEADER, {"{{.ID}}", "CONTAINER ID"}, {"{{lower .ID}} {{json .ID}}",
		"CONTAINER ID CONTAINER ID"}, {"{{truncate .ID 3}}", "CONTAINER ID"}, {"{{.Nope}}", "<no value>"},
		{"{{.Label \"org.my-own_label\"}}", "my own label"});
}

TEST(depth_is_bounded)
{
	struct err e = {0};
	char text[4096] = "{{";
	memset(text + 2, '(', sizeof text - 3);
	CHECK(template_parse(text, &e) == NULL);
	CHECK_HAS(e.msg, "deeply");
	for (size_t i = 0; i + 8 < sizeof text; i += 8)
		memcpy(text + i, "{{if 1}}", 8);
	CHECK(template_parse(text, &e) == NULL);
}

TEST(uses)
{
	struct err e = {0};
	struct template *t = template_parse("{{if .ID}}{{range .X}}{{lower (pad .Size 1 1)}}{{end}}{{end}}", &e);
	CHECK(t != NULL);
	CHECK(template_uses(t, "Size"));
	CHECK(!template_uses(t, "Names"));
	template_free(t);
}

CHECK_MAIN
