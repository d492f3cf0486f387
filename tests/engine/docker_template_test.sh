#!/bin/bash
# Templates: what Go's text/template and the docker CLI's functions make of --format, the same in dr's docker and in Debian's
# on the same engine, errors and their exit codes too. Not compared: Go structs printed whole, whose order only Go knows.
. tests/lib.sh
. tests/engine/docker_diff.sh

oneTimeSetUp() {
	diff_world || exit 1
}

suite_tear_down() {
	engine_down "$DIFF_ENGINE"
}

test_definitions() {
	same_lines <<-'END'
		inspect -f '{{define "x"}}<{{.}}>{{end}}{{template "x" .Name}}' c1
		inspect -f '{{define "x"}}<{{.}}>{{end}}{{template "x"}}' c1
		inspect -f '{{template "nosuch"}}' c1
		inspect -f '{{if false}}{{template "nosuch"}}{{end}}ok' c1
		inspect -f '{{block "b" .Name}}[{{.}}]{{end}}' c1
		inspect -f '{{block "b" .Name}}[{{.}}]{{end}}{{template "b" .Id}}' c1
		inspect -f '{{define "r"}}{{if .}}x{{template "r" (slice . 1)}}{{end}}{{end}}{{template "r" "abc"}}' c1
		inspect -f '{{define "a"}}A{{end}}{{define "a"}}B{{end}}{{template "a"}}' c1
		inspect -f '{{define "v"}}{{$}}{{end}}{{$x := 1}}{{template "v" $x}}' c1
		inspect -f '{{define "v"}}{{$x}}{{end}}{{$x := 1}}{{template "v" $x}}' c1
		inspect -f '{{define x}}{{end}}' c1
		inspect -f '{{define "x"}}' c1
		inspect -f '{{if true}}{{define "x"}}{{end}}{{end}}' c1
		inspect -f '{{template "x" 1 2}}{{define "x"}}{{.}}{{end}}' c1
		inspect -f '{{template x}}' c1
		inspect -f '{{template}}' c1
		inspect -f '{{define "a"}}{{range .}}[{{.}}]{{end}}{{end}}{{define "b"}}{{template "a" .Args}}{{end}}{{template "b" .}}' c1
		inspect -f '{{block "a" .}}1{{end}}{{define "a"}}2{{end}}' c1
		inspect -f '{{template "a" .}}{{define "a" -}}  x  {{- end}}' c1
		inspect -f '{{define "a"}}{{template "a"}}{{end}}{{template "a"}}' c1
		inspect -f '{{define "a"}}{{break}}{{end}}{{range .Args}}{{template "a"}}{{end}}' c1
		inspect -f '{{range .Args}}{{block "a" .}}{{break}}{{end}}{{end}}' c1
		inspect -f '{{define "a"}}{{else}}{{end}}' c1
		inspect -f '{{block "a"}}{{end}}' c1
		inspect -f '{{define "a" 1}}{{end}}' c1
		inspect -f '{{define}}{{end}}' c1
		inspect -f '{{block}}{{end}}' c1
		inspect -f '{{$x := 1}}{{block "a" $x}}{{.}}{{$}}{{end}}' c1
		inspect -f '{{$x := 1}}{{block "a" $x}}{{$x}}{{end}}' c1
	END
}

