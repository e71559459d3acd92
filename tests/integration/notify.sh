#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the daemons tell a service manager (Type=notify): READY=1 once they serve and not
# before, STOPPING=1 when they are asked to stop; over a path and over an abstract name.
. "$(dirname "$0")/cluster.sh"
: "${JSL_BUILD:?set by make check}"

told() { grep -qx "$1" "$dir/$2.out"; }

# ear NAME ADDRESS: listen there, what is heard goes to NAME.out
ear() {
	start "$1" "$JSL_BUILD/tests/integration/notify_socket" "$2"
	wait_for "$1 to listen" told listening "$1"
}

# heard NAME: all of it, on one line
heard() { tr '\n' ' ' <"$dir/$1.out"; }

cluster_init 1
ear peer-ear "@jsl-test-$$"
ear gateway-ear "$dir/notify"
NOTIFY_SOCKET=@jsl-test-$$ peer_start 1
NOTIFY_SOCKET=$dir/notify gateway_start
wait_for "the peer to be ready" told READY=1 peer-ear
curl -sf -m 5 "$(peer_http 1)/healthz" >/dev/null || fail "a ready peer does not answer"
wait_for "the gateway to be ready" told READY=1 gateway-ear
curl -sf -m 5 "$url/healthz" >/dev/null || fail "a ready gateway does not answer"

node_kill gateway TERM
node_kill peer-1 TERM
for ear in peer-ear gateway-ear; do wait_for "$ear to hear of the end" told STOPPING=1 $ear; done
same "of the peer" "listening READY=1 STOPPING=1 " "$(heard peer-ear)"
same "of the gateway" "listening READY=1 STOPPING=1 " "$(heard gateway-ear)"

# One that cannot start is never ready; nobody listening is no reason to stay away.
echo 'colour = "red"' >"$dir/bad.conf"
NOTIFY_SOCKET=@jsl-test-$$ "$JSL_BIN/jsl-peer" --config "$dir/bad.conf" --id 1 \
	--data-dir "$dir/data" 2>/dev/null && fail "started with a bad configuration"
same "of a peer that cannot start" "listening READY=1 STOPPING=1 " "$(heard peer-ear)"
NOTIFY_SOCKET=@jsl-nobody-$$ peer_start 1
serves() { curl -sf -m 5 "$(peer_http 1)/healthz" >/dev/null; }
wait_for "a peer that nobody listens to" serves
