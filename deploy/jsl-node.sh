#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs one node of a cluster in a container that has a DNS name and an address of its own,
# as a pod of Kubernetes has (kubernetes/jsl.yaml). jsl's configuration has addresses, no
# names: this writes it from the names of the voters, and starts the node anew, cleanly,
# in its turn, when one of these has another address. A changed secret or token is read by
# the node without a stop.
#
#	jsl-node.sh peer | gateway
#	jsl-node.sh probe PATH		exits 0 if this node's HTTP answers 200 there
#
# JSL_VOTERS	how many; voter N is the host JSL_PREFIX-(N - 1).JSL_DOMAIN
# JSL_ADDRESS	this node's own, IPv4
# JSL_ID	of this node; else that of its name for a peer, of its address for a gateway
# JSL_CLUSTER, JSL_PREFIX, JSL_DOMAIN, JSL_PORT, JSL_HTTP
# JSL_CONFIG	a file with the other sections of jsl.conf(5): none of cluster, peer, gateway
# JSL_SECRETS	a directory with the files secret and token
# JSL_DATA, JSL_RUN	directories: what has to survive, and what has not
# JSL_EVERY_S, JSL_FIRST_TRIES	how often names are looked up, and how often at the start
#		before the node goes without some of them
# JSL_TURN_S	how much later than voter N voter N + 1 starts anew: longer than drain-ms and
#		the time for which names are cached, as each counts from when it sees a change
# JSL_READY_TRIES	how often a node looks, then, whether it is ready before it goes anyway
set -eu

voters=${JSL_VOTERS:?}
address=${JSL_ADDRESS:?}
cluster=${JSL_CLUSTER:-jsl}
prefix=${JSL_PREFIX:-jsl-peer}
domain=${JSL_DOMAIN:-jsl-peers}
port=${JSL_PORT:-8010}
http=${JSL_HTTP:-$((port + 3))}
rest=${JSL_CONFIG:-/etc/jsl/rest.conf}
secrets=${JSL_SECRETS:-/etc/jsl/secrets}
data=${JSL_DATA:-/var/lib/jsl}
run=${JSL_RUN:-/run/jsl}
every_s=${JSL_EVERY_S:-5}
first_tries=${JSL_FIRST_TRIES:-12}
turn_s=${JSL_TURN_S:-45}
ready_tries=${JSL_READY_TRIES:-12}
# Nobody is there (RFC 5737): a voter that no name is known of yet.
nowhere=192.0.2.1
pid='' code=0 stopping=''

say() {
	echo "jsl-node.sh: $*" >&2
}

# number_of ADDRESS: of 32 bits, one for each address, and higher than any voter's id.
number_of() {
	echo "$1" | awk -F. '{ printf "%.0f\n", (($1 * 256 + $2) * 256 + $3) * 256 + $4 }'
}

