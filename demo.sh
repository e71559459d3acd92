#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Shows a cluster through failures, as real processes on this machine: seven peers
# and a gateway; nine programs run; a follower and then the leader are killed with
# nine more programs on their way. On the screen and in output.log. Exits 0 only if
# every answer was right. It waits for events, each with a bound, never for a time.
#
# JSL_DEMO_BASE (8000): peer N is on port BASE + 10 N; JSL_DEMO_HTTP (8888): the
# gateway's HTTP port. For where these are taken.
set -eu
cd "$(dirname "$0")"
. tests/lib/build.sh

base=${JSL_DEMO_BASE:-8000}
http=${JSL_DEMO_HTTP:-8888}
url=http://127.0.0.1:$http
peers="1 2 3 4 5 6 7"
gateway=100
bin=build/plain/bin
logs=$PWD/build/demo-logs
dir=$(mktemp -d)
alive= # ids of our processes; their pids are in $dir/ID.pid
tee=
stopping= # set once they should end

cleanup() {
	rc=$?
	trap '' HUP INT TERM
	for id in $alive; do
		kill -9 "$(cat "$dir/$id.pid")" 2>/dev/null || true
	done
	exec >/dev/null 2>&1
	[ -z "$tee" ] || wait "$tee" || true
	rm -rf "$dir"
	exit $rc
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

say() {
	printf '\n== %s\n' "$*"
}

die() {
	printf '\ndemo.sh: %s\n' "$*"
	for id in $alive; do
		printf -- '-- the end of what %s said\n' "$id"
		tail -n 5 "$dir/$id.out"
	done
	exit 1
}

is_gone() {
	! kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null
}

# wait_for SECONDS WHAT COMMAND...: until COMMAND succeeds.
wait_for() {
	end=$(($(date +%s) + $1))
	what=$2
	shift 2
	until "$@"; do
		for other in $alive; do
			! is_gone "$other" || [ -n "$stopping" ] || die "$other ended by itself"
		done
		[ "$(date +%s)" -le $end ] || die "waited too long for $what"
		sleep 0.1
	done
}

# start ID PROGRAM
start() {
	"$bin/$2" --config "$dir/jsl.conf" --id "$1" --data-dir "$dir/data" \
		--log-dir "$logs" >"$dir/$1.out" 2>&1 </dev/null &
	echo $! >"$dir/$1.pid"
	alive="$alive $1"
}

# forget ID: it was killed.
forget() {
	wait "$(cat "$dir/$1.pid")" 2>/dev/null || true
	left=
	for id in $alive; do
		[ "$id" = "$1" ] || left="$left $id"
	done
	alive=$left
}

cluster_info() {
	curl -sf --max-time 5 "$url/cluster-info" >"$dir/info"
}

leader_of_info() {
	sed -n 's/^Server \([0-9]*\) - LEADING$/\1/p' "$dir/info"
}

everybody_is_listed() {
	cluster_info && [ -n "$(leader_of_info)" ] || return 1
	for id in $peers $gateway; do
		grep -q "^Server $id - " "$dir/info" || return 1
	done
	! grep -q LOOKING "$dir/info"
}

has_other_leader() {
	cluster_info || return 1
	leader=$(leader_of_info)
	[ -n "$leader" ] && [ "$leader" != "$1" ]
}

# Every survivor said so, and the list lacks it.
is_known_dead() {
	for id in $alive; do
		grep -qx "$id: no heartbeat from server $1 - SERVER FAILED" "$dir/$id.out" ||
			return 1
	done
	cluster_info && ! grep -q "^Server $1 - " "$dir/info"
}

# Program N: all differ, so that none is answered from the cache.
write_program() {
	terms=$((1000 * $1))
	if [ $(($1 % 2)) = 0 ]; then
		entry='public String run() { return sum(); }'
	else
		entry='public static void main(String[] args) { System.out.print(sum()); }'
	fi
	cat >"$dir/Sum$1.java" <<JAVA
public class Sum$1 {
    static String sum() {
        long sum = 0;
        for (int i = 1; i <= $terms; i++)
            sum += i;
        return "1 + 2 + ... + $terms = " + sum;
    }
    $entry
}
JAVA
	printf '1 + 2 + ... + %d = %d' \
		"$terms" $((terms * (terms + 1) / 2)) >"$dir/want.$1"
}

# send N: leaves the body in answer.N, the headers in headers.N, the code in code.N.
send() {
	write_program "$1"
	curl -sS --max-time 60 --data-binary "@$dir/Sum$1.java" -o "$dir/answer.$1" \
		-H 'Content-Type: text/x-java-source' -D "$dir/headers.$1" \
		-w '%{http_code}' "$url/compileandrun" >"$dir/code.$1" 2>"$dir/curl.$1" ||
		true
}

header() {
	tr -d '\r' <"$dir/headers.$1" | sed -n "s/^$2: //p"
}

show() {
	[ "$(cat "$dir/code.$1")" = 200 ] || {
		cat "$dir/curl.$1"
		[ ! -f "$dir/answer.$1" ] || cat "$dir/answer.$1"
		die "request $1: answered $(cat "$dir/code.$1")"
	}
	printf 'request %2d: %s   (worker %s, attempts %s)\n' "$1" "$(cat "$dir/answer.$1")" \
		"$(header "$1" JSL-Worker)" "$(header "$1" JSL-Attempts)"
	cmp -s "$dir/want.$1" "$dir/answer.$1" || die "request $1: not $(cat "$dir/want.$1")"
}

mkfifo "$dir/screen"
tee output.log <"$dir/screen" &
tee=$!
exec >"$dir/screen" 2>&1

say "1. Build"
install_missing
build build/plain
built=$(date +%s)

say "2. Start seven peers and a gateway"
rm -rf "$logs"
mkdir -p "$logs"
{
	echo 'cluster { name = "demo" }'
	for id in $peers; do
		echo "peer $id { address = \"127.0.0.1:$((base + 10 * id))\" }"
	done
	echo "gateway $gateway { address = \"127.0.0.1:$((base + 100))\"  http = \"127.0.0.1:$http\" }"
	echo 'runner { slots = 1 }'
} >"$dir/jsl.conf"
for id in $peers; do
	start "$id" jsl-peer
done
start $gateway jsl-gateway
for id in $alive; do
	echo "$id: process $(cat "$dir/$id.pid")"
done

say "3. Wait for a leader"
wait_for 20 "a leader and the whole list" everybody_is_listed
echo "the leader is $(leader_of_info)"
cat "$dir/info"

say "4. Nine programs, one after another"
for n in 1 2 3 4 5 6 7 8 9; do
	send $n
	show $n
done

victim=$(sed -n 's/^Server \([0-9]*\) - FOLLOWING$/\1/p' "$dir/info" | sort -n | head -n 1)
say "5. Kill the lowest follower, $victim, with kill -9"
kill -9 "$(cat "$dir/$victim.pid")"
forget "$victim"
wait_for 20 "everybody to miss $victim" is_known_dead "$victim"
for id in $alive; do
	grep -x "$id: no heartbeat from server $victim - SERVER FAILED" "$dir/$id.out"
done
cat "$dir/info"

old=$(leader_of_info)
say "6. Kill the leader, $old, with kill -9, and send nine more at once"
kill -9 "$(cat "$dir/$old.pid")"
senders=
for n in 11 12 13 14 15 16 17 18 19; do
	send $n >"$dir/sender" 2>&1 &
	senders="$senders $!"
done
forget "$old"

say "7. Wait for the new leader"
wait_for 20 "a new leader" has_other_leader "$old"
echo "the leader is $leader"
cat "$dir/info"

say "8. The nine answers"
for pid in $senders; do
	wait "$pid"
done
for n in 11 12 13 14 15 16 17 18 19; do
	show $n
done

say "9. One more"
send 20
show 20

say "10. The gossip logs, and shut down"
for id in $peers $gateway; do
	ls "$logs"/*-"$id".verbose.log
done
for id in $alive; do
	kill -TERM "$(cat "$dir/$id.pid")"
done
stopping=yes
for id in $alive; do
	wait_for 20 "$id to end" is_gone "$id"
	wait "$(cat "$dir/$id.pid")" || die "$id ended with $? at SIGTERM"
	forget "$id"
done

say "Every answer was right, $(($(date +%s) - built)) s after the build."
