#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# deploy/jsl-node.sh without Kubernetes: pods are addresses of loopback, and names are in
# a file. Nodes that start before all names are known find each other; a voter that moves
# is found at its new place, with a majority all the time; a secret is replaced by
# edits of its file; a token that changed is asked for; a node that dies ends its pod.
. "$(dirname "$0")/cluster.sh"

script=$JSL_SRC/deploy/jsl-node.sh
names=$dir/names secrets=$dir/secrets
cluster_init 0

# The oldest child is the node; others are naps.
node_of() { cut -d ' ' -f 1 "/proc/$1/task/$1/children" 2>/dev/null || true; }

# A pod ends with its node; who is killed instead cannot take it along, as a container does.
end_pods() {
	local rc=$? pid
	for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
	wait "${pids[@]}" || true
	return $rc
}
trap 'end_pods || true; at_exit' EXIT

mkdir "$dir/path" "$secrets"
cat >"$dir/path/getent" <<SCRIPT
#!/bin/sh
[ "\$1" = ahostsv4 ] || exit 1
sed -n "s/^\$2 \(.*\)/\1 STREAM/p" "$names" | grep . || exit 2
SCRIPT
chmod +x "$dir/path/getent"
export PATH=$dir/path:$JSL_BIN:$PATH
export JSL_VOTERS=3 JSL_SECRETS=$secrets JSL_PORT=$((port_base + 1)) JSL_EVERY_S=0.2 \
	JSL_TURN_S=1 JSL_FIRST_TRIES=50 JSL_CONFIG=$dir/rest.conf
echo 'runner { slots = 1 }' >"$JSL_CONFIG"
secret() { (umask 077 && printf '%s\n' "$@" >"$secrets/secret.new" && mv "$secrets/secret.new" "$secrets/secret"); }
token() { echo "$1" >"$secrets/token.new" && mv "$secrets/token.new" "$secrets/token"; }
one=$(printf '%032d' 1) two=$(printf '%032d' 2)
secret "$one"
token first-token

# name N [ADDRESS]: where the voter is; nowhere
name() {
	{
		grep -v "^jsl-peer-$(($1 - 1))\." "$names" || true
		[ $# = 1 ] || echo "jsl-peer-$(($1 - 1)).jsl-peers $2"
	} >"$names.new"
	mv "$names.new" "$names"
}

# pod KIND ID ADDRESS
pod() {
	local http=$((port_base + 4))
	[ "$1" = peer ] || http=$((port_base + 8))
	JSL_ADDRESS=$3 JSL_ID=$2 JSL_HTTP=$http JSL_DATA=$dir/pod-$2 JSL_RUN=$dir/run-$2 \
		start "pod-$2" "$script" "$1"
}
gateway=127.1.0.9
probe() { JSL_ADDRESS=$gateway JSL_HTTP=$((port_base + 8)) "$script" probe "$1" 2>/dev/null; }
cluster_info() {
	curl -s -m 5 -H "Authorization: Bearer $(cat "$secrets/token")" \
		"http://$gateway:$((port_base + 8))/cluster-info"
}
all_follow() {
	[ "$(cluster_info | grep -cE '^Server [123] - (LEADING|FOLLOWING)$')" = 3 ] && has_leader
}
anew() { grep -q 'starting the node anew' "$dir/pod-$1.out"; }
read_anew() { [ "$(cat "$dir"/pod-*/log/*summary.log | grep -c "read anew, $1 accepted")" -ge "$2" ]; }

: >"$names"
name 1 127.1.0.1
name 2 127.1.0.2
pod peer 1 127.1.0.1
pod peer 2 127.1.0.2
pod gateway 1000 $gateway
name 3 127.1.0.3
pod peer 3 127.1.0.3
wait_for "all to follow" all_follow
wait_for "readiness" probe /readyz
if probe /nothing; then fail "a probe of what is not there succeeds"; fi

node_kill pod-3 TERM
name 3
wait_for "another leader" leader_is 2
name 3 127.1.0.33
pod peer 3 127.1.0.33
wait_for "all to follow after 3 has moved" all_follow
wait_for "1 to start anew" anew 1
wait_for "2 to start anew" anew 2
if anew 3; then fail "3 has started anew, though nobody else has moved"; fi
wait_for "the gateway to start anew" anew 1000
wait_for "all to follow again" all_follow

secret "$one" "$two"
wait_for "both secrets to be accepted" read_anew 2 4
secret "$two" "$one"
wait_for "the second one to be used" read_anew 2 8
secret "$two"
wait_for "one secret to be left" read_anew 1 4
wait_for "all to follow with the new secret" all_follow

token second-token
wait_for "the new token" all_follow
same "code of a request with the old token" 401 "$(curl -s -m 5 -o /dev/null -w '%{http_code}' \
	-H 'Authorization: Bearer first-token' "http://$gateway:$((port_base + 8))/healthz")"

kill -KILL "$(node_of "${pids[pod-1]}")"
code=0
wait "${pids[pod-1]}" || code=$?
unset "pids[pod-1]"
same "exit code of a pod whose node was killed" 137 $code
echo ok
