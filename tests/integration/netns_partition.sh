#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Five peers, the leader and another cut off from three: the three elect a leader, and
# when the link is back all agree again, and know each other alive, within 10 s each and
# by themselves. Once each side has declared the other failed, the cut is held for 5 s;
# with --long for 60 s, longer than the dead are listed.
. "$(dirname "$0")/netns.sh"

# logged WHAT: each of the three says so of each of the two, and the other way round.
logged() {
	local i j
	for i in "$old" "$with"; do
		for j in "${rest[@]}"; do
			grep -q "server $i at [^ ]* $1 " "$dir/log/peer-$j.summary.log" || return 1
			grep -q "server $j at [^ ]* $1 " "$dir/log/peer-$i.summary.log" || return 1
		done
	done
}

HOLD_S=5
if [ "${1:-}" = --long ]; then HOLD_S=60; fi
netns_init 5
agreed "first start"
old=$leader
with=$((old % n_peers + 1))
read -r -a rest <<<"$(all_but "$old" | grep -vx "$with" | tr '\n' ' ')"
wait_for "all to know each other" logged joined
t0=$EPOCHREALTIME
net_cut "$old" "$with" -- "${rest[@]}"
net_cut "${rest[@]}" -- "$old" "$with"
wait_for "another leader" agree_on_another "$old" "${rest[@]}"
after "2 of 5 cut off: another leader"
wait_for "the others to be declared failed" logged failed
after "  all declared failed"
sleep "$HOLD_S"
net_join
t0=$EPOCHREALTIME
WAIT_S=10
agreed "joined after $HOLD_S s more: all agree"
wait_for "all to know each other alive" logged recovered
after "  all know each other alive"
leaders_check
