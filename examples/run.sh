#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The examples as a user runs them: three singletons and a watcher. The one that acts
# is killed, paused and resumed, and stopped; the job goes on elsewhere with a higher
# token, never with two tokens at a time, and the watcher says what happened.
set -eu
: "${JSL_BUILD:?set by make check}"
# shellcheck source=examples/example.sh
. "$(dirname "$0")/example.sh"

find_ports 3
# shellcheck disable=SC2086
start_singleton() { start "singleton-$1" "$1" "$dir/data" $addresses; }

# All actions in the order of their times: US EPOCH ID.
acts() {
	cat "$dir"/singleton-*.out |
		sed -n 's/^\([0-9]*\) us: node .* acts, token \([0-9]*\)\.\([0-9]*\)$/\1 \2 \3/p' |
		sort -n
}
# The newest of them: EPOCH ID.
newest() { acts | tail -n 1 | cut -d ' ' -f 2,3; }
epoch() { newest | cut -d ' ' -f 1; }
leader() { newest | cut -d ' ' -f 2; }
acts_now() { [ "$(leader)" = "$1" ]; }
acts_beyond() {
	local now
	now=$(epoch)
	[ "${now:-0}" -gt "$1" ]
}
saw() { grep -qE "^view [0-9]+: node $1" "$dir/watch-1.out"; }
role_of() { sed -n 's/.* us: node [0-9]* was .*, is \(.*\)$/\1/p' "$dir/singleton-$1.out" | tail -n 1; }
follows() { [ "$(role_of "$1")" = FOLLOWING ]; }
takes_part() { follows "$1" || acts_now "$1"; }
lives() { [ "$(grep -c "node $1 .* joined$" "$dir/watch-1.out")" = "$2" ]; }

for i in 1 2 3; do start_singleton $i; done
# shellcheck disable=SC2086
start watch-1 100 singleton $addresses
wait_for "one to act" acts_beyond 0
for i in 1 2 3; do
	wait_for "$i to take part" takes_part $i
	wait_for "the watcher to see $i" saw "$i .* joined$"
done

# Killed: gone without a word.
read -r first killed <<<"$(newest)"
kill -KILL "${pids[singleton-$killed]}"
wait "${pids[singleton-$killed]}" 2>/dev/null || true
wait_for "another to act" acts_beyond "$first"
[ "$(leader)" != "$killed" ] || fail "$killed acts beyond its end"
wait_for "the watcher to report $killed" saw "$killed .* failed"
start_singleton "$killed"
wait_for "the watcher to see $killed in a new life" lives "$killed" 2
wait_for "$killed to take part" takes_part "$killed"

# Paused, and resumed when another acts: it must not act once more.
read -r second paused <<<"$(newest)"
kill -STOP "${pids[singleton-$paused]}"
wait_for "another to act" acts_beyond "$second"
wait_for "the watcher to report $paused" saw "$paused .* (suspected|failed)"
kill -CONT "${pids[singleton-$paused]}"
wait_for "$paused to take part" takes_part "$paused"
wait_for "the watcher to see $paused again" saw "$paused .* recovered$"

# Stopped: it leaves.
read -r third last <<<"$(newest)"
kill -TERM "${pids[singleton-$last]}"
wait "${pids[singleton-$last]}" || fail "singleton $last: exit $?"
unset "pids[singleton-$last]"
wait_for "another to act" acts_beyond "$third"
wait_for "the watcher to see it leave" saw "$last .* left$"
kill -INT "${pids[watch-1]}"
wait "${pids[watch-1]}" || fail "watch: exit $?"
unset "pids[watch-1]"

# In the order of time epochs never go down, and each has one owner: the times of two
# tokens do not overlap.
acts | awk '$2 < epoch { print "token " $2 "." $3 " was used after " epoch; bad = 1 }
	($2 in owner) && owner[$2] != $3 { print "two nodes acted in epoch " $2; bad = 1 }
	{ epoch = $2; owner[$2] = $3; n++ }
	END { print n " actions in " length(owner) " epochs"; exit bad || length(owner) < 4 }' ||
	fail "the tokens overlap, or are too few"
sed -n 's/^view \([0-9]*\): .*/\1/p' "$dir/watch-1.out" |
	awk 'NR > 1 && $1 != last + 1 { exit 1 } { last = $1 }' || fail "a gap in the views"
echo ok
