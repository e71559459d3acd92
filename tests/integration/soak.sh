#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Five peers and two gateways under load, while peers are killed, paused, stopped,
# restarted and (where network namespaces can be made) cut off, the leader as often as
# the others: every request gets its own right answer, and no program runs again without
# a reason. The runs are counted by what the workers log as they start them.
#
#	soak.sh [--seconds N] [--seed S]		60 s (15 s with sanitizers), a seed of its own
#
# Prints the seed; the same seed draws the same faults and programs, though not the same
# times. What a kill takes away of the last 200 ms of a log is allowed for.
SECONDS_=60 seed=$RANDOM
if grep -q '^JSL_SANITIZE = .*-fsanitize' "${JSL_BUILD:?}/Makefile"; then SECONDS_=15; fi
while [ $# -gt 1 ]; do
	case $1 in
	--seconds) SECONDS_=$2 ;;
	--seed) seed=$2 ;;
	*) break ;;
	esac
	shift 2
done
[ $# = 0 ] || {
	echo "usage: soak.sh [--seconds N] [--seed S]" >&2
	exit 2
}

# shellcheck source=tests/integration/needs.sh
. "$(dirname "$0")/needs.sh"
N_PEERS=5 N_CLIENTS=4 WAIT_ANSWER_S=120
why=$(netns_missing)
# shellcheck source=tests/integration/netns.sh
if [ -z "$why" ]; then . "$(dirname "$0")/netns.sh"; else . "$(dirname "$0")/cluster.sh"; fi
RANDOM=$seed
# Kills are not the fault of the programs that run meanwhile. Logs are kept whole.
lines='queue { max-deaths = 100 }
log { size-mb = 100000 }'

# ---- the cluster: gateway_curl G ARGS..., peer_run I, and what can be cut

if [ -z "$why" ]; then
	peer_run() { netns_peer_start "$1"; }
	gateway_curl() { in_space $((N_PEERS + $1)) curl "${@:2}"; }
	gateway_url() { echo "http://127.0.0.1:888$1"; }
	peer_curl() { in_space "$1" curl -s -m 2 "http://127.0.0.1:80${1}3$2"; }
	netns_init $N_PEERS 2 "$lines"
else
	echo "without cuts: $why"
	peer_run() { peer_start "$1"; }
	gateway_curl() { curl "${@:2}"; }
	gateway_url() { echo "http://127.0.0.1:$((port_base + 7 + $1))"; }
	peer_curl() { curl -s -m 2 "$(peer_http "$1")$2"; }
	cluster_init $N_PEERS "runner { slots = 1 }
$lines"
	cluster_second_gateway
	for ((i = 1; i <= N_PEERS; i++)); do peer_run $i; done
	for ((i = 0; i < 2; i++)); do
		start "gateway-$((i + 1))" "$JSL_BIN/jsl-gateway" --config "$conf" \
			--id $((100 + i)) --data-dir "$dir/data" --log-dir "$dir/log"
	done
fi
gateway_ready() {
	[ "$(gateway_curl "$1" -s -m 5 -o /dev/null -w '%{http_code}' "$(gateway_url "$1")/readyz")" = 200 ]
}
leader_now() {
	gateway_curl 1 -s -m 2 "$(gateway_url 1)/cluster-info" |
		sed -n 's/^Server \([0-9]*\) - LEADING$/\1/p'
}

# ---- the load

# client C: programs of its own until the file "stop" is there, a line for each in
# client-C: the code, the job, the attempts, the milliseconds, and what was wrong.
client() {
	local c=$1 n=0 code wrong before out=$dir/answer-$1
	RANDOM=$((seed + c))
	while [ ! -e "$dir/stop" ]; do
		n=$((n + 1))
		local gateway=$((RANDOM % 2 + 1))
		java_program "$out.java" "P${c}x$n" \
			"Thread.sleep($((RANDOM % 400))); System.out.print(\"$c answers $n\");"
		before=$EPOCHREALTIME
		code=$(gateway_curl "$gateway" -s -m $WAIT_ANSWER_S -o "$out" -D "$out.head" \
			-w '%{http_code}' -H 'Content-Type: text/x-java-source' \
			--data-binary "@$out.java" "$(gateway_url "$gateway")/compileandrun") || true
		wrong=
		[ "$code" = 200 ] && [ "$(cat "$out")" = "$c answers $n" ] ||
			wrong="$(head -c 200 "$out" | tr '\n' ' ')"
		echo "$code $(header "$out" JSL-Job-Id) $(header "$out" JSL-Attempts)" \
			"$(awk -v a="$before" -v b="$EPOCHREALTIME" 'BEGIN { print int((b - a) * 1000) }')" \
			"$wrong" >>"$dir/client-$c"
	done
}