test_actions() {
	same_lines <<-'END'
		inspect -f '{{range .Args}}{{if eq . "-c"}}{{continue}}{{end}}{{.}};{{end}}' c1
		inspect -f '{{range .Args}}{{if eq . "-c"}}{{break}}{{end}}{{.}};{{end}}' c1
		inspect -f '{{range $i, $a := .Args}}{{if eq $i 1}}{{break}}{{end}}{{$a}}{{else}}none{{end}}' c1
		inspect -f '{{break}}' c1
		inspect -f '{{if true}}{{continue}}{{end}}' c1
		inspect -f '{{range .Args}}{{break 1}}{{end}}' c1
		inspect -f '{{range 3}}{{.}}{{end}}' c1
		inspect -f '{{range $i := 3}}{{$i}}{{end}}' c1
		inspect -f '{{range "abc"}}{{.}}{{end}}' c1
		inspect -f '{{range nil}}{{.}}{{end}}' c1
		inspect -f '{{range .HostConfig.Links}}x{{else}}none{{end}}' c1
		inspect -f '{{range $k, $v := .Config.Labels}}{{$k}}{{end}}{{range $v := .Config.Labels}}{{$v}}{{end}}' c1
		inspect -f '{{range $a, $b, $c := .Args}}{{end}}' c1
		inspect -f '{{range $i, $e := .Args}}{{$i}}{{$e}}{{end}}{{$i}}' c1
		inspect -f 'x  {{- .Name -}}  y' c1
		inspect -f 'x  {{-  .Name}}  y' c1
		inspect -f 'x  {{-3}}  y' c1
		inspect -f 'x  {{- 3 -}}  y' c1
		inspect -f 'x  {{/* a */ -}}  y' c1
		inspect -f 'x  {{- /* a */ -}}  y' c1
		inspect -f 'x  {{- /* a */}}  y' c1
		inspect -f '{{/* a }} b */}}c' c1
		inspect -f '{{/* a' c1
		inspect -f '{{/* a */ }}' c1
		inspect -f '{{with .Config.Domainname}}a{{else}}b{{.Name}}{{end}}' c1
		inspect -f '{{with $x := .Name}}{{$x}}{{.}}{{end}}' c1
		inspect -f '{{with $x := .Name}}{{end}}{{$x}}' c1
		inspect -f '{{if $x := .Name}}{{$x}}{{else if $y := .Id}}{{$x}}{{$y}}{{else}}{{end}}' c1
		inspect -f '{{if .Config.Tty}}a{{else if .Name}}b{{else}}c{{end}}' c1
		inspect -f '{{if}}a{{end}}' c1
		inspect -f '{{if .Name}}a{{else}}b{{else}}c{{end}}' c1
		inspect -f '{{else}}' c1
		inspect -f '{{$x := 1}}{{$x = 2}}{{$x}}' c1
		inspect -f '{{$x := 1}}{{if true}}{{$x = 3}}{{end}}{{$x}}' c1
		inspect -f '{{$x := 1}}{{if true}}{{$x := 3}}{{end}}{{$x}}' c1
		inspect -f '{{$x = 1}}' c1
		inspect -f '{{$x := .}}{{$x.Name}} {{$x.State.Status}} {{$.Name}}' c1
		inspect -f '{{1.50}} {{2.0}} {{1e21}} {{1e-7}} {{-0.0}}' c1
		inspect -f '{{end}}' c1
		inspect -f '{{if .Name}}' c1
		inspect -f '{{range .Args}}' c1
		inspect -f '{{$.Name}}' c1
		inspect -f '{{range .Args}}x{{else}}{{break}}{{end}}' c1
		inspect -f '{{range $i, $x := .Args}}{{$x = "z"}}{{$x}}{{end}}' c1
		inspect -f '{{$a, $b := .Args}}' c1
		inspect -f '{{if $a, $b := .Args}}{{end}}' c1
		inspect -f '{{$x}}' c1
		inspect -f '{{range $i, $e := .Config.Labels}}{{$i}}={{$e}}{{end}}' c1
		inspect -f '{{$i := 5}}{{range $i, $e := .Args}}{{$i}}{{end}}{{$i}}' c1
		inspect -f '{{$i := 5}}{{range $i = .Args}}{{end}}{{$i}}' c1
		inspect -f '{{with $x := 5}}{{with $y := 6}}{{$x}}{{$y}}{{end}}{{end}}' c1
		inspect -f '{{--1}}' c1
		inspect -f '{{9223372036854775807}} {{-9223372036854775807}}' c1
		inspect -f '{{if .Nope}}{{end}}' c1
	END
}

