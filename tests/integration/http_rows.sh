#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The HTTP of the gateway and of the peers, row by row: paths, methods, types, who may
# ask, sizes, framing, limits, the queue's bounds, the cache, with and without a leader.
# `http_rows.sh --show` prints them.
. "$(dirname "$0")/rows.sh"

TYPE='Content-Type: text/x-java-source'
JSON='Accept: application/json'
TEXT='Content-Type: text/plain; charset=utf-8|X-Content-Type-Options: nosniff'

# Three peers of one slot and a small queue; three gateways: one with the defaults, one
# that is impatient and small, one that asks for a token.
cluster_init 3 'runner { slots = 1 wall-ms = 20000 }'
echo 's3cret-s3cret' >"$dir/token"
{
	echo "gateway 101 { address = \"127.0.0.1:$((port_base + 6))\" http = \"127.0.0.1:$((port_base + 9))\" }"
	echo "gateway 102 { address = \"127.0.0.1:$((port_base + 2))\" http = \"127.0.0.1:$((port_base + 4))\" token-file = \"$dir/token\" }"
} >>"$conf"
big=$http small=127.0.0.1:$((port_base + 9)) guarded=127.0.0.1:$((port_base + 4))
{
	cat "$conf"
	echo 'gateway-limits { body-kb = 1 queue-wait-ms = 2000 request-ms = 3000 connections = 8 }'
	echo 'queue { max-jobs = 2 }'
} >"$dir/small.conf"
{
	cat "$conf"
	echo 'queue { max-jobs = 4 }'
} >"$dir/peer.conf"

