#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# deploy/jsl-node.sh without Kubernetes: pods are addresses of loopback, and names are in
# a file. Nodes that start before all names are known find each other; a voter that moves
# is found at its new place; secret and token are replaced by edits of their files, also
# while a node waits for its turn, and nobody starts anew for that; a token that is none
# changes nothing; a node that dies ends its pod. With a node that is no real one:
# it is not stopped before it is ready, nor hurried by a second signal.
. "$(dirname "$0")/cluster.sh"

script=$JSL_SRC/deploy/jsl-node.sh
names=$dir/names secrets=$dir/secrets slow=$dir/slow
cluster_init 0

# The oldest child is the node; others are naps.
node_of() { cut -d ' ' -f 1 "/proc/$1/task/$1/children" 2>/dev/null || true; }

# A pod ends with its node; who is killed instead cannot take it along, as a container does.
end_pods() {
	local pid end=$((SECONDS + WAIT_S))
	: >"$slow/go"
	for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null; done
	for pid in "${pids[@]}"; do
		while kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $end ]; do sleep 0.05; done
		! kill -0 "$pid" 2>/dev/null || kill -KILL "$(node_of "$pid")"
	done
}
trap 'rc=$?; set +e; end_pods; (exit $rc); at_exit' EXIT

mkdir "$dir/path" "$secrets" "$slow"
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
tokens() { printf '%s\n' "$@" >"$secrets/token.new" && mv "$secrets/token.new" "$secrets/token"; }
one=$(printf '%032d' 1) two=$(printf '%032d' 2)
secret "$one"
tokens first-token

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
probe() {
	JSL_RUN=$dir/run-1000 JSL_ADDRESS=$gateway JSL_HTTP=$((port_base + 8)) "$script" probe "$1" 2>/dev/null
}
cluster_info() {
	curl -s -m 5 -H "Authorization: Bearer $(head -n 1 "$secrets/token")" \
		"http://$gateway:$((port_base + 8))/cluster-info"
}
all_follow() {
	[ "$(cluster_info | grep -cE '^Server [123] - (LEADING|FOLLOWING)$')" = 3 ] && has_leader
}
# all_answer TOKEN CODE: every node does
all_answer() {
	local at
	for at in 127.1.0.1:$((port_base + 4)) 127.1.0.2:$((port_base + 4)) \
		127.1.0.33:$((port_base + 4)) $gateway:$((port_base + 8)); do
		[ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" \
			"http://$at/healthz")" = "$2" ] || return 1
	done
}
# anew N [TIMES]
anew() { [ "$(grep -c 'starting the node anew' "$dir/pod-$1.out")" -ge "${2:-1}" ]; }
# read_anew SECRETS: how often, by all together; a token, too, makes a node read it
read_anew() { cat "$dir"/pod-*/log/*summary.log | grep -c "read anew, $1 accepted" || true; }
reads_anew() { [ "$(read_anew "$1")" -ge "$2" ]; }

: >"$names"

# slow_pod NAME: the node of it ends when there is a file `go`, and at once, with failure,
# at a second TERM; it is ready when there is a file `ready`.
cat >"$slow/jsl-gateway" <<SCRIPT
#!/bin/bash
echo >>"$slow/starts"
terms=0
trap 'terms=\$((terms + 1))' TERM
trap ': >"$slow/reload"' HUP
until [ \$terms = 1 ] && [ -e "$slow/go" ]; do
	[ \$terms = 0 ] || : >"$slow/ending"
	[ \$terms -lt 2 ] || exit 1
	sleep 0.05
done
SCRIPT
cat >"$slow/curl" <<SCRIPT
#!/bin/sh
: >"$slow/asked"
if [ -e "$slow/ready" ]; then echo 200; else echo 503; fi
SCRIPT
chmod +x "$slow/jsl-gateway" "$slow/curl"
slow_pod() {
	PATH=$slow:$PATH JSL_SECRETS=$slow JSL_ADDRESS=127.1.0.8 JSL_RUN=$dir/run-$1 JSL_READY_TRIES=1000 \
		start "$1" "$script" gateway
}
gone() { ! kill -0 "${pids[$1]}" 2>/dev/null; }
# pod_ends NAME: with success
pod_ends() {
	local code=0
	wait_for "the end of $1" gone "$1"
	wait "${pids[$1]}" || code=$?
	unset "pids[$1]"
	same "exit code of $1" 0 $code
}
naps() { [ "$(cat "/proc/$(node_of "${pids[$1]}")/comm" 2>/dev/null)" = sleep ]; }

JSL_EVERY_S=$((WAIT_S * 2)) slow_pod nameless
wait_for "a pod to wait for names" naps nameless
napper=$(node_of "${pids[nameless]}")
kill -TERM "${pids[nameless]}"
pod_ends nameless
kill "$napper"

cp -p "$secrets/secret" "$secrets/token" "$slow"
: >"$slow/ready"
JSL_FIRST_TRIES=1 JSL_ID=1000 JSL_TURN_S=1000 slow_pod late
wait_for "the late node" test -e "$slow/starts"
name 1 127.1.0.1
wait_for "a wait for the turn" grep -q 'turn is in [1-9]' "$dir/late.out"
echo second-token >"$slow/token"
wait_for "SIGHUP before the turn" test -e "$slow/reload"
[ ! -e "$slow/ending" ] || fail "a node is stopped before its turn"
kill -TERM "${pids[late]}"
: >"$slow/go"
pod_ends late
(cd "$slow" && rm -f go ready starts asked reload ending)
name 1
cp -p "$secrets/token" "$slow"

JSL_FIRST_TRIES=1 slow_pod slow
wait_for "the slow node" test -e "$slow/starts"
name 1 127.1.0.1
wait_for "a look whether it is ready" test -e "$slow/asked"
echo second-token >"$slow/token"
wait_for "SIGHUP while it waits" test -e "$slow/reload"
[ ! -e "$slow/ending" ] || fail "a node is stopped that is not ready"
: >"$slow/ready"
wait_for "a stop of the slow node" test -e "$slow/ending"
kill -TERM "${pids[slow]}"
wait_for "the second signal to be noted" grep -q "a signal: the node is not started anew" "$dir/slow.out"
: >"$slow/go"
pod_ends slow
same "starts of the slow node" 1 "$(wc -l <"$slow/starts")"

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

tokens second-token first-token
wait_for "the second token" all_answer second-token 200
all_answer first-token 200 || fail "the first token is not good any more"
tokens short
for i in 1 2 3 1000; do
	wait_for "$i to refuse what is no token" grep -q "the new token is not taken" "$dir/pod-$i.out"
done
probe /readyz || fail "the probe has no token any more"
tokens second-token
wait_for "the first token to be refused" all_answer first-token 401
wait_for "readiness with the second token" probe /readyz
all_answer second-token 200 || fail "the second token is not good any more"
for i in 1 2 1000; do
	if anew $i 2; then fail "$i has started anew for a token"; fi
done

secret "$one" "$two"
wait_for "both secrets to be accepted" reads_anew 2 4
secret "$two" "$one"
wait_for "the second one to be used" reads_anew 2 8
left=$(read_anew 1)
secret "$two"
wait_for "one secret to be left" reads_anew 1 $((left + 4))
wait_for "all to follow with the new secret" all_follow

kill -KILL "$(node_of "${pids[pod-1]}")"
code=0
wait "${pids[pod-1]}" || code=$?
unset "pids[pod-1]"
same "exit code of a pod whose node was killed" 137 $code
echo ok