test_syntax() {
	same_lines <<-'END'
		inspect -f '{{.Name | html | urlquery | js}}' c1
		inspect -f '{{(.Name)}} {{(index .Args 0 | upper)}} {{((.Name))}}' c1
		inspect -f '{{(.State).Status}} {{(index .Args 0).Foo}}' c1
		inspect -f '{{nil}}' c1
		inspect -f '{{.Name | nil}}' c1
		inspect -f '{{1 | 2}}' c1
		inspect -f '{{.Name "x"}}' c1
		inspect -f '{{"x" .Name}}' c1
		inspect -f '{{}}' c1
		inspect -f '{{ }}' c1
		inspect -f '{{|}}' c1
		inspect -f '{{.Name | | upper}}' c1
		inspect -f '{{.Name,}}' c1
		inspect -f '{{.Name)}}' c1
		inspect -f '{{(.Name}}' c1
		inspect -f '{{"abc}}' c1
		inspect -f '{{`abc}}' c1
		inspect -f "{{'a'}} {{'é'}} {{'\\n'}}" c1
		inspect -f "{{'ab'}}" c1
		inspect -f '{{0x10}} {{010}} {{0b11}} {{0o17}} {{1_000}} {{1e3}} {{1.5}} {{.5}} {{+3}}' c1
		inspect -f '{{12abc}}' c1
		inspect -f '{{99999999999999999999}}' c1
		inspect -f '{{"\x41\u00e9\t\101"}}' c1
		inspect -f '{{"\q"}}' c1
		inspect -f '{{.Name}' c1
		inspect -f '{{.Name}}}}' c1
		inspect -f '}}{{.Name}}' c1
		inspect -f '{{.Foo.Bar}}' c1
		inspect -f '{{.State.Foo}}' c1
		inspect -f '{{..Name}}' c1
		inspect -f '{{.Name.}}' c1
		inspect -f '{{.1}}' c1
		inspect -f '{{.Name}}{{"{{"}}' c1
		inspect -f '{{"abc" | slice}} {{1 | slice "abc"}}' c1
		inspect -f '{{.Name | eq "/c1"}} {{.Name | ne "/c1" }}' c1
		inspect -f '{{"\u00e9\U0001F600\x00"}}' c1
		inspect -f '{{"\400"}}' c1
		inspect -f '{{"\18"}}' c1
		inspect -f '{{0b2}}' c1
		inspect -f '{{08}}' c1
		inspect -f '{{0x}}' c1
		inspect -f '{{1.2.3}}' c1
		inspect -f '{{1e}}' c1
		inspect -f '{{+}}' c1
	END
}

