#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs one node of a cluster in a container that has a DNS name and an address of its own,
# as a pod of Kubernetes has (kubernetes/jsl.yaml). jsl's configuration has addresses, no
# names: this writes it from the names of the voters, and starts the node anew, cleanly,
# when one of these has another address, or the token has changed. A changed secret is
# read by the node without a stop.
#
#	jsl-node.sh peer | gateway
#	jsl-node.sh probe PATH		exits 0 if this node's HTTP answers 200 there
#
# JSL_VOTERS	how many; voter N is the host JSL_PREFIX-(N - 1).JSL_DOMAIN
# JSL_ADDRESS	this node's own, IPv4
# JSL_ID	of this node; else that of its name for a peer, of its address for a gateway
# JSL_CLUSTER, JSL_PREFIX, JSL_DOMAIN, JSL_PORT, JSL_HTTP
# JSL_CONFIG	a file with the other sections of jsl.conf(5)
# JSL_SECRETS	a directory with the files secret and token
# JSL_DATA, JSL_RUN	directories: what has to survive, and what has not
# JSL_EVERY_S, JSL_FIRST_TRIES	how often names are looked up, and how often at the start
#		before the node goes without some of them
# JSL_TURN_S	how much later than voter N voter N + 1 starts anew
set -eu

voters=${JSL_VOTERS:?}
address=${JSL_ADDRESS:?}
cluster=${JSL_CLUSTER:-jsl}
prefix=${JSL_PREFIX:-jsl-peer}
domain=${JSL_DOMAIN:-jsl-peers}
port=${JSL_PORT:-8010}
http=${JSL_HTTP:-$((port + 3))}
rest=${JSL_CONFIG:-/etc/jsl/jsl.conf}
secrets=${JSL_SECRETS:-/etc/jsl/secrets}
data=${JSL_DATA:-/var/lib/jsl}
run=${JSL_RUN:-/run/jsl}
every_s=${JSL_EVERY_S:-5}
first_tries=${JSL_FIRST_TRIES:-12}
turn_s=${JSL_TURN_S:-10}
# Nobody is there (RFC 5737): a voter that no name is known of yet.
nowhere=192.0.2.1

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

# probe PATH
probe() {
	printf 'Authorization: Bearer %s\n' "$(cat "$secrets/token")" |
		curl -fsS -o /dev/null --max-time 5 -H @- "http://$address:$http$1"
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

is_complete() {
	! grep -q " $nowhere\$" addresses.new
}

# node KIND ID ADDRESS: its section. Others' HTTP is not used here, and may not clash.
node() {
	echo "$1 $2 { address = \"$3:$port\"  http = \"$3:$http\"  token-file = \"$secrets/token\" }"
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

sum() {
	cksum <"$secrets/$1"
}

# Each waits for its turn: a change that all see must not stop them all at once.
wait_for_turn() {
	turn=$id
	[ "$kind" = peer ] || turn=$((id % 8))
	nap $((turn * turn_s))
}

start_node() {
	mv addresses.new addresses
	write_config
	secret=$(sum secret) token=$(sum token)
	"jsl-$kind" --config "$run/node.conf" --id "$id" --data-dir "$data" &
	pid=$!
}

# end_node: cleanly; sets code
end_node() {
	code=0
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" || code=$?
}

stop() {
	trap '' TERM INT
	end_node
	exit $code
}

# is_current: whether the node runs with what is true now.
is_current() {
	write_addresses
	cmp -s addresses addresses.new && [ "$(sum token)" = "$token" ]
}

# A sleep that a signal ends.
nap() {
	sleep "$1" &
	wait $! || true
}

kind=${1:-}
case $kind in
probe) probe "${2:?}"; exit ;;
peer | gateway) ;;
*) say "usage: jsl-node.sh peer | gateway | probe PATH"; exit 2 ;;
esac
mkdir -p "$run"
cd "$run"
id=$(own_id)

tries=1
write_addresses
until is_complete || [ $tries -ge "$first_tries" ]; do
	say "waiting for the names of all voters"
	sleep "$every_s"
	tries=$((tries + 1))
	write_addresses
done
trap stop TERM INT
start_node
while :; do
	nap "$every_s"
	kill -0 "$pid" 2>/dev/null || { code=0; wait "$pid" || code=$?; exit $code; }
	if [ "$(sum secret)" != "$secret" ]; then
		secret=$(sum secret)
		kill -HUP "$pid"
	fi
	is_current && continue
	wait_for_turn
	is_current && continue
	say "addresses or the token have changed: starting the node anew"
	end_node
	start_node
done
