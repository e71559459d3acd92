#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What is wrong is said in one line, with its place, and ends with the right status.
. "$(dirname "$0")/cluster.sh"

# refused STATUS PATTERN COMMAND...: one line on stderr that matches, and that status.
refused() {
	local status=$1 pattern=$2 rc=0
	shift 2
	timeout 20 "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null || rc=$?
	same "status of '$*'" "$status" "$rc"
	same "lines of '$*'" 1 "$(wc -l <"$dir/stderr")"
	grep -qE "$pattern" "$dir/stderr" || fail "'$*' said: $(cat "$dir/stderr")"
}

cluster_init 1
peer=$JSL_BIN/jsl-peer gateway=$JSL_BIN/jsl-gateway
data=(--data-dir "$dir/data")

refused 2 "unknown option '--frobnicate'" "$peer" --frobnicate
refused 2 "unknown option '--frobnicate'" "$gateway" --frobnicate
refused 2 "unexpected argument 'x'" "$peer" --config "$conf" --id 1 x
refused 2 "missing .*'--config'" "$peer" --config
refused 2 "'0'" "$peer" --config "$conf" --id 0
refused 2 "'-1'" "$peer" --config "$conf" --id -1
refused 2 "needed" "$peer"
refused 2 "needed" "$gateway"
refused 2 "goes with" "$gateway" --dev --config "$conf"
refused 2 "needs --listen" "$peer" --join localhost:1 --id 9
refused 2 "go with --join" "$peer" --config "$conf" --id 1 --listen 127.0.0.1:9000
refused 1 "nothere: not HOST:PORT" "$peer" --join nothere --listen 127.0.0.1:9000 --id 9
refused 1 "name.invalid: " env RES_OPTIONS="timeout:1 attempts:1" "$peer" --join name.invalid:1 --listen 127.0.0.1:9000 --id 9
refused 1 "10.0.0.1:1 is not loopback" "$peer" --join 10.0.0.1:1 --listen 127.0.0.1:9000 --id 9
for any in 0.0.0.0:9000 '[::]:9000'; do
	refused 1 "listen .*:9000: not an address" "$peer" --join 127.0.0.1:1 --listen "$any" --id 9
done
refused 1 "has node 1 already" "$peer" --config "$conf" --join 127.0.0.1:1 --listen 127.0.0.1:9000 --id 1
refused 1 "nowhere.conf" "$peer" --config "$dir/nowhere.conf" --id 1
refused 1 "7" "$peer" --config "$conf" --id 7 "${data[@]}"
refused 1 "loopback" "$gateway" --dev --http 10.0.0.1:8888

# bad LINE PATTERN: a configuration with that line is refused at that line.
bad() {
	{
		echo 'cluster { name = "test" }'
		printf '%s\n' "$1"
	} >"$dir/bad.conf"
	refused 1 "bad.conf:$2" "$peer" --config "$dir/bad.conf" --id 1 "${data[@]}"
}
ok='peer 1 { address = "127.0.0.1:20001" }'
bad "$ok
colour = \"red\"" '3: .*colour'
bad "$ok
peer 1 { address = \"127.0.0.1:20002\" }" '3: .*1'
bad 'peer 1 { address = "127.0.0.1:99999" }' '2: .*99999'
bad 'peer 1 { address = "localhost:1" }' '2: .*localhost'
bad 'peer 1 { address = "0.0.0.0:20001" }' '2: .*0.0.0.0:20001 of peer 1: not an address'
bad "$ok
gateway 100 {
	address = \"[::]:20003\" }" '4: .*of gateway 100: not an address'
bad "$ok
queue { max-jobs = 0 }" '3: .*max-jobs'
bad "$ok
election { heartbeat-ms = 200 lease-ms = 500 }" '3: .*lease-ms'
bad "$ok
gateway 100 { address = \"127.0.0.1:20003\" http = \"0.0.0.0:8888\" }" '3: .*(token|open)'
bad 'peer 1 { address = "10.0.0.1:20001" http = "127.0.0.1:20004" }' '.*secret'

# secret TEXT MODE PATTERN: a file of secrets with that is refused.
secret() {
	printf '%b' "$1" >"$dir/secret"
	chmod "$2" "$dir/secret"
	refused 1 "$3" "$peer" --config "$dir/secret.conf" --id 1 "${data[@]}"
}
printf 'cluster { secret-file = "%s" }\n%s\n' "$dir/secret" "$ok" >"$dir/secret.conf"
long=$(printf '%064d' 7)
refused 1 "secret:1: No such file" "$peer" --config "$dir/secret.conf" --id 1 "${data[@]}"
secret "$long" 644 'secret:1: .*chmod 600'
secret "" 600 'secret:1: there is no secret'
secret "$long\\nshort" 600 'secret:2: .*32 to 256'
secret "$long$long$long$long$long" 600 'secret:1: .*32 to 256'
rm "$dir/secret"
mkfifo "$dir/secret"
refused 1 "secret:1: not a regular file" "$peer" --config "$dir/secret.conf" --id 1 "${data[@]}"

# The same id twice, and a port that is taken.
peer_start 1
gateway_start
wait_for "the peer" grep -q LEADING "$dir/peer-1.out"
wait_for "the gateway" grep -q OBSERVING "$dir/gateway.out"
refused 1 "another process" "$peer" --config "$conf" --id 1 "${data[@]}"
refused 1 "[Aa]ddress .*in use" "$peer" --config "$conf" --id 1 --data-dir "$dir/other"

# No JDK: the program that is missing is named.
mkdir "$dir/jdk"
{
	cat "$conf"
	echo "runner { jdk \"17\" { home = \"$dir/jdk\" } }"
} >"$dir/jdk.conf"
refused 1 "java is not in .*/jdk" "$peer" --config "$dir/jdk.conf" --id 1 --data-dir "$dir/third"

"$peer" --version | grep -q '^jsl-peer [0-9]' || fail "--version of jsl-peer"
"$gateway" --version | grep -q '^jsl-gateway [0-9]' || fail "--version of jsl-gateway"
for program in "$peer" "$gateway"; do
	[ "$("$program" --help | wc -l)" -le 24 ] || fail "--help of $program exceeds a screen"
done
"$peer" --check >"$dir/check" || fail "--check: $(cat "$dir/check")"
grep -q '^ok .*JDK' "$dir/check" || fail "--check says nothing of the JDK: $(cat "$dir/check")"

for name in gateway peer-1; do
	kill -TERM "${pids[$name]}"
	rc=0
	wait "${pids[$name]}" || rc=$?
	unset "pids[$name]"
	same "status after SIGTERM" 0 "$rc"
done

# What they kept is of this cluster, and of these voters.
sed 's/name = "test"/name = "prod"/' "$conf" >"$dir/prod.conf"
anew='remove it to start anew in this one$'
refused 1 "data/peer-1 is of another cluster: $anew" "$peer" --config "$dir/prod.conf" --id 1 "${data[@]}"
refused 1 "data/peer-100 is of another cluster: $anew" "$gateway" --config "$dir/prod.conf" --id 100 "${data[@]}"
{
	cat "$conf"
	echo "peer 2 { address = \"127.0.0.1:$((port_base + 20))\" }"
} >"$dir/two.conf"
refused 1 "data/peer-1 is of another list of voters: $anew" "$peer" --config "$dir/two.conf" --id 1 "${data[@]}"
