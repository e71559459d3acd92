# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Real clusters for the integration tests: `. cluster.sh`, then cluster_init N,
# peer_start I, gateway_start, and the waits. Every process that is started here is
# stopped at exit, by its pid; every wait has a bound and polls for the event.
set -eu

[ -n "${JSL_BIN:-}" ] || { echo "JSL_BIN is not set"; exit 1; }
. "$(dirname "${BASH_SOURCE[0]}")/needs.sh"

WAIT_S=${JSL_TEST_WAIT_S:-120}
GATEWAY_ID=100
dir=$(mktemp -d "${TMPDIR:-/tmp}/jsl-test.XXXXXX")
declare -A pids=()

fail() {
	echo "FAILED: $*" >&2
	for log in "$dir"/*.out; do
		[ -f "$log" ] && { echo "--- $log"; tail -n 30 "$log"; } >&2
	done
	exit 1
}

at_exit() {
	local rc=$? pid
	for pid in "${pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	wait
	[ "$rc" = 0 ] && rm -rf "$dir"
	exit "$rc"
}
trap at_exit EXIT
trap 'exit 130' INT TERM

# Whether something listens on a port of loopback.
port_taken() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# wait_for TEXT COMMAND...: until the command succeeds.
wait_for() {
	local what=$1 end=$((SECONDS + WAIT_S))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "waited $WAIT_S s for $what"
		sleep 0.05
	done
}

# cluster_init N [LINES]: a configuration for N peers and a gateway on free ports.
cluster_init() {
	local n=$1 i port taken
	while :; do
		port_base=$((20000 + RANDOM % 120 * 100)) taken=0
		for ((i = 0; i <= n; i++)); do
			for port in 0 2 3 4 5 6 8 9; do
				if port_taken $((port_base + i * 10 + port)); then taken=1; fi
			done
		done
		[ "$taken" = 1 ] || break
	done
	http=127.0.0.1:$((port_base + 8))
	url=http://$http
	conf=$dir/jsl.conf
	{
		echo 'cluster { name = "test" }'
		# The highest id wins among those that take part in time (R7), and leads for as
		# long as it gets time: on a busy machine the defaults of 50 and 500 ms are little.
		echo 'election { finalize-ms = 2000 lease-ms = 2000 }'
		for ((i = 1; i <= n; i++)); do
			echo "peer $i { address = \"127.0.0.1:$((port_base + i * 10))\" }"
		done
		echo "gateway $GATEWAY_ID { address = \"127.0.0.1:$((port_base + 5))\" http = \"$http\" }"
		printf '%s\n' "${2:-}"
	} >"$conf"
}

# cluster_second_gateway: 101, which answers at $other
cluster_second_gateway() {
	other=127.0.0.1:$((port_base + 9))
	echo "gateway 101 { address = \"127.0.0.1:$((port_base + 2))\" http = \"$other\" }" >>"$conf"
}

# cluster_secret: the nodes of it share one.
cluster_secret() {
	printf '%064d\n' 7 >"$dir/secret"
	chmod 600 "$dir/secret"
	sed -i "s|^cluster.*|cluster { name = \"test\" secret-file = \"$dir/secret\" }|" "$conf"
}

# peer_http I: where peer I answers HTTP
peer_http() { echo "http://127.0.0.1:$((port_base + $1 * 10 + 3))"; }

# start NAME PROGRAM ARGS...: in the background, output to NAME.out
start() {
	local name=$1
	shift
	"$@" </dev/null >>"$dir/$name.out" 2>&1 &
	pids[$name]=$!
}

peer_start() {
	start "peer-$1" "$JSL_BIN/jsl-peer" --config "$conf" --id "$1" --data-dir "$dir/data" \
		--log-dir "$dir/log"
}

gateway_start() {
	start "gateway" "$JSL_BIN/jsl-gateway" --config "$conf" --id "$GATEWAY_ID" \
		--data-dir "$dir/data" --log-dir "$dir/log"
}

# node_kill NAME [SIGNAL]: and wait for its end.
node_kill() {
	kill "-${2:-KILL}" "${pids[$1]}"
	wait "${pids[$1]}" || true
	unset "pids[$1]"
}

# peers_stop: all that run; what is still in a log's buffer is written then.
peers_stop() {
	local name
	for name in "${!pids[@]}"; do
		[ "${name#peer-}" = "$name" ] || node_kill "$name" TERM
	done
}

cluster_info() {
	curl -s -m 5 "$url/cluster-info" 2>/dev/null
}

# The id of the leader as the gateway knows it, or nothing.
leader() {
	cluster_info | sed -n 's/^Server \([0-9]*\) - LEADING$/\1/p'
}

leader_is() { [ "$(leader)" = "$1" ]; }
has_leader() { [ -n "$(leader)" ]; }
is_ready() { [ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' "$url/readyz")" = 200 ]; }
lists() { cluster_info | grep -q "^Server $1 - "; }
lists_as() { cluster_info | grep -q "^Server $1 - $2\$"; }
lists_not() { ! cluster_info | grep -q "^Server $1 - "; }

# metric URL NAME: its value
metric() { curl -s -m 5 "$1/metrics" | sed -n "s/^$2 //p"; }

# has_workers LEADER N: as many have registered with it, and are given jobs.
has_workers() { [ "$(metric "$(peer_http "$1")" jsl_queue_workers)" = "$2" ]; }

# post FILE OUT [CURL ARGS...]: the body to OUT, the headers to OUT.head; prints the code.
post() {
	local file=$1 out=$2
	shift 2
	curl -s -m 120 -o "$out" -D "$out.head" -w '%{http_code}' -X POST \
		-H 'Content-Type: text/x-java-source' --data-binary "@$file" "$@" \
		"$url/compileandrun"
}

# header OUT NAME: its value in OUT.head
header() {
	sed -n "s/^$2: \(.*\)\r\$/\1/Ip" "$1.head"
}

# same WHAT EXPECTED GOT
same() {
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# java_program FILE NAME STATEMENT: a class whose main runs the statement.
java_program() {
	printf 'public class %s {\n\tpublic static void main(String[] args) throws Exception {\n\t\t%s\n\t}\n}\n' \
		"$2" "$3" >"$1"
}
