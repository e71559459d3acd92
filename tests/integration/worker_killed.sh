#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# kill -9 of a worker with jobs in flight: they run elsewhere (Q6), all are answered.
. "$(dirname "$0")/cluster.sh"

cluster_init 3
for i in 1 2 3; do peer_start $i; done
gateway_start
wait_for "the highest id to lead" leader_is 3
wait_for "a worker" is_ready
wait_for "both workers" has_workers 3 2

for i in 1 2; do
	java_program "$dir/J$i.java" "J$i" "Thread.sleep(3000); System.out.print(\"job $i\");"
	post "$dir/J$i.java" "$dir/answer$i" >"$dir/code$i" &
	jobs[i]=$!
done
# The jobs are spread round robin: each of the two workers has one.
runs_one() { [ "$(metric "$(peer_http 1)" jsl_jobs_running)" = 1 ]; }
wait_for "a job on worker 1" runs_one
node_kill peer-1
for i in 1 2; do wait "${jobs[i]}"; done
attempts=""
for i in 1 2; do
	same "code $i" 200 "$(cat "$dir/code$i")"
	same "body $i" "job $i" "$(cat "$dir/answer$i")"
	same "worker $i" 2 "$(header "$dir/answer$i" JSL-Worker)"
	attempts="$attempts$(header "$dir/answer$i" JSL-Attempts)"
done
case $attempts in 12 | 21) ;; *) fail "attempts are $attempts" ;; esac
