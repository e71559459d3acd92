#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Workers without a vote that are not in the configuration: they find the cluster by
# gossip, get jobs, are found failed when they are killed, and come back. The name of a
# node that lives cannot be taken.
. "$(dirname "$0")/cluster.sh"

# join_port I: a joined worker listens there; joined_start I [ARGS...]
join_port() { echo $((port_base + 40 + ($1 - 50) * 10)); }
joined_start() {
	local i=$1
	shift
	start "peer-$i" "$JSL_BIN/jsl-peer" --join "localhost:$((port_base + 10))" \
		--join "127.0.0.1:$((port_base + 20))" --cluster test --id "$i" \
		--listen "127.0.0.1:$(join_port "$i")" --data-dir "$dir/data" \
		--log-dir "$dir/log" "$@"
}
joined_http() { echo "http://127.0.0.1:$(($(join_port "$1") + 3))"; }
says() { grep -q -- "$2" "$dir/$1.out"; }

cluster_init 5 # the last two ports are for those that join
sed -i '/^peer [45] /d' "$conf"
for i in 1 2 3; do peer_start $i; done
gateway_start
wait_for "the highest id to lead" leader_is 3
for i in 50 51; do joined_start $i; done
for i in 50 51; do
	wait_for "worker $i to observe the leader" says "peer-$i" \
		"^$i: switching from LOOKING to OBSERVING\$"
	wait_for "worker $i to be listed as an observer" lists_as $i OBSERVING
done

# Four workers, when the leader has all their inventories: each has one of four jobs.
wait_for "the leader to have four workers" has_workers 3 4
for i in 1 2 3 4; do
	java_program "$dir/J$i.java" "J$i" "Thread.sleep(3000); System.out.print(\"job $i\");"
	post "$dir/J$i.java" "$dir/answer$i" >"$dir/code$i" &
	jobs[i]=$!
done
runs_one() { [ "$(metric "$(joined_http 51)" jsl_jobs_running)" = 1 ]; }
wait_for "a job on worker 51" runs_one
node_kill peer-51
wait_for "worker 51 to be found failed" says peer-3 \
	'^3: no heartbeat from server 51 - SERVER FAILED$'
attempts="" workers=""
for i in 1 2 3 4; do
	wait "${jobs[i]}"
	same "code $i" 200 "$(cat "$dir/code$i")"
	same "body $i" "job $i" "$(cat "$dir/answer$i")"
	attempts="$attempts $(header "$dir/answer$i" JSL-Attempts)"
	workers="$workers $(header "$dir/answer$i" JSL-Worker)"
done
same "jobs that ran twice" 1 "$(tr ' ' '\n' <<<"$attempts" | grep -c '^2$')"
case "$workers " in *" 50 "*) ;; *) fail "worker 50 ran nothing:$workers" ;; esac
case "$workers " in *" 51 "*) fail "worker 51 was killed:$workers" ;; esac
wait_for "worker 51 to be listed no more" lists_not 51

joined_start 51
wait_for "worker 51 to be back" lists 51
wait_for "the leader to have it, too" has_workers 3 4
java_program "$dir/Back.java" Back 'Thread.sleep(1000); System.out.print("back");'
works_again() {
	local i
	for i in 1 2 3 4; do
		sed "s/Back/Back$i/" "$dir/Back.java" >"$dir/B$i.java"
		post "$dir/B$i.java" "$dir/b$i" >/dev/null &
		jobs[i]=$!
	done
	for i in 1 2 3 4; do wait "${jobs[i]}"; done
	for i in 1 2 3 4; do
		if [ "$(header "$dir/b$i" JSL-Worker)" = 51 ]; then return 0; fi
	done
	return 1
}
works_again || fail "worker 51 gets no jobs"

# Another process under the id of one that lives is sent away, and says why.
rc=0
timeout 30 "$JSL_BIN/jsl-peer" --join "127.0.0.1:$((port_base + 10))" --cluster test \
	--id 50 --listen "127.0.0.1:$((port_base + 49))" --http "127.0.0.1:$((port_base + 59))" \
	--data-dir "$dir/other" >"$dir/twin.out" 2>"$dir/twin.err" </dev/null || rc=$?
same "status of a second process 50" 1 $rc
grep -q "id 50 is taken by the node at 127.0.0.1:$(join_port 50)" "$dir/twin.err" ||
	fail "a second process 50 said: $(cat "$dir/twin.err")"
lists 50 || fail "worker 50 is gone for one that took its id"
! says peer-3 'server 50 - SERVER FAILED' || fail "worker 50 was declared failed"

# A clean stop of a joined worker is no failure.
node_kill peer-50 TERM
wait_for "worker 50 to be listed no more" lists_not 50
! says peer-3 'server 50 - SERVER FAILED' || fail "a clean stop was called a failure"