own_id() {
	if [ -n "${JSL_ID:-}" ]; then
		echo "$JSL_ID"
	elif [ "$kind" = peer ]; then
		name=$(hostname)
		echo $((${name##*-} + 1))
	else
		number_of "$address"
	fi
}

# code_of PATH: what the node's HTTP answers there to the first token that it has.
code_of() {
	printf 'Authorization: Bearer %s\n' "$(sed -n '/^[^#]/ { p; q; }' "$run/token")" |
		curl -sS -o /dev/null -w '%{http_code}' --max-time 5 -H @- "http://$address:$http$1"
}

# probe PATH
probe() {
	answer=$(code_of "$1") || true
	[ "$answer" = 200 ] || { say "$1 is answered with $answer"; return 1; }
}

resolve() {
	getent ahostsv4 "$1" | awk 'NR == 1 { print $1 }'
}

# write_addresses: a line "N ADDRESS" for each voter to addresses.new. What no name is
# found for now stays where it was.
write_addresses() {
	n=1
	while [ $n -le "$voters" ]; do
		at=
		if [ "$kind" = peer ] && [ $n = "$id" ]; then at=$address; fi
		[ -n "$at" ] || at=$(resolve "$prefix-$((n - 1)).$domain" || true)
		[ -n "$at" ] || at=$(sed -n "s/^$n //p" addresses 2>/dev/null || true)
		echo "$n ${at:-$nowhere}"
		n=$((n + 1))
	done >addresses.new
}

# look_up: the same. A signal need not wait for the name service.
look_up() {
	write_addresses &
	wait $! || true
}

is_complete() {
	! grep -q " $nowhere\$" addresses.new
}

# node KIND ID ADDRESS: its section. Others' HTTP is not used here, and may not clash.
node() {
	echo "$1 $2 { address = \"$3:$port\"  http = \"$3:$http\"  token-file = \"$run/token\" }"
}

write_config() {
	{
		echo "cluster { name = \"$cluster\"  secret-file = \"$secrets/secret\" }"
		while read -r n at; do
			if [ "$at" = $nowhere ]; then at=192.0.2.$n; fi
			node peer "$n" "$at"
		done <addresses
		if [ "$kind" = gateway ]; then node gateway "$id" "$address"; fi
		[ ! -f "$rest" ] || cat "$rest"
	} >node.conf
}

# Nothing for a file that is not there.
sum() {
	cksum <"$secrets/$1" || true
}

seconds() {
	cut -d . -f 1 /proc/uptime
}

# A sleep that a signal ends.
nap() {
	sleep "$1" &
	wait $! || true
}

take_token() {
	token=$(sum token)
	(umask 077; cat "$secrets/token" >token.new)
	mv token.new token
}

reload() {
	kill -HUP "$pid" 2>/dev/null || true
}

# renew_token: what the node does not take it must not be probed with.
renew_token() {
	cp -p token token.old
	take_token
	reload
	nap 1
	if [ "$(code_of /healthz 2>/dev/null)" = 401 ]; then
		mv token.old token
		reload
		say "the new token is not taken: the old one stays"
	fi
}

# tick: a nap. If the node has ended, so does the pod; another secret or token is read.
tick() {
	nap "$every_s"
	kill -0 "$pid" 2>/dev/null || { code=0; wait "$pid" || code=$?; exit $code; }
	if [ "$(sum secret)" != "$secret" ]; then
		secret=$(sum secret)
		reload
	fi
	[ ! -s "$secrets/token" ] || [ "$(sum token)" = "$token" ] || renew_token
}

# A change that all see must not stop them all at once: each waits for its turn, and
# until those before it are back, as far as it can tell. Gateways have theirs while the
# first two voters have, in 16 parts.
wait_for_turn() {
	turn=$((id * turn_s))
	[ "$kind" = peer ] ||
		turn=$(($(echo "$id" | cksum | cut -d ' ' -f 1) % 16 * turn_s / 8))
	say "addresses have changed: this node's turn is in $turn s"
	end=$(($(seconds) + turn))
	while [ "$(seconds)" -lt $end ]; do tick; done
	tries=1
	until probe /readyz 2>/dev/null || [ $tries -ge "$ready_tries" ]; do
		tick
		tries=$((tries + 1))
	done
}

start_node() {
	mv addresses.new addresses
	take_token
	write_config
	secret=$(sum secret)
	"jsl-$kind" --config "$run/node.conf" --id "$id" --data-dir "$data" &
	pid=$!
}

# end_node: cleanly; sets code. A signal ends a wait before the node has ended.
end_node() {
	kill -TERM "$pid" 2>/dev/null || true
	while :; do
		code=0
		wait "$pid" || code=$?
		kill -0 "$pid" 2>/dev/null || break
	done
	pid=''
}

stop() {
	trap '' TERM INT
	[ -z "$pid" ] || end_node
	exit $code
}

# renew: a node with what is true now, in the place of the one there is. A signal
# meanwhile is only noted: a node that gets a second TERM ends at once, with failure.
renew() {
	trap 'stopping=yes; say "a signal: the node is not started anew"' TERM INT
	[ -z "$pid" ] || end_node
	[ -n "$stopping" ] || start_node
	trap stop TERM INT
	[ -n "$stopping" ] || return 0
	# A node that is just being started would miss its signal.
	nap 1
	stop
}

# is_current: whether the node knows where the voters are.
is_current() {
	look_up
	cmp -s addresses addresses.new
}

kind=${1:-}
case $kind in
probe) probe "${2:?}"; exit ;;
peer | gateway) ;;
*) say "usage: jsl-node.sh peer | gateway | probe PATH"; exit 2 ;;
esac
trap stop TERM INT
mkdir -p "$run"
cd "$run"
id=$(own_id)

tries=1
look_up
until is_complete || [ $tries -ge "$first_tries" ]; do
	say "waiting for the names of all voters"
	nap "$every_s"
	tries=$((tries + 1))
	look_up
done
renew
while :; do
	tick
	is_current && continue
	wait_for_turn
	is_current && continue
	say "starting the node anew"
	renew
done
