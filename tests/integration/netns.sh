# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Clusters in network namespaces, one for each peer, on a network with faults:
# `. netns.sh`, then netns_init N, net ORDER (see netns_hub.c), and the waits. What is
# made here is removed at exit. Who led when is taken from the verbose logs.

# shellcheck source=tests/integration/cluster.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

# The right to make a network cannot be installed: without it, skipped everywhere.
command -v ip >/dev/null || skip "iproute2 is not installed"
why=$(netns_missing)
[ -z "$why" ] || {
	echo "SKIPPED: $why"
	exit 77
}
space=jsl-$$
n_peers=0 n_nodes=0 leader=0 epoch=0
t0=$EPOCHREALTIME t0_boot=0

# netns_clean STATUS: returns it.
netns_clean() {
	local i
	for ((i = 1; i <= n_nodes; i++)); do
		ip netns del "$space-$i" 2>/dev/null || true
	done
	return "$1"
}
trap 'netns_clean $? && at_exit || at_exit' EXIT

in_space() { ip netns exec "$space-$1" "${@:2}"; }

# net ORDER...: to the hub; holds when this returns.
net() {
	local answer
	echo "$*" >&"${hub[1]}"
	read -r -t "$WAIT_S" answer <&"${hub[0]}" || fail "the hub is gone"
	same "the hub's answer to $*" ok "$answer"
}

# net_join: no cuts, loss or delay any more.
net_join() {
	net join
	net loss 0
	net delay 0 0
}

# net_cut FROM... -- TO...: one way
net_cut() {
	local from=()
	while [ "$1" != -- ]; do
		from+=("$1")
		shift
	done
	shift
	for a in "${from[@]}"; do
		for b; do [ "$a" = "$b" ] || net cut "$a" "$b"; done
	done
}

# netns_init N [GATEWAYS [LINES]]: a network, its configuration with LINES, and N peers
# that run. Gateway G is node N + G, with the id 100 + G.
netns_init() {
	local i gateways=${2:-0}
	n_peers=$1
	n_nodes=$((n_peers + gateways))
	conf=$dir/jsl.conf
	head -c 32 /dev/urandom | base64 >"$dir/secret"
	chmod 600 "$dir/secret"
	{
		echo "cluster { name = \"netns\" secret-file = \"$dir/secret\" }"
		echo 'runner { slots = 1 }'
		for ((i = 1; i <= n_peers; i++)); do
			echo "peer $i { address = \"10.99.0.$i:8010\" http = \"127.0.0.1:80${i}3\" }"
		done
		for ((i = 1; i <= gateways; i++)); do
			echo "gateway $((100 + i)) { address = \"10.99.0.$((n_peers + i)):8010\" http = \"127.0.0.1:888$i\" }"
		done
		printf '%s\n' "${3:-}"
	} >"$conf"
	for ((i = 1; i <= n_nodes; i++)); do ip netns add "$space-$i"; done
	# shellcheck disable=SC2046
	coproc hub { exec "$JSL_BUILD/tests/integration/netns_hub" $(seq -f "$space-%g" "$n_nodes"); }
	pids[hub]=$!
	read -r -t "$WAIT_S" _ <&"${hub[0]}" || fail "the hub did not start"
	for ((i = 1; i <= n_nodes; i++)); do
		in_space "$i" ip link set lo up
		in_space "$i" ip link set eth0 address "02:00:00:00:00:0$i" up
		in_space "$i" ip addr add "10.99.0.$i/24" dev eth0
	done
	for ((i = 1; i <= n_peers; i++)); do netns_peer_start "$i"; done
	for ((i = 1; i <= gateways; i++)); do netns_gateway_start "$i"; done
}

netns_peer_start() {
	start "peer-$1" ip netns exec "$space-$1" "$JSL_BIN/jsl-peer" --config "$conf" \
		--id "$1" --data-dir "$dir/data" --log-dir "$dir/log"
}

netns_gateway_start() {
	start "gateway-$1" ip netns exec "$space-$((n_peers + $1))" "$JSL_BIN/jsl-gateway" \
		--config "$conf" --id "$((100 + $1))" --data-dir "$dir/data" --log-dir "$dir/log"
}

