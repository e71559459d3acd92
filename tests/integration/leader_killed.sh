#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# kill -9 of the leader with three jobs in flight: all are answered by the runs that
# had begun (Q2: JSL-Attempts 1), and the next highest id leads.
. "$(dirname "$0")/cluster.sh"

cluster_init 4
for i in 1 2 3 4; do peer_start $i; done
gateway_start
wait_for "the highest id to lead" leader_is 4
wait_for "a worker" is_ready

for i in 1 2 3; do
	java_program "$dir/J$i.java" "J$i" "Thread.sleep(4000); System.out.print(\"job $i\");"
	post "$dir/J$i.java" "$dir/answer$i" >"$dir/code$i" &
	jobs[i]=$!
done
running() { [ "$(metric "$(peer_http 4)" jsl_queue_running)" = 3 ]; }
wait_for "three running jobs" running
node_kill peer-4
for i in 1 2 3; do wait "${jobs[i]}"; done
for i in 1 2 3; do
	same "code $i" 200 "$(cat "$dir/code$i")"
	same "body $i" "job $i" "$(cat "$dir/answer$i")"
	same "attempts $i" 1 "$(header "$dir/answer$i" JSL-Attempts)"
done
wait_for "the next highest id to lead" leader_is 3
wait_for "the dead to be taken off the list" lists_not 4
wait_for "peer 1 to report the failure" grep -q \
	'^1: no heartbeat from server 4 - SERVER FAILED$' "$dir/peer-1.out"

# A rejoining higher id causes no election.
peer_start 4
wait_for "the restarted node to be listed" lists 4
wait_for "the restarted node to follow" grep -q '^4: switching from LOOKING to FOLLOWING$' \
	"$dir/peer-4.out"
same "leader after the rejoin" 3 "$(leader)"
