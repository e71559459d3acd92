#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# jsl-client against a gateway that says whatever this test wants: what is sent,
# what is printed where, and every exit code.
set -eu
: "${JSL_BUILD:?set by make check}"
client=$JSL_BUILD/bin/jsl-client
unset JSL_GATEWAY JSL_TOKEN_FILE
exec </dev/null

tmp=$(mktemp -d)
cd "$tmp"
mkfifo listening
"$JSL_BUILD/tests/integration/canned_gateway" "$tmp" >listening &
gateway=$!
trap 'kill $gateway; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
read -r port <listening
JSL_GATEWAY="http://127.0.0.1:$port/"
export JSL_GATEWAY
echo 'class A {}' >A.java

fail() {
	echo "FAIL: $*"
	head -c 2000 out err
	exit 1
}

# client CODE ARG...: runs it into the files out and err, and checks its exit code.
client() {
	want=$1
	shift
	code=0
	"$client" "$@" >out 2>err || code=$?
	[ "$code" = "$want" ] || fail "jsl-client $*: exit $code, not $want"
}

has() {
	grep -qF -- "$2" "$1" || fail "$1 lacks: $2"
}

# is FILE TEXT: exactly that; TEXT is a printf format.
is() {
	# shellcheck disable=SC2059
	printf "$2" | cmp - "$1" || fail "$1 is not: $2"
}

verdict() {
	printf '%s\n' "$1" "$2" >answer
}

# What is sent.
verdict 200 '{"status":"ok","result":null,"stdout":"hi\nthere","stderr":"warn"}'
client 0 run A.java
is out 'hi\nthere'
is err 'warn'
is request 'POST /compileandrun\nContent-Type: text/x-java-source\nAccept: application/json
Authorization: none\nclass A {}\n'
echo 's3cret' >token
client 0 --token-file token run A.java
has request 'Authorization: Bearer s3cret'
JSL_TOKEN_FILE=token client 0 run A.java
has request 'Authorization: Bearer s3cret'

# Several files, arguments, input: a form, in the order of the command line.
# part NAME-AND-MORE CONTENT: it is sent, once; CONTENT is a printf format.
part() {
	# shellcheck disable=SC2059
	printf "$2" >part
	tr -d '\r' <request | sed -n "/^Content-Disposition: form-data; name=$1\$/,/^--/p" |
		sed '1,/^$/d; $d' | cmp -s - part || fail "part $1 is not: $2: $(cat request)"
}
parts() {
	sed -n 's/^Content-Disposition: form-data; name="\([^"]*\)".*/\1/p' request | tr '\n' ' '
}
echo 'class B {}' >B.java
mkdir other
echo 'class C {}' >other/B.java
echo 'class D {}' >'a"b.java'
client 0 run A.java B.java other/B.java 'a"b.java' -- one '' -g --
has request 'Content-Type: multipart/form-data; boundary='
[ "$(parts)" = 'source source source source arg arg arg arg ' ] || fail "parts: $(parts)"
part '"source"; filename="A.java"' 'class A {}\n\n'
part '"source"; filename="B.java"' 'class B {}\n\n'
[ "$(grep -c filename= request)" = 2 ] || fail "names that are not plain, or used twice"
client 0 run A.java -- two words
part '"source"; filename="A.java"' 'class A {}\n\n'
[ "$(parts)" = 'source arg arg ' ] || fail "parts: $(parts)"
printf 'typed\0' >in
code=0
"$client" run A.java <in >out 2>err || code=$?
[ "$code" = 0 ] || fail "with input: $code"
[ "$(parts)" = 'source stdin ' ] || fail "parts: $(parts)"
grep -qaz 'typed' request || fail "the input was not sent"
printf 'piped' | "$client" run A.java >out 2>err
part '"stdin"' 'piped\n'
"$client" run A.java <&- >out 2>err
is request 'POST /compileandrun\nContent-Type: text/x-java-source\nAccept: application/json
Authorization: none\nclass A {}\n'
client 0 run A.java --
has request 'Content-Type: text/x-java-source'

# What is printed where, byte for byte.
verdict 200 '{"status":"ok","result":"four\u0000four","stdout":"","stderr":""}'
client 0 run A.java
is out 'four\0four'
verdict 200 '{"status":"ok","stdout":"?","stdout_base64":"/wD+/w==","stderr":"","result":null}'
client 0 run A.java
is out '\377\0\376\377'
verdict 200 '{"status":"ok","stdout":"x","stdout_base64":"","stderr":""}'
client 0 run A.java
is out ''

