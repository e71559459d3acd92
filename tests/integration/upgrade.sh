#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A rolling upgrade: three peers and two gateways of the version before (NEWS names it)
# with a secret are replaced one by one by this version, as doc/operating.md says, while
# clients send programs without a pause; then one peer goes back and forth. Each request
# gets its own right answer, no epoch is lower than one before, and no message is
# refused because of its version or its form.

if grep -q '^JSL_SANITIZE = .*-fsanitize' "${JSL_BUILD:?}/Makefile"; then
	echo "SKIPPED: programs without sanitizers are enough here"
	exit 77
fi
"${JSL_SRC:?}/tests/release/previous.sh" || exit
old=$JSL_BUILD/previous/bin
# shellcheck source=tests/integration/cluster.sh
. "$(dirname "$0")/cluster.sh"
new=$JSL_BIN
N_CLIENTS=3

cluster_init 3 'runner { slots = 2 }'
cluster_second_gateway
cluster_secret
gateway_urls=("http://$http" "http://$other")

# ---- the nodes: 1 to 3 are peers, 100 and 101 gateways

# run NODE BIN: of the version in BIN
run() {
	local program=jsl-peer
	[ "$1" -lt $GATEWAY_ID ] || program=jsl-gateway
	start "node-$1" "$2/$program" --config "$conf" --id "$1" --data-dir "$dir/data" \
		--log-dir "$dir/log"
}
# runs NODE BIN: what is in memory is the program of that build.
runs() {
	case $(readlink "/proc/${pids[node-$1]}/exe") in
	"$(cd "$2" && pwd -P)"/.libs/*) ;;
	*) fail "node $1 runs $(readlink "/proc/${pids[node-$1]}/exe"), not of $2" ;;
	esac
}
node_url() {
	case $1 in
	100) echo "${gateway_urls[0]}" ;;
	101) echo "${gateway_urls[1]}" ;;
	*) peer_http "$1" ;;
	esac
}

# understood NODE: it refused nothing that its like of another version had sent.
understood() {
	local refused
	refused=$(curl -s -m 5 "$(node_url "$1")/metrics" | grep -E \
		'^jsl_((datagrams|links)_refused_total\{cause="(version|malformed|forged|secret|config|cluster|clear|sealed)"\}|frames_malformed_total) ') ||
		fail "node $1 has no metrics"
	refused=$(grep -v ' 0$' <<<"$refused") || return 0
	fail "node $1 did not understand: $refused"
}

# all_well: each gateway knows one leader and two that follow, and the leader both workers.
all_well() {
	local gateway info leader
	for gateway in "${gateway_urls[@]}"; do
		info=$(curl -s -m 5 "$gateway/cluster-info") || return 1
		leader=$(sed -n 's/^Server \([0-9]*\) - LEADING$/\1/p' <<<"$info")
		[ -n "$leader" ] || return 1
		[ "$(grep -c '^Server [123] - FOLLOWING$' <<<"$info")" = 2 ] || return 1
	done
	has_workers "$leader" 2
}

# knows_epoch GATEWAY: sets now; 0 while there is no leader
knows_epoch() {
	now=$(metric "$1" jsl_leader_epoch)
	[ "${now:-0}" != 0 ]
}

epoch=0
epoch_grows() {
	local gateway now=0
	for gateway in "${gateway_urls[@]}"; do
		wait_for "a leader at $gateway" knows_epoch "$gateway"
		[ "$now" -ge "$epoch" ] || fail "the epoch was $epoch and is $now at $gateway"
		epoch=$now
	done
}

# ---- the load

# client C: programs of its own until there is "stop", to the gateways of "balancer" in
# turn; a line for each in client-C: code, epoch, worker, attempts, and what was wrong.
client() {
	local c=$1 n=0 code wrong out=$dir/answer-$1 ms
	local -a gateways
	RANDOM=$c
	while [ ! -e "$dir/stop" ]; do
		n=$((n + 1)) ms=$((RANDOM % 200))
		[ $((n % 8)) != 0 ] || ms=2000 # outlasts what stops meanwhile
		read -ra gateways <"$dir/balancer"
		java_program "$out.java" "P${c}x$n" \
			"Thread.sleep($ms); System.out.print(\"$c answers $n\");"
		code=$(url=${gateways[n % ${#gateways[@]}]} post "$out.java" "$out") ||
			code="$code(curl: $?)"
		wrong=
		[ "$code" = 200 ] && [ "$(cat "$out")" = "$c answers $n" ] ||
			wrong="$(head -c 200 "$out" | tr '\n' ' ')"
		echo "$code $(header "$out" JSL-Epoch) $(header "$out" JSL-Worker)" \
			"$(header "$out" JSL-Attempts) $wrong" >>"$dir/client-$c"
	done
}
answers() { cat "$dir"/client-* 2>/dev/null | wc -l; }
more_answers() { [ "$(answers)" -ge "$1" ]; }
# turned LINES...: each client has an answer beyond these numbers, and looked again.
turned() {
	local c
	for ((c = 1; c <= N_CLIENTS; c++)); do
		[ "$(wc -l 2>/dev/null <"$dir/client-$c")" -gt "${!c}" ] || return 1
	done
}

# balance GATEWAY...: what the clients use from their next request on
balance() {
	echo "$*" >"$dir/balancer.new"
	mv "$dir/balancer.new" "$dir/balancer"
}

# out GATEWAY-THAT-STAYS: the other one is taken out, and no client is on its way to it.
out() {
	local c
	local -a lines
	balance "$1"
	for ((c = 1; c <= N_CLIENTS; c++)); do lines+=("$(wc -l <"$dir/client-$c")"); done
	wait_for "the clients to turn" turned "${lines[@]}"
}

# replace NODE BIN: stopped, started as that version, well again, and used.
replace() {
	local rc=0 before=$EPOCHREALTIME
	understood "$1"
	case $1 in
	100) out "${gateway_urls[1]}" ;;
	101) out "${gateway_urls[0]}" ;;
	esac
	kill -TERM "${pids[node-$1]}"
	wait "${pids[node-$1]}" || rc=$?
	same "exit status of node $1" 0 $rc
	run "$1" "$2"
	wait_for "all to be well after node $1 was replaced" all_well
	runs "$1" "$2"
	balance "${gateway_urls[@]}"
	epoch_grows
	wait_for "answers" more_answers $(($(answers) + 3 * N_CLIENTS))
	echo "node $1 is of ${2#"$JSL_BUILD"/} after $(awk -v a="$before" -v b="$EPOCHREALTIME" \
		'BEGIN { printf "%.1f", b - a }') s, epoch $epoch, $(answers) answers"
}

for node in 1 2 3 100 101; do run $node "$old"; done
wait_for "all to be well" all_well
for node in 1 2 3 100 101; do runs $node "$old"; done
balance "${gateway_urls[@]}"
for ((c = 1; c <= N_CLIENTS; c++)); do
	client $c &
	pids[client-$c]=$!
done
for node in 1 2 3 100 101; do replace $node "$new"; done
for node in 1 2 3 100 101; do runs $node "$new"; done
replace 2 "$old"
replace 2 "$new"
touch "$dir/stop"
for ((c = 1; c <= N_CLIENTS; c++)); do
	wait "${pids[client-$c]}" || fail "client $c failed"
	unset "pids[client-$c]"
done
for node in 1 2 3 100 101; do understood $node; done

grep -hv '^200 .* $' "$dir"/client-* | head -n 5 || true
awk '
{ requests++; workers[$3]++ }
NF > 4 || $1 != 200 || $4 != 1 { bad++; print FILENAME ": " $0 }
# The client sent this request after the answer to the one before.
FNR > 1 && $2 < epoch { bad++; print FILENAME ": epoch " $2 " after " epoch }
{ epoch = $2 }
END {
	printf "%d answers, %d of them wrong; runs on workers 1, 2, 3: %d, %d, %d\n",
		requests, bad, workers[1], workers[2], workers[3]
	exit bad > 0 || !workers[1] || !workers[2] # 3 leads for most of the time
}' "$dir"/client-* || fail "see above"