test_functions() {
	same_lines <<-'END'
		inspect -f '{{html "<a href=\"x\">&'"'"'\u0000"}}' c1
		inspect -f '{{html .Name "<" 1}}' c1
		inspect -f '{{js "it'"'"'s <\"\\> \n\t & = é"}}' c1
		inspect -f '{{urlquery "a b&c=é/~"}}' c1
		inspect -f '{{urlquery 1 "x" true}}' c1
		inspect -f '{{html}}' c1
		inspect -f '{{html .Config.Env}}' c1
		inspect -f '{{html nil}}' c1
		inspect -f '{{call .Name}}' c1
		inspect -f '{{call}}' c1
		inspect -f '{{call nil}}' c1
		inspect -f '{{slice "abcdef" 1 3}} {{slice "abc"}} {{slice "abc" 3}}' c1
		inspect -f '{{slice "abc" 2 1}}' c1
		inspect -f '{{slice "abc" -1}}' c1
		inspect -f '{{slice "abc" 1 2 3}}' c1
		inspect -f '{{slice .Args 0 1}} {{slice .Args 1}} {{slice .Args 0 1 2}}' c1
		inspect -f '{{slice .Config.Labels 0}}' c1
		inspect -f '{{slice 1 0}}' c1
		inspect -f '{{slice .Args "a"}}' c1
		inspect -f '{{"abc" | len}} {{len "é"}} {{len .Args}}' c1
		inspect -f '{{len 3}}' c1
		inspect -f '{{len nil}}' c1
		inspect -f '{{len}}' c1
		inspect -f '{{print}}|{{println}}|{{print "a" "b"}}|{{print 1 "b"}}|{{print 1 2}}|{{println "a" 1}}' c1
		inspect -f '{{print nil}} {{print true nil}}' c1
		inspect -f '{{upper}}' c1
		inspect -f '{{upper 1}}' c1
		inspect -f '{{upper "a" "b"}}' c1
		inspect -f '{{html .State.Health}}' c1
		inspect -f '{{index .Args -1}}' c1
		inspect -f '{{index .Args "a"}}' c1
		inspect -f '{{index .Args 1.0}}' c1
		inspect -f '{{index nil 1}}' c1
		inspect -f '{{index 1 1}}' c1
		inspect -f '{{json .HostConfig.LogConfig}} {{json .Mounts}}' c2
		inspect -f '{{json (slice .Args 1)}} {{json (split "a,b" ",")}} {{json (len .Args)}}' c1
		inspect -f '{{split "a,b" ","}} {{split "" ","}}| {{split "abc" ""}} {{join (split "a b" " ") ""}}' c1
		inspect -f '{{join .Config.Env}}' c1
		inspect -f '{{join "abc" ","}}' c1
		inspect -f '{{join .Config.Labels ","}}' c1
		inspect -f '{{pad "x" 0 0}}|{{pad "x" 2 0}}|{{truncate "é" 1}}|{{truncate "abc" 0}}|' c1
		inspect -f '{{pad 1 2 3}}' c1
		inspect -f '{{truncate "abc"}}' c1
		inspect -f '{{print 1.5 2 "a" "b" 3}} {{println 1.5 nil}}' c1
	END
}

test_comparisons() {
	same_lines <<-'END'
		inspect -f '{{eq 1 1.0}}' c1
		inspect -f '{{eq 1.5 1.5}} {{lt 1.5 2.5}}' c1
		inspect -f '{{eq 1 "1"}}' c1
		inspect -f '{{eq true true}} {{eq true false}} {{ne "a" "b"}}' c1
		inspect -f '{{lt true false}}' c1
		inspect -f '{{lt "a" "b"}} {{le "b" "a"}} {{gt "b" "a"}} {{ge "a" "a"}}' c1
		inspect -f '{{eq .Args .Args}}' c1
		inspect -f '{{eq .Config.Labels nil}}' c1
		inspect -f '{{eq .State.Health nil}}' c1
		inspect -f '{{eq nil nil}}' c1
		inspect -f '{{eq 1 nil}}' c1
		inspect -f '{{eq 1}}' c1
		inspect -f '{{eq}}' c1
		inspect -f '{{lt 1 2 3}}' c1
		inspect -f '{{lt 1 "a"}}' c1
		inspect -f '{{eq 1 2 3 1}} {{eq "a" "b" "a"}}' c1
		inspect -f '{{ne 1 2 3}}' c1
		inspect -f '{{eq .RestartCount 0}} {{lt .RestartCount 5}} {{eq .State.Pid .RestartCount}}' c1
		inspect -f '{{eq .HostConfig.CPUShares 0}} {{gt .HostConfig.Memory -1}}' c1
		inspect -f '{{not true}} {{not .Name}} {{not}}' c1
		inspect -f '{{and}}' c1
		inspect -f '{{and 1 0 2}} {{or 0 "" "x"}} {{and "a" "b"}} {{or 0 ""}}|' c1
		inspect -f '{{not .State.Running | not}}' c1
		inspect -f '{{lt 1.5 2.0}} {{lt -1.5 -2.0}} {{eq 0.0 -0.0}} {{gt 10.0 9.9}} {{le 0.1 0.01}} {{eq 1.50 1.5}} {{lt -1.0 0.0}} {{lt 0.0 1.0}} {{gt 0.0 -1.0}}' c1
		inspect -f '{{and .Name .Nope}}' c1
		inspect -f '{{or .Name .Nope}}' c1
		inspect -f '{{and false .Nope}}' c1
		inspect -f '{{not .Nope}}' c1
		inspect -f '{{eq .State.ExitCode 0 1}} {{eq .State.Status "created" "running"}}' c1
		inspect -f '{{eq .HostConfig.Memory .HostConfig.CPUShares}} {{lt .SizeRw 1}}' c1
	END
}