# Exit codes.
verdict 400 '{"status":"nonzero_exit","message":"Exited with code 7","exit_code":7,"stdout":"o","stderr":"e"}'
client 7 run A.java
is out 'o'
is err 'e'
verdict 400 '{"status":"exception","message":"Uncaught exception","exit_code":1,"stdout":"","stderr":"at A.main"}'
client 1 run A.java
is err 'at A.main'
verdict 400 '{"status":"exception","message":"Could not create and run instance of class","exit_code":0,"stderr":""}'
client 1 run A.java
has err 'Could not create and run instance of class'
verdict 400 '{"status":"exception","message":"Could not create and run instance of class\nat A.run","exit_code":0,"stderr":"noise"}'
client 1 run A.java
has err 'noise'
has err 'at A.run'
verdict 400 '{"status":"signal","message":"The JVM died","signal":11,"exit_code":null,"stdout":"","stderr":""}'
client 139 run A.java
verdict 400 '{"status":"time_limit","message":"Wall time limit exceeded: 60000 ms\nReached: 60003 ms\n","stdout":"so far"}'
client 124 run A.java
is out 'so far'
is err 'Wall time limit exceeded: 60000 ms\nReached: 60003 ms\n'
verdict 400 '{"status":"compile_error","message":"Code did not compile:","diagnostics":[{"line":3,"column":9,"severity":"error","message":"not a statement"}]}'
client 126 run A.java
is err 'A.java:3:9: error: not a statement\n'
verdict 400 '{"status":"compile_error","message":"Code did not compile:\nError on line 3, column 9 in string:///B.java","diagnostics":[{"line":3,"column":9,"severity":"error","message":"not a statement"}]}'
client 126 run A.java B.java
is err 'Code did not compile:\nError on line 3, column 9 in string:///B.java\n'
verdict 400 '{"status":"compile_error","message":"No class name found in code","diagnostics":[]}'
client 126 run A.java
has err 'No class name found in code'
for status in quarantined expired cancelled internal; do
	verdict 503 "{\"status\":\"$status\",\"message\":\"it went wrong\"}"
	client 125 run A.java
	has err 'it went wrong'
done
verdict 401 'no token'
client 125 run A.java
has err 'the gateway answered 401: no token'
verdict 200 '{"status":'
client 125 run A.java
verdict 200 '[]'
client 125 run A.java

# A terminal does not get what a program sends it, unless asked for.
if command -v script >/dev/null; then
	# Nor is it asked for input.
	verdict 200 '{"status":"ok","stdout":"","stderr":""}'
	script -qec "$client run A.java" /dev/null >out </dev/null
	has request 'Content-Type: text/x-java-source'
	verdict 200 '{"status":"ok","stdout":"\u001b[31mr\u00e9d\u009b1\u0007\u202fx","stderr":""}'
	script -qec "$client run A.java" /dev/null >out </dev/null
	has out '^[[31mréd\x9b1^G'
	script -qec "$client --raw run A.java" /dev/null >out </dev/null
	has out "$(printf '\033[31mr')"
	client 0 run A.java
	has out "$(printf '\033[31mr')"
fi

# status and logs.
verdict 200 '{"epoch":3,"leader":7,"nodes":[{"id":1,"role":"FOLLOWING","address":"127.0.0.1:8010"},{"id":7,"role":"LEADING","address":"127.0.0.1:8070"}]}'
client 0 status
has out 'leader 7, epoch 3'
has out '7  LEADING    127.0.0.1:8070'
has request 'GET /cluster-info'
verdict 200 '{"epoch":3,"leader":"18446744073709551614","nodes":[{"id":"18446744073709551614","role":"LEADING","address":"127.0.0.1:8070"}]}'
client 0 status
has out 'leader 18446744073709551614, epoch 3'
has out '18446744073709551614  LEADING    127.0.0.1:8070'
verdict 200 '{"epoch":3,"leader":null,"nodes":[]}'
client 0 status
has out 'no leader'
verdict 200 '<html>'
client 125 status
verdict 200 'a line'
client 0 logs
is out 'a line\n'
has request 'GET /logs/summary'
client 0 logs --verbose
has request 'GET /logs/verbose'
verdict 404 'nothing here'
client 125 logs

# logs -f prints what is added, once; a log that was rotated away starts again.
# It has a minute for all of them.
follows() {
	read -r line <&3 || fail "never followed: $1"
	[ "$line" = "$1" ] || fail "followed: $line, not $1"
}
mkfifo lines
long=$(printf '%0150d' 0)
{ echo 200; echo "first $long"; } >answer
timeout 60 "$client" logs -f >lines 2>err &
follower=$!
exec 3<lines
trap 'kill $gateway $follower; rm -rf "$tmp"' EXIT
follows "first $long"
{ echo 200; echo "first $long"; echo 'second'; } >answer.new
mv answer.new answer
follows second
{ echo 200; echo "third $long"; } >answer.new
mv answer.new answer
follows "third $long"
kill $follower
! read -r line <&3 || fail "followed once more: $line"
exec 3<&-
trap 'kill $gateway; rm -rf "$tmp"' EXIT

# Wrong usage: one line, exit 2.
wrong() {
	client 2 "$@"
	[ "$(wc -l <err)" = 1 ] || fail "$*: not one line"
	[ ! -s out ] || fail "$*: says it on stdout"
}
wrong
wrong frob
wrong --frob run A.java
has err frob
wrong run
wrong run -- x
wrong status -- x
wrong logs -- x
wrong run A.java missing.java
has err 'missing.java: No such file'
wrong run missing.java
has err 'missing.java: No such file'
wrong -f status
wrong --jdk 21 status
wrong --token-file missing run A.java
printf 'a\nb\n' >token
wrong --token-file token run A.java
client 0 --help
[ "$(wc -l <out)" -le 24 ] || fail "--help does not fit a screen"
client 0 --version

# Nobody there.
kill $gateway
wait $gateway || true
trap 'rm -rf "$tmp"' EXIT
client 125 run A.java
has err "$JSL_GATEWAY"
client 125 -g http://127.0.0.1:1 status
mkdir logs
echo secret >logs/summary
client 125 -g "file://$tmp" logs
[ ! -s out ] || fail "reads local files"
echo ok
