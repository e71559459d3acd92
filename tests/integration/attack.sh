#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# jsl-client attack: a row for each program, and exit 1 as soon as one ends otherwise than
# it has to. All of them are in tests/io/test_runner_hostile; here are a few.
. "$(dirname "$0")/cluster.sh"

cluster_init 1
peer_start 1
gateway_start
wait_for "readiness" is_ready

mkdir "$dir/few"
for name in compile-errors cpu-exit files-inodes kernel-socket output-terminal cpu-loop; do
	cp "$JSL_SRC/tests/hostile/$name.java" "$dir/few"
done
attack() { # CODE [ARGS...]
	local code=$1 rc=0
	shift
	"$JSL_BIN/jsl-client" -g "$url" attack "$@" >"$dir/table" 2>"$dir/said" || rc=$?
	same "exit status of attack $*: $(cat "$dir/table" "$dir/said")" "$code" "$rc"
}
attack 0 "$dir/few"
same "rows that are right" 6 "$(grep -c ' | yes$' "$dir/table")"
grep -q '^case  *| expected  *| got  *|  *ms | ok$' "$dir/table" || fail "no head: $(cat "$dir/table")"
grep -q '^kernel-socket  *| security: Denied system call: socket  *| security: Denied' \
	"$dir/table" || fail "$(cat "$dir/table")"
grep -q '^6 of 6 as expected, 2 nodes; the slowest harmless program .* took [0-9]* ms$' "$dir/table" || fail "$(cat "$dir/table")"
# Nothing comes from the cache.
ran() { metric "$url" jsl_gateway_jobs_total; }
before=$(ran)
attack 0 "$dir/few"
same "jobs of an attack" $((before + 12)) "$(ran)"

# One that is not held.
sed 's/^\/\/ status: .*/\/\/ status: ok/' "$dir/few/cpu-exit.java" >"$dir/few/worse.java"
attack 1 "$dir/few"
grep -q '^worse .* | NO$' "$dir/table" || fail "$(cat "$dir/table")"
grep -q '^6 of 7 as expected, ' "$dir/table" || fail "$(cat "$dir/table")"

echo '// nothing' >"$dir/few/broken.java"
attack 2 "$dir/few"
grep -q 'broken.java: no status' "$dir/said" || fail "$(cat "$dir/said")"
rm "$dir/few/broken.java"
attack 2 "$dir/nowhere"
node_kill gateway
attack 125 "$dir/few"