test_printf() {
	same_lines <<-'END'
		inspect -f '{{$x := .Name}}{{$x | upper | printf "%s-%s" "a"}}' c1
		inspect -f '{{true | printf "%v %t" false}}' c1
		inspect -f '{{printf "%v %+v" .RestartCount .Args}}' c1
		inspect -f '{{printf "%#v %#v %#v %#v" .Name .RestartCount .State.Running .Args}}' c1
		inspect -f '{{printf "%q %q %q" .Name .Args 65}}' c1
		inspect -f '{{printf "%x %X % x %#x" "abc" "abc" "abc" "abc"}}' c1
		inspect -f '{{printf "%x %X %#x %o %b %#o %c %U" 255 255 255 8 5 8 65 65}}' c1
		inspect -f '{{printf "%T %T %T %T" .Name .RestartCount .State.Running .Args}}' c1
		inspect -f '{{printf "%T" nil}}' c1
		inspect -f '{{printf "%5d|%-5d|%05d|%+d|% d" 42 42 42 42 42}}' c1
		inspect -f '{{printf "%8s|%-8s|%.2s|%8.2s|%-8q|%08s" "abcdef" "ab" "abcdef" "abcdef" "ab" "ab"}}' c1
		inspect -f '{{printf "%*d|%-*d|%.*s" 5 42 5 42 2 "abc"}}' c1
		inspect -f '{{printf "%5t|%v|%-7v|" true true false}}' c1
		inspect -f '{{printf "%d %s" "a" 1}}' c1
		inspect -f '{{printf "%z" 1}} {{printf "%"}} {{printf "%%"}} {{printf "%!"}}' c1
		inspect -f '{{printf "%[2]s %[1]s" "a" "b"}}' c1
		inspect -f '{{printf "%s %s" "a"}} {{printf "%s" "a" "b" 1}}' c1
		inspect -f '{{printf "%s" .Args}} {{printf "%d" .Args}} {{printf "%q" .Config.Env}}' c1
		inspect -f '{{printf "%v" .Config.Labels}} {{printf "%s" .Config.Labels}} {{printf "%q" .Config.Labels}}' c1
		inspect -f '{{printf "%v" nil}} {{printf "%s" nil}} {{printf "%d" nil}}' c1
		inspect -f '{{printf "%6.2v|%v" "abcdef" 1.25}}' c1
		inspect -f '{{printf "%s"}}' c1
		inspect -f '{{printf 1}}' c1
		inspect -f '{{printf}}' c1
		inspect -f '{{printf "%p" .Name}}' c1
		inspect -f '{{printf "%t" 1}} {{printf "%c" "a"}} {{printf "%U" "a"}}' c1
		inspect -f '{{1000000.0}} {{123456789.0}} {{100000.0}} {{1.234567e5}} {{0.0001}} {{0.00001}} {{0.0}} {{-0.0}} {{printf "%.3g %.10g %g %G %.0f %.1f %f %e %5.1f|%-8.2f|%08.2f|%+.1f" 1234567.0 1234567.0 1234567.0 1e-7 2.5 0.25 1e10 0.0 1.25 1.5 -1.5 2.0}}' c1
		inspect -f '{{printf "%v %6v|%-6v|%06v" 1.5 1.5 1.5 1.5}} {{printf "%d %s" 1.5 1.5}}' c1
		inspect -f '{{printf "%.0f %.2f %.3f %.1e %.2e %.1f" 0.5 99.999 0.0001 9.99 1234.5 0.04}}' c1
		inspect -f '{{printf "%6d|%-6d|%+d|% d|%x|%X|%#x|%o|%b" -42 -42 -42 -42 -42 -42 -42 -42 -42}}' c1
		inspect -f '{{printf "%06d|%+06d|% 06d|%6x|%06x|%-6x|" -42 42 42 255 255 255}}' c1
		inspect -f '{{printf "%5v|%5s|%-5v" .Args .Args .Config.Labels}}' c1
		inspect -f '{{printf "%x %X" .Args .Config.Labels}}' c1
		inspect -f '{{printf "%+v" .Config.Labels}} {{printf "%#v" .Config.Labels}} {{printf "%v" .HostConfig.Links}} {{printf "%s" .HostConfig.Links}}' c1
		inspect -f '{{printf "%v %s" .State.Health .State.Status}}' c1
		inspect -f '{{printf "%+v" .HostConfig.RestartPolicy}}' c1
		inspect -f '{{printf "%d %v %s" .Config.Healthcheck.Interval .Config.Healthcheck.Interval .Config.Healthcheck.Interval}}' c1
		inspect -f '{{printf "%[2]*[1]d|" 5 8}} {{printf "%.[2]*[1]s|" "abcdef" 3}}' c1
		inspect -f '{{printf "%10.3v|%-10q|%c%c" "abcdef" "ab" 233 9731}}' c1
		inspect -f '{{printf "%t %v %5t|%d" true false true true}}' c1
		inspect -f '{{printf "%s" true}} {{printf "%s" 1}} {{printf "%t" "x"}}' c1
		inspect -f '{{printf "%T %T %T %T" 1 1.5 "a" true}} {{printf "%5T|" 1}}' c1
		inspect -f '{{len "abc" | printf "%03d"}}' c1
		inspect -f '{{index .Args 0 | printf "%q"}} {{index "abc" 1}} {{index .Config.Labels "a"}}' c1
		inspect -f '{{println .Name | printf "%q"}} {{print}}|' c1
	END
}

