#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Several JDKs: a request chooses one by its name, answers are cached for each of them,
# and what not every worker has is refused.
. "$(dirname "$0")/cluster.sh"

# The JDK of the machine under a name, and another one if there is one.
own=$(realpath "$(dirname "$(realpath "$(command -v javac)")")/..")
other=$own
for javac in /usr/lib/jvm/*/bin/javac; do
	home=$(realpath "$(dirname "$javac")/..")
	[ "$home" = "$own" ] || other=$home
done
jdks="jdk own { home = \"$own\" } jdk \"other-1\" { home = \"$other\" }"
cluster_init 2 "runner { slots = 1 $jdks }
cache { invalidate-on-leader-change = false }"
sed -i '/^peer 2 /d' "$conf" # its ports are for one that joins
peer_start 1
gateway_start
wait_for "readiness" is_ready

# jdk NAME CODE BODY [CACHED]: a program says where its JDK is.
java_program "$dir/Home.java" Home 'System.out.print(System.getProperty("java.home"));'
jdk() {
	local -a args=()
	[ -z "$1" ] || args=(-H "JSL-JDK: $1")
	same "code of JDK '$1'" "$2" "$(post "$dir/Home.java" "$dir/answer" "${args[@]}")"
	same "JDK '$1'" "$3" "$(cat "$dir/answer")"
	same "cached for JDK '$1'" "${4:-false}" "$(header "$dir/answer" Cached-Response)"
}
jdk '' 200 "$own"
jdk own 200 "$own"
jdk other-1 200 "$other"
jdk '' 200 "$own" true
jdk other-1 200 "$other" true
jdk 99 400 'No worker has the JDK 99; there are: the default, own, other-1'
jdk ../own 400 'JSL-JDK must be the name of a JDK'
same "jsl-client --jdk" "$other" \
	"$("$JSL_BIN/jsl-client" -g "$url" --jdk other-1 run "$dir/Home.java" </dev/null)"

# A worker with the JDK of its machine only. That it joins changes the set: the caches
# are emptied.
start peer-50 "$JSL_BIN/jsl-peer" --join "127.0.0.1:$((port_base + 10))" --cluster test \
	--id 50 --listen "127.0.0.1:$((port_base + 20))" --data-dir "$dir/data" \
	--log-dir "$dir/log"
wait_for "the worker that joins" lists 50
jdk other-1 503 'Only 1 of 2 workers have the JDK other-1 yet'
same "when to try again" 1 "$(header "$dir/answer" Retry-After)"
jdk '' 200 "$own"
node_kill peer-50 TERM
wait_for "its end" lists_not 50
jdk other-1 200 "$other"

# Each is checked, and none may be missing.
"$JSL_BIN/jsl-peer" --check --config "$conf" >"$dir/check" || fail "$(cat "$dir/check")"
grep -q "^ok  *JDK other-1  *.* in $other\$" "$dir/check" || fail "$(cat "$dir/check")"
sed -i 's/jdk own /jdk gone { home = "\/nowhere" } &/' "$conf"
rc=0
"$JSL_BIN/jsl-peer" --check --config "$conf" >"$dir/check" || rc=$?
same "exit status of --check" 1 "$rc"
grep -q "^MISSING  *JDK gone  *no usable JDK: java is not in /nowhere" "$dir/check" ||
	fail "$(cat "$dir/check")"
node_kill peer-1 TERM
rc=0
"$JSL_BIN/jsl-peer" --config "$conf" --id 1 --data-dir "$dir/data" >"$dir/refused" 2>&1 ||
	rc=$?
same "exit status without a JDK" 1 "$rc"
grep -q 'no usable JDK: java is not in /nowhere' "$dir/refused" || fail "$(cat "$dir/refused")"