# view I: "LEADER EPOCH" as peer I knows it; "0 0" for nobody
view() {
	in_space "$1" curl -s -m 5 "http://127.0.0.1:80${1}3/metrics" | awk '
		$1 == "jsl_leader_id" { id = $2 }
		$1 == "jsl_leader_epoch" { epoch = $2 }
		END { print id + 0, epoch + 0 }'
}

# agree I...: whether these peers know the same leader; sets leader and epoch.
agree() {
	local first other
	first=$(view "$1")
	[ "$first" != "0 0" ] || return 1
	for other in "${@:2}"; do [ "$(view "$other")" = "$first" ] || return 1; done
	read -r leader epoch <<<"$first"
}

# agree_on_another OLD I...: likewise, and it is not OLD.
agree_on_another() { agree "${@:2}" && [ "$leader" != "$1" ]; }

# all_but I: the other peers
all_but() { seq "$n_peers" | grep -vx "$1"; }

# fault_begins: times count from here.
fault_begins() {
	t0=$EPOCHREALTIME
	read -r t0_boot _ </proc/uptime
}

# after WHAT [MORE]: the milliseconds since t0 until this script has seen it, and who
# leads. To ask takes it some hundred of them: curl in each namespace in turn.
after() {
	awk -v a="$t0" -v b="$EPOCHREALTIME" -v what="$1" -v by="$leader, epoch $epoch" \
		-v more="${2:-}" \
		'BEGIN { printf "%-36s %6.0f ms  leader %s%s\n", what, (b - a) * 1000, by, more }'
}

# acts: milliseconds from t0 until the leader's first lease of this epoch began, as its
# log has it (give or take 10: /proc/uptime); not yet there: false
acts() {
	sed -n "s/^.* leads epoch $epoch from \([0-9]*\) .*/\1/p" \
		"$dir/log/peer-$leader".verbose.log* | sort -n |
		awk -v t0="$t0_boot" 'NR == 1 { printf "%.0f", $1 / 1000 - t0 * 1000 } END { exit NR == 0 }'
}

# agreed WHAT: all peers agree again
agreed() {
	# shellcheck disable=SC2046
	wait_for "$1: all to agree" agree $(seq "$n_peers")
	after "$1"
}

# changed WHAT OLD: the others have another leader
changed() {
	# shellcheck disable=SC2046
	wait_for "$1: another leader" agree_on_another "$2" $(all_but "$2")
	wait_for "$1: its first lease in the log" acts >/dev/null
	after "$1" ", acted after $(acts) ms"
}

# leaders_check: that no two peers ever were inside their leases at once (I4). Prints
# how many reigns there were. The peers are stopped for it: then all is in their logs.
leaders_check() {
	local log
	peers_stop
	for log in "$dir"/log/peer-*.verbose.log*; do
		sed -n "s/^.* leads epoch \([0-9]*\) from \([0-9]*\) until \([0-9]*\) us\$/$(
			basename "$log" | tr -dc 0-9
		) \1 \2 \3/p; s/^.* leads no more from \([0-9]*\) us\$/$(
			basename "$log" | tr -dc 0-9
		) 0 \1 \1/p" "$log"
	done | sort -n -k 3,3 >"$dir/leases"
	awk '
	# An interval ends early where its node ceased to lead.
	$2 == 0 { if (until[$1] > $3) until[$1] = $3; next }
	{
		lines++
		for (other in until)
			if (other != $1 && until[other] > $3) {
				overlaps++
				printf "%s leads epoch %s at %.0f, %s until %.0f\n",
					$1, $2, $3, other, until[other]
			}
		if (($1 " " $2) != last) reigns++
		last = $1 " " $2
		until[$1] = $4
	}
	END {
		printf "%d reigns, %d renewals of leases, %d overlaps\n", reigns, lines, overlaps
		exit overlaps > 0 || lines == 0
	}' "$dir/leases" || fail "two led at once"
}