test_lists() {
	same_lines <<-'END'
		ps -a --format '{{define "x"}}<{{.Names}}>{{end}}{{template "x" .}}'
		ps -a --format '{{template "nosuch"}}'
		ps -a --format '{{html .Names}} {{js .Command}} {{urlquery .Image}}'
		ps -a --format '{{call .Names}}'
		ps -a --format '{{call}}'
		ps -a --format '{{slice .ID 0 4}} {{slice .ID 4}}'
		ps -a --format '{{slice .ID 99}}'
		ps -a --format '{{break}}'
		ps -a --format '{{nil}}'
		ps -a --format '{{.Names | printf "%-10s|%5s|" .ID}}'
		ps -a --format '{{printf "%#v %T %x" .Names .Names .Names}}'
		ps -a --format '{{printf "%d" .Names}}'
		ps -a --format '{{eq .Names 1}}'
		ps -a --format '{{lt .Names "c2"}} {{gt .Names "c2"}}'
		ps -a --format '{{range split .Names ""}}[{{.}}]{{end}}'
		ps -a --format '{{join (split .Names "c") "-"}}'
		ps -a --format '{{title .State}} {{upper .Names}} {{lower .Status}}'
		ps -a --format '{{pad .Names 3 2}}|{{pad "" 3 2}}|'
		ps -a --format '{{pad .Names -1 2}}|'
		ps -a --format '{{truncate .Names 1}}|{{truncate .Names 99}}'
		ps -a --format '{{truncate .Names -1}}|'
		ps -a --format '{{println .Names}}'
		ps -a --format '{{print .Names 1 2}}'
		ps -a --format '{{$x := .Names}}{{$x}}{{if eq $x "c1"}}!{{end}}'
		ps -a --format '{{with .LocalVolumes}}{{.}}{{else}}none{{end}}'
		ps -a --format '{{json .ID}}{{json 1}}{{json "<&>"}}'
		ps -a --format '{{json}}'
		ps -a --format '{{json 1 2}}'
		ps -a --format '{{len .Names}} {{index .Names 0}}'
		ps -a --format '{{index .Names 9}}'
		ps -a --format '{{range .Names}}x{{end}}'
		ps -a --format '{{.Names.Foo}}'
		ps -a --format '{{.Label}}'
		ps -a --format '{{.Label "a" "b"}}'
		ps -a --format '{{.Names "x"}}'
		ps -a --format '{{.ID}'
		ps -a --format '{{if .ID}}'
		ps -a --format '{{end}}'
		ps -a --format '{{1.5}} {{1e3}}'
		ps -a --format '{{/* c */}}{{.Names}}{{- " x" -}}  {{.State}}'
		ps -a --format 'table {{.Names}}\t{{upper .State}}\t{{html .Image}}'
		ps -a --format 'table {{printf "%s" .Names}}\t{{truncate .ID 3}}'
		ps -a --format 'table {{.Names | upper}}'
		ps -a --format 'table {{json .Names}}\t{{len .ID}}'
		ps -a --format 'table {{if eq .Names "c1"}}a{{else}}b{{end}}\t{{.ID}}'
		ps -a --format 'table {{slice .ID 0 3}}'
		ps -a --format 'table {{slice .ID 0 30}}'
		ps -a --format 'table {{define "x"}}<{{.Names}}>{{end}}{{template "x" .}}'
		ps -a --format 'table'
		ps -a --format 'table '
		ps -a --format 'tablex'
		ps -a --format 'tab'
		ps -a --format ' {{.Names}} '
		ps -a --format '\{{.Names}}\n'
		ps -a --format '{{"\t"}}{{.Names}}\\t'
		ps -a --format ''
		ps -a --format x
		images --format 'table {{.ID}}\t{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.CreatedSince}}\t{{.CreatedAt}}\t{{.Size}}\t{{.Containers}}\t{{.VirtualSize}}\t{{.SharedSize}}\t{{.UniqueSize}}' second
		images --format '{{slice .ID 0 3}}{{printf "%q" .Tag}}' second
		images --format '{{call .ID}}' second
		images --format '{{.ID.x}}' second
		images --format '{{break}}' second
		images --format '{{nosuch}}'
		images --format '{{json .Tag}}' second
		images --format '{{.ID' second
		images --format '{{eq .Tag "v2"}} {{with .Digest}}{{.}}{{end}}' second
		volume ls --format 'table {{.Name}}\t{{.Driver}}\t{{.Scope}}\t{{.Mountpoint}}\t{{.Size}}\t{{.Links}}\t{{.Labels}}\t{{.Availability}}\t{{.Group}}\t{{.Status}}'
		volume ls --format 'table {{.Name}}\t{{.Driver}}\t{{.Scope}}\t{{.Mountpoint}}\t{{.Size}}\t{{.Links}}\t{{.Labels}}\t{{.Label "a"}}'
		volume ls --format '{{printf "%.2s|%5s" .Name .Driver}}'
		volume ls --format '{{call .Name}}'
		volume ls --format '{{.Name' 
		volume ls --format '{{nosuch}}' 
		network ls --format 'table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}\t{{.IPv6}}\t{{.Internal}}\t{{.Labels}}\t{{.CreatedAt}}\t{{.Label "x.y_z-a"}}'
		network ls --format '{{.Name' 
		network ls --format '{{nosuch}}' 
		network ls --format '{{slice .ID 1 2}} {{eq .Internal "true"}} {{.IPv4}}'
		history --format 'table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}' second:v2
		history --format '{{.Nope}}' second:v2
		history --format '{{.ID' second:v2
		history --format '{{nosuch}}' second:v2
		history --format raw second:v2
		history --format pretty second:v2
		history --format '{{json .ID}} {{truncate .CreatedBy 3}}' second:v2
		history --format '{{call .ID}}' second:v2
	END
}