# at ADDRESS: where the next rows go to.
at() { http=$1 url=http://$1; }
gateway() {
	start "gateway-$1" "$JSL_BIN/jsl-gateway" --config "$2" --id "$1" \
		--data-dir "$dir/data" --log-dir "$dir/log"
}
peers() {
	local conf=$dir/peer.conf i
	for i; do peer_start "$i"; done
}
source_of() { java_program "$dir/$1.java" "$1" "$2"; }
metric_is() { [ "$(metric "$1" "$2")" = "$3" ]; }

# run CODE HEADERS BODY NAME [CURL-ARGS...]: POST $dir/NAME.java
run() {
	local code=$1 headers=$2 body=$3 name=$4
	shift 4
	row "$code" "$headers" "$body" -H "$TYPE" --data-binary "@$dir/$name.java" "$@" /compileandrun
}

source_of Hello 'System.out.print("hello");'
source_of Nap 'Thread.sleep(15000);'
source_of Early 'System.out.print("early");'
head -c 1500 /dev/zero | tr '\0' ' ' >"$dir/Big.java"

# ---- Without a leader
gateway 100 "$conf"
gateway 101 "$dir/small.conf"
gateway 102 "$conf"
for address in "$small" "$guarded" "$big"; do
	at "$address"
	wait_for "the gateway at $address" port_taken "${address#*:}"
done
row 200 "$TEXT" '=ok' /healthz
row 503 "$TEXT" '=no leader that has a worker' /readyz
row 200 'Content-Type: application/json' '^\{"epoch":0,"leader":null,"nodes":\[\{"id":100,"role":"LOOKING",' -H "$JSON" /cluster-info
at "$small"
run 503 "Cached-Response: false|Retry-After: 1|$TEXT" '=There is no leader: Not started within 2000 ms' Early
run 503 "Cached-Response: false|Retry-After: 1" '"status":"expired","message":"There is no leader: Not started within 2000 ms"' Early -H "$JSON"
at "$big"
post "$dir/Early.java" "$dir/early" >"$dir/early.code" &
early=$!
peers 1 2 3
wait $early
same "code of the request before the leader" 200 "$(cat "$dir/early.code")"
same "its answer" early "$(cat "$dir/early")"
wait_for "the highest id to lead" leader_is 3
wait_for "readiness" is_ready
for id in 1 2; do wait_for "$id to be listed as a follower" lists_as $id FOLLOWING; done
for id in 100 101 102; do wait_for "$id to be listed as an observer" lists_as $id OBSERVING; done

# ---- Paths and methods
row 200 "$TEXT" '=ready' /readyz
row 200 "$TEXT" '^Server 1 - FOLLOWING
Server 2 - FOLLOWING
Server 3 - LEADING
Server 100 - OBSERVING
Server 101 - OBSERVING
Server 102 - OBSERVING$' /cluster-info
row 200 'Content-Type: application/json' '^\{"epoch":[1-9][0-9]*,"leader":3,"nodes":\[\{"id":1,"role":"FOLLOWING","address":"127.0.0.1:[0-9]*"\},.*\{"id":102,"role":"OBSERVING",' -H "$JSON" /cluster-info
row 200 'Content-Type: application/json' '^\{' -H 'Accept: text/html, application/json;q=0.9' /cluster-info
row 200 "$TEXT" '^Server' -H 'Accept: application/jsonx, */*' /cluster-info
row 200 "$TEXT" '^[0-9-]*T[0-9:.]*Z [A-Z]* ' /logs/summary
row 200 "$TEXT" 'heartbeat' /logs/verbose
row 200 'Content-Type: text/plain; version=0.0.4; charset=utf-8' '# TYPE jsl_http_requests_total counter' /metrics
row 200 "$TEXT" '^Server' '/cluster-info?x=y&z'
raw 200 'Content-Length~[1-9][0-9]*' '=' "HEAD /cluster-info HTTP/1.1\r\nHost: $big\r\nConnection: close\r\n\r\n"
raw 200 'Content-Length: 3' '=' "HEAD /healthz HTTP/1.1\r\nHost: $big\r\nConnection: close\r\n\r\n"
raw 405 'Allow: POST|Content-Length: 19' '=' "HEAD /compileandrun HTTP/1.1\r\nHost: $big\r\n\r\n"
raw 404 'Content-Length: 10' '=' "HEAD /nothing HTTP/1.1\r\nHost: $big\r\n\r\n"
for path in / /nothing /compileandrun/ /Compileandrun /cluster-info/ /cluster%2dinfo /logs /logs/ //healthz '/compileandrun%00'; do
	row 404 "$TEXT" '=Not Found' $path
done
row 404 "$TEXT" '=Not Found' -X POST -d x /nothing
for method in GET PUT DELETE OPTIONS PATCH TRACE FOO; do
	row 405 'Allow: POST|Cached-Response: false' '=Method Not Allowed' -X $method /compileandrun
done
for path in /cluster-info /logs/summary /logs/verbose /metrics /healthz /readyz; do
	row 405 'Allow: GET, HEAD|!Cached-Response' '=Method Not Allowed' -X POST -d x $path
done
row 405 'Allow: GET, HEAD' '=Method Not Allowed' -X DELETE /healthz
raw 405 'Allow: GET, HEAD' '=Method Not Allowed' "FOO /healthz HTTP/1.1\r\nHost: $big\r\n\r\n"

# ---- Types, limits in headers, in the order path, method, size, type, content
CT='=Content-Type must be text/x-java-source or multipart/form-data'
run 200 'Cached-Response: false|JSL-Attempts: 1|JSL-Worker~[12]|Content-Length: 5' '=hello' Hello
run 200 'Cached-Response: true|JSL-Attempts: 1' '=hello' Hello -H 'Content-Type:' -H 'Content-Type: TEXT/X-Java-Source; charset=utf-8'
row 200 'Cached-Response: true' '=hello' -H "$TYPE" --data-binary "@$dir/Hello.java" '/compileandrun?x=1'
run 200 'Cached-Response: true|Content-Type: application/json' '"status":"ok".*"stdout":"hello".*"cached":true' Hello -H "$JSON"
for type in 'text/x-java-sourcery' 'text/plain' 'multipart/mixed; boundary=x' 'application/x-www-form-urlencoded'; do
	row 400 'Cached-Response: false' "$CT" -H "Content-Type: $type" --data-binary "@$dir/Hello.java" /compileandrun
done
row 400 'Cached-Response: false' "$CT" -H 'Content-Type:' -d x /compileandrun
row 400 'Cached-Response: false' "$CT" -H 'Content-Type;' -d x /compileandrun
run 400 'Cached-Response: false' '=Content-Type must be given once' Hello -H 'Content-Type: multipart/form-data; boundary=x'

# ---- Forms: several files, arguments, standard input
form() { # CODE BODY CURL-ARGS...
	local code=$1 body=$2
	shift 2
	row "$code" "Cached-Response: false|$TEXT" "$body" "$@" /compileandrun
}
bytes() { # TYPE-PARAMETERS REFUSAL BYTES: a form byte by byte
	# shellcheck disable=SC2059
	printf -- "$3" >"$dir/form"
	form 400 "=multipart/form-data: $2" -H "Content-Type: multipart/form-data$1" --data-binary "@$dir/form"
}
F="multipart/form-data: "
source_of Echo 'System.out.write(System.in.readAllBytes()); System.out.print(String.join("|", args) + Other.text());'
echo 'class Other { static String text() { return " other"; } }' >"$dir/Other.java"
printf 'in\0\r\n--x' >"$dir/stdin"
both=(-F "source=@$dir/Echo.java" -F "source=@$dir/Other.java")
row 200 'Cached-Response: true' '=hello' -F "source=@$dir/Hello.java" /compileandrun
row 200 'Cached-Response: true' '=hello' -F "source=<$dir/Hello.java" -F 'stdin=' /compileandrun
form 200 '= other' "${both[@]}"
form 200 '=in other' "${both[@]}" -F stdin=in
form 200 '=a|b| other' "${both[@]}" -F arg=a -F arg=b -F arg=
form 200 '=a|b other' "${both[@]}" -F arg=a -F arg=b
form 200 '=b|a other' "${both[@]}" -F arg=b -F arg=a
row 200 'Cached-Response: true' '=b|a other' -F arg=b "${both[@]}" -F arg=a /compileandrun
form 200 $'^in\r\n--x other$' "${both[@]}" -F "stdin=@$dir/stdin"
form 400 "=${F}no part source" -F arg=a
form 400 "=${F}a part is not called source, stdin or arg" "${both[@]}" -F file=x
form 400 "=${F}several parts stdin" "${both[@]}" -F stdin=a -F stdin=b
form 400 "=${F}two parts source have the same filename" "${both[@]}" "${both[@]}"
for name in ../A.java /A.java p/A.java . ..; do
	form 400 "=${F}a filename is 1 to 255 bytes of UTF-8, and never a path" -F "source=@$dir/Echo.java;filename=$name"
done
args=()
for i in $(seq 257); do args+=(-F "arg=$i"); done
form 400 "=${F}more than 256 parts arg" "${both[@]}" "${args[@]}"
form 400 "=JSL-Wall-Ms must be a positive whole number" "${both[@]}" -H 'JSL-Wall-Ms: 0'
form 400 '^Code did not compile:
Error on line 1, column [0-9]+ in string:///B.java' --form-string 'source=class A {}' --form-string 'source=class B { int x = y; }'
bytes '' 'the Content-Type has no boundary' '--x--'
bytes '; boundary=x; boundary=y' 'the Content-Type has several boundaries' '--x--'
bytes "; boundary=$(printf '%071d' 0)" 'a boundary has 1 to 70 characters of those that RFC 2046 allows' '--x--'
bytes '; boundary=x' 'the body does not begin with its boundary' 'class A {}'
bytes '; boundary=x' 'the body ends before its last boundary' '--x\r\nContent-Disposition: form-data; name=source\r\n\r\nclass A {}\r\n'

for name in JSL-Compile-Wall-Ms JSL-Wall-Ms JSL-Cpu-Ms JSL-Memory-Mb JSL-Output-Kb JSL-Processes; do
	for value in 0 -1 1.5; do
		run 400 'Cached-Response: false' "=$name must be a positive whole number" Hello -H "$name: $value"
	done
done
run 400 'Cached-Response: false' '=JSL-Wall-Ms must be a positive whole number' Hello -H 'JSL-Wall-Ms;'
run 400 'Cached-Response: false' '=JSL-Wall-Ms must be a positive whole number' Hello -H 'JSL-Wall-Ms: ten'
run 200 'Cached-Response: true' '=hello' Hello -H 'JSL-Wall-Ms: 99999999999999999999'
run 400 'Cached-Response: false' '^Wall time limit exceeded: 500 ms
Reached: wall time ([5-9]|[0-9]+[0-9])[0-9][0-9] ms' Nap -H 'JSL-Wall-Ms: 500'
run 200 'Cached-Response: true' '=hello' Hello -H 'Idempotency-Key: k1'
run 422 'Cached-Response: false' '=Idempotency-Key was used for another request' Nap -H 'Idempotency-Key: k1'
run 400 'Cached-Response: false' '^Wall time limit exceeded: 400 ms' Nap -H 'JSL-Wall-Ms: 400' -H 'Idempotency-Key: k2'
run 400 'Cached-Response: true' '^Wall time limit exceeded: 400 ms' Nap -H 'JSL-Wall-Ms: 400' -H 'Idempotency-Key: k2'
run 400 'Cached-Response: false' '=Idempotency-Key must be given once' Hello -H 'Idempotency-Key: k3' -H 'Idempotency-Key: k4'
run 400 'Cached-Response: false' '=Idempotency-Key must be 1 to 255 printable characters' Hello -H 'Idempotency-Key;'
row 413 'Cached-Response: false' '=Content Too Large' -H 'Expect:' -H "$TYPE" -X POST -H 'Content-Length: 4194305' /compileandrun
at "$small"
wait_for "the small gateway" is_ready
run 413 'Cached-Response: false' '=Content Too Large' Big
row 413 'Cached-Response: false' '=Content Too Large' -H 'Content-Type: text/plain' --data-binary "@$dir/Big.java" /compileandrun
row 404 "$TEXT" '=Not Found' --data-binary "@$dir/Big.java" /nothing
row 405 'Allow: GET, HEAD' '=Method Not Allowed' --data-binary "@$dir/Big.java" /healthz
run 413 '' '' Big -H 'Transfer-Encoding: chunked'
run 200 'Cached-Response: false' '=hello' Hello -H 'Transfer-Encoding: chunked'

# ---- Who may ask
at "$big"
for host in localhost "localhost:${big#*:}" LOCALHOST 127.0.0.1 127.9.9.9:1 '[::1]:80'; do
	row 200 "$TEXT" '=ok' -H "Host: $host" /healthz
done
for host in evil.example evil.example:80 10.0.0.1 localhost.evil.example 127.0.0.1.evil.example '[2001:db8::1]:80' 0.0.0.0 ''; do
	row 403 "$TEXT" '=Forbidden' -H "Host${host:+:}${host:-;} " /healthz
done
row 200 "$TEXT" '=ok' -H "Origin: http://$big" /healthz
run 200 'Cached-Response: true' '=hello' Hello -H "Origin: http://$big"
for origin in http://evil.example null "http://127.0.0.1" "http://$big.evil.example" "file://"; do
	run 403 'Cached-Response: false' '=Forbidden' Hello -H "Origin: $origin"
done
at "$guarded"
row 401 'WWW-Authenticate: Bearer' '=Unauthorized' /cluster-info
row 401 'WWW-Authenticate: Bearer' '=Unauthorized' -H 'Authorization: Bearer wrong' /cluster-info
row 401 'WWW-Authenticate: Bearer' '=Unauthorized' -H 'Authorization: Basic s3cret-s3cret' /metrics
row 401 'WWW-Authenticate: Bearer' '=Unauthorized' /nothing
run 401 'Cached-Response: false' '=Unauthorized' Hello
row 200 "$TEXT" '^Server' -H 'Authorization: Bearer s3cret-s3cret' /cluster-info
wait_for "the guarded gateway" curl -s -f -H 'Authorization: Bearer s3cret-s3cret' "$url/readyz"
run 200 'Cached-Response: false' '=hello' Hello -H 'authorization: bearer s3cret-s3cret'

# ---- Framing: where two parsers could disagree, 400 and the connection is closed
at "$big"
P="POST /compileandrun HTTP/1.1\r\nHost: $big\r\n$TYPE\r\n"
B='400|Connection: close|=Bad Request'
for bytes in "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx" "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy" \
	"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" "Content-Length: +1\r\n\r\nx" \
	"Content-Length: 0x1\r\n\r\nx" "Content-Length: -1\r\n\r\nx" "Content-Length: \r\n\r\nx" "Content-Length: 1,1\r\n\r\nx" \
	"Content-Length: 99999999999999999999\r\n\r\nx" "Content-Length : 1\r\n\r\nx" "Transfer-Encoding: gzip\r\n\r\n" \
	"Transfer-Encoding: gzip, chunked\r\n\r\n" "Transfer-Encoding: chunked, chunked\r\n\r\n" \
	"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" "Transfer-Encoding: xchunked\r\n\r\n" \
	"Content-Length: 1\n\nx" "X: \001\r\n\r\n" "X\r\n\r\n" " folded\r\n\r\n" "Host: $big\r\n\r\n"; do
	raw "${B%%|*}" 'Connection: close' "${B##*|}" "$P$bytes"
done
for bytes in "GET /healthz HTTP/1.1\r\n\r\n" "GET  /healthz HTTP/1.1\r\nHost: $big\r\n\r\n" "GET /healthz\r\n\r\n" \
	"GET /healthz HTTP/2.0\r\nHost: $big\r\n\r\n" "\r\nGET /healthz HTTP/1.1\r\nHost: $big\r\n\r\n" \
	"\026\003\001\002\000\001\000\001\374\003\003" "GET /\001 HTTP/1.1\r\nHost: $big\r\n\r\n"; do
	raw 400 'Connection: close' '=Bad Request' "$bytes"
done
raw 431 'Connection: close' '=Request Header Fields Too Large' \
	"GET /healthz HTTP/1.1\r\nHost: $big\r\nX: $(head -c 20000 /dev/zero | tr '\0' x)\r\n\r\n"
raw 404 'Connection: close' '=Not Found' "GET http://$big/healthz HTTP/1.1\r\nHost: $big\r\n\r\n"
raw 200 '' '=ok' "GET /healthz HTTP/1.0\r\n\r\n"
raw 200 '' '=ok' "GET /healthz HTTP/1.1\r\nHost: $big\r\nConnection: close\r\n\r\n"
raw 200 '' '^ok
HTTP/1.1 200 OK.*ok$' "GET /healthz HTTP/1.1\r\nHost: $big\r\n\r\nGET /healthz HTTP/1.1\r\nHost: $big\r\nConnection: close\r\n\r\n"

# Bytes behind a request whose job runs: they wait, and are answered after it.
source_of Ran 'System.out.println("ran");'
raw 200 'Cached-Response: false' '^ran
HTTP/1.1 200 OK.*ok$' "${P}Content-Length: $(wc -c <"$dir/Ran.java")\r\n\r\n$(sed 's/[\\%]/&&/g' "$dir/Ran.java")\nGET /healthz HTTP/1.1\r\nHost: $big\r\nConnection: close\r\n\r\n"

# Not complete in request-ms: closed. Too many connections: 503.
at "$small"
raw closed '' '=' ''
raw closed '' '=' 'GET /heal'
raw closed '' '=' "POST /compileandrun HTTP/1.1\r\nHost: $small\r\n$TYPE\r\nContent-Length: 10\r\n\r\nx"
for fd in 11 12 13 14 15 16 17 18; do eval "exec $fd<>/dev/tcp/127.0.0.1/${small#*:}"; done
row 503 'Retry-After: 1' '=Service Unavailable' /healthz
for fd in 11 12 13 14 15 16 17 18; do eval "exec $fd>&-"; done
healthy() { [ "$(curl -s -m 5 "$url/healthz")" = ok ]; }
wait_for "room for connections" healthy

# ---- The queue. A client that leaves takes its job with it.
at "$big"
leader_http=$(peer_http 3)
nap() { # NUMBER [ARGS...]: one more job that sleeps, in the background
	source_of "Nap$1" "Thread.sleep(15000 + $1);"
	start "nap$1" curl -s -m 60 -o "$dir/nap$1" -w '%{http_code}' -H "$TYPE" --data-binary "@$dir/Nap$1.java" "${2:-$url}/compileandrun"
}
for i in 1 2 3 4; do nap $i; done
wait_for "a full queue" metric_is "$leader_http" jsl_queue_running 2
held() { [ $(($(metric "$leader_http" jsl_queue_running) + $(metric "$leader_http" jsl_queue_waiting))) = 4 ]; }
wait_for "four jobs at the leader" held
run 503 'Cached-Response: false|Retry-After~[1-9][0-9]*' '=The queue is full' Nap
run 503 'Cached-Response: false|Retry-After~[1-9][0-9]*|Content-Type: application/json' '"status":"cancelled","message":"The queue is full"' Nap -H "$JSON"
node_kill nap3
node_kill nap4
wait_for "the jobs of clients that left to be cancelled" metric_is "$leader_http" jsl_queue_waiting 0
at "$small"
run 504 "Cached-Response: false|!Retry-After|$TEXT" '=Not started within 2000 ms' Nap
run 504 'Cached-Response: false|Content-Type: application/json' '"status":"expired","message":"Not started within 2000 ms"' Nap -H "$JSON"
node_kill nap1
node_kill nap2
wait_for "running jobs of clients that left to be cancelled" metric_is "$leader_http" jsl_queue_running 0
nap 5
nap 6
wait_for "two jobs of the small gateway" metric_is "$url" jsl_jobs_held 2
run 503 'Cached-Response: false|Retry-After: 1' '=The queue is full' Nap
node_kill nap5
node_kill nap6

# ---- Peers
at "127.0.0.1:$((port_base + 13))"
row 200 "$TEXT" '=ok' /healthz
row 200 "$TEXT" '=ready' /readyz
row 200 "$TEXT" 'INFO' /logs/summary
row 200 "$TEXT" 'heartbeat' /logs/verbose
row 200 'Content-Type: text/plain; version=0.0.4; charset=utf-8' 'jsl_runner' /metrics
row 404 "$TEXT" '=Not Found' /cluster-info
row 404 "$TEXT" '=Not Found' -X POST -d x /compileandrun
row 403 "$TEXT" '=Forbidden' -H 'Host: evil.example' /logs/verbose

# ---- The cache and the leader: a change of leader empties it; a hit needs none.
at "$big"
run 200 'Cached-Response: true' '=hello' Hello
node_kill peer-3
wait_for "the next leader" leader_is 2
wait_for "the dead to be taken off the list" lists_not 3
run 200 'Cached-Response: false|JSL-Worker: 1' '=hello' Hello
run 200 'Cached-Response: true|JSL-Worker: 1' '=hello' Hello
node_kill peer-2
leaderless() { [ -z "$(leader)" ]; }
wait_for "the end of the lease" leaderless
row 200 'Content-Type: application/json' '"leader":null' -H "$JSON" /cluster-info
run 200 'Cached-Response: true|JSL-Worker: 1' '=hello' Hello
row 503 "$TEXT" '=no leader that has a worker' /readyz
at "$small"
run 503 'Cached-Response: false|Retry-After: 1' '=There is no leader: Not started within 2000 ms' Nap
summary http_rows
