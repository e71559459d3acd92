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
newest() { acts | tail -n 1; }
epoch() { newest | cut -d ' ' -f 2; }
leader() { newest | cut -d ' ' -f 3; }
acts_now() { [ "$(leader)" = "$1" ]; }
acts_beyond() { [ "$(epoch)" -gt "$1" ]; }
saw() { grep -qE "^view [0-9]+: node $1" "$dir/watch-1.out"; }
role_of() { sed -n 's/.* us: node [0-9]* was .*, is \(.*\)$/\1/p' "$dir/singleton-$1.out" | tail -n 1; }
follows() { [ "$(role_of "$1")" = FOLLOWING ]; }
takes_part() { follows "$1" || acts_now "$1"; }
lives() { [ "$(grep -c "node $1 .* joined$" "$dir/watch-1.out")" = "$2" ]; }

for i in 1 2 3; do start_singleton $i; done
# shellcheck disable=SC2086
start watch-1 100 singleton $addresses
wait_for "the highest id to act" acts_now 3
for i in 1 2 3; do
	wait_for "$i to take part" takes_part $i
	wait_for "the watcher to see $i" saw "$i .* joined$"
done

# Killed: gone without a word.
first=$(epoch)
kill -KILL "${pids[singleton-3]}"
wait "${pids[singleton-3]}" 2>/dev/null || true
wait_for "another to act" acts_beyond "$first"
[ "$(leader)" = 2 ] || fail "after 3, node $(leader) acts"
wait_for "the watcher to report 3" saw "3 .* failed"
start_singleton 3
wait_for "the watcher to see 3 in a new life" lives 3 2
wait_for "3 to follow" follows 3

# Paused, and resumed when another acts: it must not act once more.
second=$(epoch)
kill -STOP "${pids[singleton-2]}"
wait_for "another to act" acts_beyond "$second"
wait_for "the watcher to report 2" saw "2 .* (suspected|failed)"
kill -CONT "${pids[singleton-2]}"
wait_for "2 to follow" follows 2
wait_for "the watcher to see 2 again" saw "2 .* recovered$"

# Stopped: it leaves.
third=$(epoch) last=$(leader)
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
