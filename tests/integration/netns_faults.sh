#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Peers that lose their leader, their network or their time: each fault is held for a
# stated time, then all agree on one leader again without a restart, and no two ever
# led at once. --long: also a pause of 10 s.
. "$(dirname "$0")/netns.sh"

kill_leader() {
	local old=$leader
	fault_begins
	node_kill "peer-$old"
	changed "kill -9: another leader" "$old"
	t0=$EPOCHREALTIME
	netns_peer_start "$old"
	agreed "  started again: follows"
}

# pause_leader SECONDS
pause_leader() {
	local old=$leader
	fault_begins
	kill -STOP "${pids[peer-$old]}"
	if [ "$1" = 0.1 ]; then
		sleep "$1"
	else
		changed "SIGSTOP $1 s: another leader" "$old"
		sleep "$(awk -v a="$t0" -v b="$EPOCHREALTIME" -v s="$1" \
			'BEGIN { left = s - (b - a); print (left > 0 ? left : 0) }')"
	fi
	kill -CONT "${pids[peer-$old]}"
	t0=$EPOCHREALTIME
	agreed "SIGSTOP $1 s: all agree after it"
}

# cut_leader off|mute|deaf
cut_leader() {
	local old=$leader others
	read -r -a others <<<"$(all_but "$leader" | tr '\n' ' ')"
	fault_begins
	if [ "$1" != deaf ]; then net_cut "$old" -- "${others[@]}"; fi
	if [ "$1" != mute ]; then net_cut "${others[@]}" -- "$old"; fi
	changed "leader cut $1: another leader" "$old"
	net_join
	t0=$EPOCHREALTIME
	agreed "  joined: all agree"
}

# Only the leader and one voter are cut from each other: the leader has its quorum, and
# the other one may not disturb it (R6), nor go up in epochs until it must (R10). A leader
# that got no time for as long as its lease is another matter: that happens on a busy
# machine, but not three times in turn.
chain() {
	local old held a b c
	for _ in 1 2 3; do
		old="$leader $epoch" a=$leader
		read -r b c <<<"$(all_but "$a" | tr '\n' ' ')"
		net_cut "$a" -- "$c"
		net_cut "$c" -- "$a"
		sleep 3
		held=$(view "$b")
		net_join
		t0=$EPOCHREALTIME
		agreed "chain A-B-C, A-C cut for 3 s"
		[ "$held, $leader $epoch" != "$old, $old" ] || return 0
	done
	fail "leader and epoch of the chain $c-$b-$a: were $old, then $held, then $leader $epoch"
}

# weather SECONDS WHAT ORDER...
weather() {
	net "${@:3}"
	sleep "$1"
	net_join
	t0=$EPOCHREALTIME
	agreed "$2 for $1 s, and then"
}

netns_init 3
t0=$EPOCHREALTIME
agreed "first start"
kill_leader
pause_leader 0.1
pause_leader 1
cut_leader off
cut_leader mute
cut_leader deaf
chain
for percent in 1 5 20; do weather 3 "loss of $percent %" loss $percent; done
weather 3 "delay of 50 +- 20 ms" delay 30000 70000
if [ "${1:-}" = --long ]; then pause_leader 10; fi
leaders_check
