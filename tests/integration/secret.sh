#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A cluster with a secret: runs programs, takes another secret without a stop, and
# lets nobody in who has none or another one. Nor can the id of a node that lives be
# taken by one that has it.
. "$(dirname "$0")/cluster.sh"

cluster_init 4 # the last ports are for those that join
sed -i '/^peer 4 /d' "$conf"
one=$dir/one two=$dir/two secret=$dir/secret
printf '%064d\n' 1 >"$one"
printf '%064d\n' 2 >"$two"
cp "$one" "$secret"
chmod 600 "$one" "$two" "$secret"
sed "s|^cluster.*|cluster { name = \"test\" secret-file = \"$secret\" }|" "$conf" >"$conf.new"
mv "$conf.new" "$conf"

peer_start 1
peer_start 2
gateway_start
wait_for "a leader" leader_is 2
wait_for "readiness" is_ready
java_program "$dir/A.java" A 'System.out.println("kept secret");'
same "status" 200 "$(post "$dir/A.java" "$dir/a")"
same "output" "kept secret" "$(cat "$dir/a")"

# refusals I NAME CAUSE: of peer I
refusals() { metric "$(peer_http "$1")" "jsl_$2_refused_total{cause=\"$3\"}"; }
counts() { [ "$(refusals "$@")" -gt 0 ]; }

# Peer 3 has another secret, then none: it gets nowhere, and the others say why.
sed "s|$secret|$two|" "$conf" >"$dir/two.conf"
sed "s|^cluster.*|cluster { name = \"test\" }|" "$conf" >"$dir/none.conf"
stranger() {
	start "stranger" "$JSL_BIN/jsl-peer" --config "$1" --id 3 --data-dir "$dir/stranger-$2" \
		--log-dir "$dir/stranger-$2"
	wait_for "datagrams refused for $2" counts 1 datagrams "$2"
	same "leader with a stranger about" 2 "$(leader)"
	lists_not 3 || fail "a stranger is a member"
	node_kill stranger TERM
}
stranger "$dir/two.conf" secret
stranger "$dir/none.conf" clear
grep -q 'is refused: has another secret' "$dir/log/peer-1.summary.log" || fail "no line"
grep -q 'is refused: comes without the secret' "$dir/log/peer-1.summary.log" || fail "no line"

# TCP in clear, and TLS without the secret.
exec 3<>"/dev/tcp/127.0.0.1/$((port_base + 10))"
printf '\0\0\0\6\0\0\0\2hi' >&3
wait_for "a connection refused" counts 1 links clear
exec 3>&-

# The new secret: accepted by all, sent by all, alone.
replace() {
	local node
	cat "$@" >"$secret"
	for node in peer-1 peer-2 gateway; do
		before=$(grep -c 'read anew' "$dir"/log/"${node/gateway/gateway-100}".summary.log || true)
		kill -HUP "${pids[$node]}"
		wait_for "$node to read its secrets" reread "${node/gateway/gateway-100}" "$before"
	done
	same "leader after a new secret" 2 "$(leader)"
	same "status after a new secret" 200 \
		"$(post "$dir/A.java" "$dir/a" -H 'JSL-Wall-Ms: 50000')"
}
reread() { [ "$(grep -c 'read anew' "$dir/log/$1.summary.log")" -gt "$2" ]; }
replace "$one" "$two"
replace "$two" "$one"
replace "$two"
epoch=$(curl -s -m 5 -H 'Accept: application/json' "$url/cluster-info" | sed 's/.*"epoch":\([0-9]*\).*/\1/')

# A file that cannot be used changes nothing.
chmod 644 "$secret"
kill -HUP "${pids[peer-1]}"
wait_for "a complaint" grep -q 'chmod 600' "$dir/log/peer-1.summary.log"
chmod 600 "$secret"

# Peer 3 joins with the new one.
peer_start 3
wait_for "peer 3" lists 3
same "epoch" "$epoch" \
	"$(curl -s -m 5 -H 'Accept: application/json' "$url/cluster-info" | sed 's/.*"epoch":\([0-9]*\).*/\1/')"

# So does a worker that is not configured; with an old secret it does not.
join() {
	start "peer-$1" "$JSL_BIN/jsl-peer" --join "127.0.0.1:$((port_base + 10))" --cluster test \
		--id "$1" --listen "127.0.0.1:$((port_base + 40))" --secret-file "$2" \
		--data-dir "$dir/joined" --log-dir "$dir/joined"
}
refused=$(refusals 1 datagrams secret)
join 50 "$one"
more() { [ "$(refusals 1 datagrams secret)" -gt "$refused" ]; }
wait_for "the old secret to be refused" more
lists_not 50 || fail "a worker with an old secret is a member"
node_kill peer-50 TERM
join 51 "$two"
wait_for "worker 51" lists 51
wait_for "worker 51 to observe" grep -q '^51: switching from LOOKING to OBSERVING$' "$dir/peer-51.out"

# With a secret, too, another process under the id of one that lives is sent away, and
# says why: a worker's and a leader's, whatever seeds it has, however often it comes.
twin() {
	local id=$1 at=$2 rc=0 seeds="" i
	shift 2
	for i in "$@"; do seeds="$seeds --join 127.0.0.1:$((port_base + i * 10))"; done
	# shellcheck disable=SC2086
	timeout 30 "$JSL_BIN/jsl-peer" $seeds --cluster test --id "$id" \
		--listen "127.0.0.1:$((port_base + 46))" --http "127.0.0.1:$((port_base + 48))" \
		--secret-file "$two" --data-dir "$dir/other" --log-dir "$dir/other" \
		>"$dir/twin.out" 2>"$dir/twin.err" </dev/null || rc=$?
	same "status of a second process $id" 1 $rc
	grep -q "id $id is taken by the node at $at" "$dir/twin.err" ||
		fail "a second process $id said: $(cat "$dir/twin.err")"
	same "leader after a second process $id" 2 "$(leader)"
	lists "$id" || fail "$id is gone for one that took its id"
}
for seeds in "1 2 3" 1 3 "1 2 3" "2 3"; do
	# shellcheck disable=SC2086
	twin 51 "127.0.0.1:$((port_base + 40))" $seeds
	# shellcheck disable=SC2086
	twin 2 "127.0.0.1:$((port_base + 20))" $seeds
done
same "epoch after second processes" "$epoch" \
	"$(curl -s -m 5 -H 'Accept: application/json' "$url/cluster-info" | sed 's/.*"epoch":\([0-9]*\).*/\1/')"
! grep -q 'server \(2\|51\) - SERVER FAILED' "$dir"/peer-*.out || fail "one that lives was declared failed"
