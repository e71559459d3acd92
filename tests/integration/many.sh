#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A hundred different programs at once: each gets its own answer. Six equal ones at
# once: one runs, five share its answer. And none is lost that comes before the
# first leader.
. "$(dirname "$0")/cluster.sh"

# The last of a hundred waits for nearly all the others.
cluster_init 3 'gateway-limits { queue-wait-ms = 600000 }'
gateway_start
wait_for "the gateway" curl -s -o /dev/null "$url/healthz"
java_program "$dir/Early.java" Early 'System.out.print("early");'
post "$dir/Early.java" "$dir/early" >"$dir/early.code" &
early=$!
same "readiness without a leader" 503 \
	"$(curl -s -o /dev/null -w '%{http_code}' "$url/readyz")"
for i in 1 2 3; do peer_start $i; done
wait $early
same "code of the early request" 200 "$(cat "$dir/early.code")"
same "answer of the early request" early "$(cat "$dir/early")"

declare -a jobs=()
for ((i = 0; i < 100; i++)); do
	java_program "$dir/J$i.java" "J$i" "System.out.print(\"answer \" + $i * $i);"
	post "$dir/J$i.java" "$dir/answer$i" -m 600 >"$dir/code$i" &
	jobs[i]=$!
done
for ((i = 0; i < 100; i++)); do
	wait "${jobs[i]}"
	same "code $i" 200 "$(cat "$dir/code$i")"
	same "body $i" "answer $((i * i))" "$(cat "$dir/answer$i")"
done

java_program "$dir/Same.java" Same 'Thread.sleep(500); System.out.print("same");'
for i in 1 2 3 4 5 6; do
	post "$dir/Same.java" "$dir/same$i" >"$dir/same$i.code" &
	jobs[i]=$!
done
fresh=0
for i in 1 2 3 4 5 6; do
	wait "${jobs[i]}"
	same "body of equal $i" same "$(cat "$dir/same$i")"
	if [ "$(header "$dir/same$i" Cached-Response)" = false ]; then fresh=$((fresh + 1)); fi
done
same "equal requests that ran" 1 "$fresh"