# ---- the faults

declare -A faults=()
count() { faults[$1]=$((${faults[$1]:-0} + 1)); }
# pause MIN MAX: milliseconds
pause() { sleep "$(awk -v ms=$(($1 + RANDOM % ($2 - $1))) 'BEGIN { print ms / 1000 }')"; }

# pick_victim: sets victim, to the leader in every second case
pick_victim() {
	local leader
	victim=$((RANDOM % N_PEERS + 1))
	if [ $((RANDOM % 2)) = 0 ]; then
		leader=$(leader_now)
		victim=${leader:-$victim}
	fi
}

fault() {
	local victim other
	pick_victim
	other=$((victim % N_PEERS + 1))
	case $((RANDOM % (${#why} > 0 ? 8 : 11))) in
	0 | 1 | 2)
		count "kill -9"
		node_kill "peer-$victim"
		pause 100 2500
		peer_run "$victim"
		;;
	3)
		count "kill -9 of two"
		node_kill "peer-$victim"
		node_kill "peer-$other"
		pause 100 2500
		peer_run "$victim"
		peer_run "$other"
		;;
	4 | 5 | 6)
		count "SIGSTOP"
		kill -STOP "${pids[peer-$victim]}"
		pause 100 4000
		kill -CONT "${pids[peer-$victim]}"
		;;
	7)
		count "clean stop"
		node_kill "peer-$victim" TERM
		peer_run "$victim"
		;;
	8 | 9)
		count "cut off"
		# shellcheck disable=SC2046
		net_cut "$victim" -- $(seq "$n_nodes")
		# shellcheck disable=SC2046
		net_cut $(seq "$n_nodes") -- "$victim"
		pause 500 4000
		net_join
		;;
	10)
		count "cut one way"
		# shellcheck disable=SC2046
		net_cut "$victim" -- $(seq "$n_nodes")
		pause 500 4000
		net_join
		;;
	esac
}

for g in 1 2; do wait_for "gateway $g to be ready" gateway_ready $g; done
echo "soak: $N_PEERS peers, 2 gateways, $N_CLIENTS clients, $SECONDS_ s, seed $seed"
for ((c = 1; c <= N_CLIENTS; c++)); do
	client $c &
	pids[client-$c]=$!
done
end=$((SECONDS + SECONDS_))
while [ $SECONDS -lt $end ]; do
	fault
	pause 200 1500
done
touch "$dir/stop"
for ((c = 1; c <= N_CLIENTS; c++)); do
	wait "${pids[client-$c]}" || fail "client $c failed"
	unset "pids[client-$c]"
done
peers_stop

# ---- the account

cat "$dir"/client-* >"$dir/answers"
sed -n 's/.* queue job \([0-9a-f]*\) started, node.*/\1/p' "$dir"/log/peer-*.verbose.log >"$dir/starts"
kills=$((${faults["kill -9"]:-0} + 2 * ${faults["kill -9 of two"]:-0}))
for what in "${!faults[@]}"; do printf '%-16s %d\n' "$what" "${faults[$what]}"; done
sed -n 's/.* queue job .* \(requeued\|adopted\|quarantined\|silent\), .*/\1/p' \
	"$dir"/log/peer-*.summary.log | sort | uniq -c | awk '{ printf "jobs %-11s %d\n", $2, $1 }'
grep -v '^200 .* $' "$dir/answers" | head -n 5 || true
awk -v kills="$kills" '
FILENAME ~ /starts$/ { starts[$1]++; next }
{
	requests++
	if (NF > 4 || $1 != 200) { wrong++; next }
	attempts += $3
	if ($3 > 1) again++
	if ($4 > slowest) slowest = $4
	if (starts[$2] > $3) { more++; print "job " $2 ": attempts " $3 ", runs " starts[$2] }
	unseen += $3 - starts[$2]
}
END {
	printf "%d requests, %d wrong or lost, slowest answer %d ms\n", requests, wrong, slowest
	printf "%d attempts: %d jobs ran again, %d runs were not logged\n", attempts, again, unseen
	# A kill hides at most the job of its slot; an assignment that a kill or a cut
	# swallowed was never a run.
	exit requests == 0 || wrong > 0 || more > 0 || unseen > 2 * kills + again
}' "$dir/starts" "$dir/answers" || fail "see above"
if [ -z "$why" ]; then leaders_check; fi
