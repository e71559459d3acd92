#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A worker whose sandbox breaks leaves the jobs to the others, and works again when it is
# mended; where all are broken, each job is told why (Q12).
. "$(dirname "$0")/cluster.sh"

# Each peer has a bubblewrap of its own; its programs run as another user.
chmod 711 "$dir"
system_bwrap=$(realpath "$(command -v bwrap)")
own_bwrap() {
	mkdir -p "$dir/path-$1"
	cp "$system_bwrap" "$dir/new-$1"
	mv "$dir/new-$1" "$dir/path-$1/bwrap"
}
# As where user namespaces have been switched off.
break_bwrap() {
	printf '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n' \
		>"$dir/new-$1"
	chmod 755 "$dir/new-$1"
	mv "$dir/new-$1" "$dir/path-$1/bwrap"
}

cluster_init 3 'runner { slots = 2 }'
for i in 1 2 3; do
	own_bwrap $i
	PATH="$dir/path-$i:$PATH" peer_start $i
done
gateway_start
wait_for "the highest id to lead" leader_is 3
wait_for "a worker" is_ready
wait_for "both workers" has_workers 3 2

# ask: one more program, which no cache knows; sets code, worker, text.
n=0
ask() {
	n=$((n + 1))
	java_program "$dir/J.java" "J$n" "System.out.print($n);"
	code=$(post "$dir/J.java" "$dir/answer")
	worker=$(header "$dir/answer" JSL-Worker)
	text=$(cat "$dir/answer")
}
asked_on() { ask; [ "$code $worker $text" = "200 $1 $n" ]; }
fit_is() { [ "$(metric "$(peer_http "$1")" jsl_runner_fit)" = "$2" ]; }
info_json() { curl -s -m 5 -H 'Accept: application/json' "$url/cluster-info"; }
asked_and_fit_is() { ask; fit_is "$@"; }
for i in 1 2; do
	wait_for "a job on worker $i" asked_on $i
	fit_is $i 1 || fail "worker $i is not fit"
done

break_bwrap 2
# The programs that find a JVM that still waits run; one that does not is refused.
wait_for "worker 2 to see it" asked_and_fit_is 2 0
for _ in {1..20}; do
	ask
	same "an answer beside an unfit worker" "200 1 $n" "$code $worker $text"
done
grep -q 'unfit: JVMs cannot be started: No sandbox: bwrap: No permissions' \
	"$dir/log/peer-2.summary.log" || fail "the log does not say it"
unfit_told() { info_json | grep -q '"id":2,[^}]*"unfit":true}'; }
wait_for "the gateway to hear of it" unfit_told
same "nodes that are unfit" 1 "$(info_json | grep -o '"unfit":' | wc -l)"
"$JSL_BIN/jsl-client" -g "$url" status | grep -q '^ *2 .* unfit$' || fail "status does not say it"

own_bwrap 2
wait_for "worker 2 to be fit again" fit_is 2 1
wait_for "a job on worker 2" asked_on 2

# The leader, which has started nothing yet, is the last to know.
for i in 1 2 3; do break_bwrap $i; done
for i in 1 2 3; do wait_for "all to see it" asked_and_fit_is $i 0; done
for _ in {1..5}; do
	ask
	same "an answer where nobody is fit" \
		"503 No sandbox: bwrap: No permissions to create new namespace" "$code $text"
done
own_bwrap 1
wait_for "worker 1 to be fit again" fit_is 1 1
wait_for "a job on worker 1" asked_on 1