test_what_the_engine_says() {
	local now APART=yes
	now=$(date +%s)
	# shellcheck disable=SC2034 # in the lines below
	local until="--since 3h --until $now"
	same_lines <<-'END'
		info --format '{{define "x"}}[{{.}}]{{end}}{{template "x" .ServerVersion}}'
		info --format '{{call .ID}}'
		info --format '{{.ID'
		info --format '{{nosuch}}'
		info --format '{{range .Plugins.Log}}{{.}} {{end}}{{len .Plugins.Volume}}'
		info --format '{{printf "%d %T" .NCPU .NCPU}}'
		info --format '{{json .RegistryConfig}} {{json .Warnings}}'
		info --format '{{.ClientInfo}}'
		info --format '{{json .ClientInfo}}'
		info --format '{{.ServerErrors}}'
		version --format '{{define "x"}}[{{.}}]{{end}}{{template "x" .Server.Version}}'
		version --format '{{.Server.Nope}}'
		version --format '{{.Client'
		version --format '{{nosuch}}'
		version --format '{{call 1}}'
		version --format '{{json .Server.Components}}'
		version --format '{{.Server.Engine.Version}}'
		system df --format '{{call .Type}}'
		system df --format '{{.Type'
		system df --format '{{nosuch}}'
		system df --format 'table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}'
		system df --format '{{slice .Type 0 2}}{{printf "%5s" .Active}}'
		system df --format '{{.Type.X}}'
		system df -v --format '{{.Nope}}'
		system df -v --format '{{.Images'
		stats --no-stream --format '{{.Nope}}' c3
		stats --no-stream --format '{{.Name' c3
		stats --no-stream --format '{{nosuch}}' c3
		stats --no-stream --format 'table {{.Name}}\t{{.ID}}\t{{.Container}}' c3
		stats --no-stream --format 'table {{.Container}}\t{{.Name}}\t{{.ID}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.MemPerc}}\t{{.PIDs}}' c3
		stats --no-stream --format '{{json .}}' c3
		events $until -f container=c2 --format '{{call .Action}}'
		events $until -f container=c2 --format '{{define "x"}}[{{.}}]{{end}}{{template "x" .Action}}'
		events $until -f container=c2 --format '{{.Action'
		events $until -f container=c2 --format '{{nosuch}}'
		events $until -f container=c2 --format '{{.Actor.Attributes}}'
		events $until -f container=c2 --format '{{index .Actor.Attributes "image"}} {{.Scope}}'
		events $until -f container=c2 --format '{{json .Actor}}'
		events $until -f container=c2 --format 'table {{.Action}}'
		inspect -f '{{json .}}' vol1
		inspect -f '{{json .}}' net1
		inspect -f '{{json .}}' second:v2
		container inspect -f '{{call .Name}}' c1
		container inspect -f '{{nosuch}}' c1
		container inspect -f '{{.Nope}}' c1
		image inspect -f '{{call .Id}}' second:v2
		image inspect -f '{{.Nope}}' second:v2
		image inspect -f '{{nosuch}}' second:v2
		image inspect -f '{{title .Os}} {{upper .Architecture}} {{pad .Os 1 1}}|{{truncate .Id 10}}' second:v2
		network inspect -f '{{call .Id}}' net1
		network inspect -f '{{.Nope}}' net1
		network inspect -f '{{nosuch}}' net1
		volume inspect -f '{{call .Name}}' vol1
		volume inspect -f '{{.Nope}}' vol1
		volume inspect -f '{{nosuch}}' vol1
		volume inspect -f '{{range $k, $v := .Labels}}{{printf "%s=%q;" $k $v}}{{end}}' vol1
		volume inspect -f '{{slice .Name 1}} {{split .Name "o"}} {{len .Labels}}' vol1
	END
}

. shunit2
