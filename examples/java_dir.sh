#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The example of the runner as a user runs it: a directory of Java files, of which each
# gets its own verdict.
set -eu
: "${JSL_BUILD:?set by make check}"
# shellcheck source=examples/example.sh
. "$(dirname "$0")/example.sh"

if ! bwrap --unshare-all --unshare-user --ro-bind / / true 2>/dev/null; then
	echo "skipped: user namespaces are not available here"
	[ -z "${CI:-}" ] || exit 1
	exit 77
fi
export JSL_AGENT_JAR=$JSL_BUILD/lib/runner/jsl-agent.jar JSL_BOX=$JSL_BUILD/lib/runner/jsl-box
mkdir "$dir/programs"
cd "$dir/programs"
main='public static void main(String[] args) throws Exception'
for i in 1 2 3 4; do
	echo "public class P$i { $main { System.out.print(\"program $i\"); } }" >P$i.java
done
echo 'public class R { public String run() { return "returned"; } }' >R.java
code=0
"$examples/java_dir" . >"$dir/good" || code=$?
[ $code = 0 ] || fail "exit $code: $(cat "$dir/good")"
{
	for i in 1 2 3 4; do echo "P$i.java: ok: program $i"; done
	echo 'R.java: ok: returned'
} >"$dir/expected"
sort "$dir/good" | cmp - "$dir/expected" || fail "$(cat "$dir/good")"

echo "public class Bad { $main { System.exit(3); } }" >Bad.java
echo 'not Java' >None.java
echo 'not looked at' >notes.txt
"$examples/java_dir" "$dir/programs" >"$dir/bad" || code=$?
[ $code = 1 ] || fail "exit $code: $(cat "$dir/bad")"
grep -qx 'Bad.java: nonzero_exit: Exited with code 3' "$dir/bad" || fail "$(cat "$dir/bad")"
grep -qx 'None.java: compile_error: No class name found in code' "$dir/bad" ||
	fail "$(cat "$dir/bad")"
[ "$(wc -l <"$dir/bad")" = 7 ] || fail "$(cat "$dir/bad")"
echo ok
