#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A program that takes its worker's process down (here the test does it) is given up
# after two deaths, with both workers as the evidence (Q6); those that run beside it, and
# after it, get their answers.
. "$(dirname "$0")/cluster.sh"

cluster_init 5 'runner { slots = 2 }'
for i in 1 2 3 4 5; do peer_start $i; done
gateway_start
wait_for "the highest id to lead" leader_is 5
wait_for "four workers" has_workers 5 4

java_program "$dir/Poison.java" Poison 'Thread.sleep(100000);'
post "$dir/Poison.java" "$dir/poison" >"$dir/poison.code" &
poison=$!

# runner_of ATTEMPT: sets worker, to the one that runs this attempt of the only job so far
runner_of() {
	worker=$(sed -n "s/.* queue job [0-9a-f]* started, node \([0-9]*\), attempt $1, .*/\1/p" \
		"$dir"/log/peer-*.verbose.log)
	[ -n "$worker" ]
}
killed=
for attempt in 1 2; do
	wait_for "attempt $attempt" runner_of $attempt
	killed="$killed, $worker"
	node_kill "peer-$worker"
done

for i in 1 2 3 4; do
	java_program "$dir/J$i.java" "J$i" "System.out.print(\"job $i\");"
	post "$dir/J$i.java" "$dir/answer$i" >"$dir/code$i" &
	jobs[i]=$!
done
wait $poison
same "code of the poison" 400 "$(cat "$dir/poison.code")"
same "verdict on the poison" \
	"The job is not run again: 2 workers failed while they ran it (${killed#, })" \
	"$(head -n 1 "$dir/poison")"
same "attempts of the poison" 2 "$(header "$dir/poison" JSL-Attempts)"
for i in 1 2 3 4; do
	wait "${jobs[i]}"
	same "code $i" 200 "$(cat "$dir/code$i")"
	same "body $i" "job $i" "$(cat "$dir/answer$i")"
	same "attempts $i" 1 "$(header "$dir/answer$i" JSL-Attempts)"
done
