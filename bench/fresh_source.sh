#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How long from a source never seen before to its answer: through a cluster, beside
# javac and java on the same machine in the same run, taking turns. The figure is
# the ratio.
#
#	fresh_source.sh [ROUNDS]	(20)
#
# Asks the gateway at $JSL_GATEWAY; without it, starts jsl-gateway --dev of the build
# tree on port $JSL_BENCH_PORT (18888).
set -eu
rounds=${1:-20}
bin=${JSL_BIN:-build/plain/bin}
port=${JSL_BENCH_PORT:-18888}
dir=$(mktemp -d)
gateway=

cleanup() {
	if [ -n "$gateway" ]; then
		kill "$gateway" 2>/dev/null || true
		wait "$gateway" || true
	fi
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

if [ -z "${JSL_GATEWAY:-}" ]; then
	"$bin/jsl-gateway" --dev --http "127.0.0.1:$port" >"$dir/gateway.out" 2>&1 &
	gateway=$!
	JSL_GATEWAY=http://127.0.0.1:$port
fi
ready() {
	curl -sf -o "$dir/ready" --max-time 5 "$JSL_GATEWAY/readyz"
}
end=$(($(date +%s) + 30))
until ready; do
	[ "$(date +%s)" -le $end ] || {
		echo "$JSL_GATEWAY is not ready" >&2
		[ -z "$gateway" ] || cat "$dir/gateway.out" >&2
		exit 1
	}
	sleep 0.1
done

# write NUMBER: a program that differs from all before it, in this run and others.
write() {
	cat >"$dir/Fresh.java" <<JAVA
import java.util.stream.IntStream;

public class Fresh {
    public static void main(String[] args) {
        int sum = IntStream.rangeClosed(1, $1).filter(i -> i % 3 == 0).sum();
        System.out.println("$$.$1: " + sum);
    }
}
JAVA
	third=$(($1 / 3))
	echo "$$.$1: $((3 * third * (third + 1) / 2))" >"$dir/want"
}

# Both leave the milliseconds in a line of a file and compare the answer.
ours() {
	curl -s -o "$dir/got" -w '%{time_total}\n' --max-time 60 \
		-H 'Content-Type: text/x-java-source' --data-binary "@$dir/Fresh.java" \
		"$JSL_GATEWAY/compileandrun" | awk '{ print $1 * 1000 }' >>"$dir/$1"
	cmp "$dir/want" "$dir/got"
}

theirs() {
	start=$(date +%s%N)
	(cd "$dir" && javac Fresh.java && java Fresh >got)
	echo $((($(date +%s%N) - start) / 1000000)) >>"$dir/$1"
	cmp "$dir/want" "$dir/got"
}

percentile() {
	sort -n "$dir/$1" | awk -v p="$2" '{ v[NR] = $1 } END {
		i = int(NR * p / 100 + 0.999999); print v[i < 1 ? 1 : i] }'
}

# The first ones warm up what is warm in a cluster that is in use; not counted.
for i in 1 2 3 4 5; do
	write $i
	ours warm-up
done
i=100
while [ $i -lt $((100 + rounds)) ]; do
	write $i
	ours ours
	theirs theirs
	i=$((i + 1))
done

for who in ours theirs; do
	eval "${who}_50=\$(percentile $who 50) ${who}_99=\$(percentile $who 99)"
done
# shellcheck disable=SC2154
awk -v n="$rounds" -v a="$ours_50" -v b="$ours_99" -v c="$theirs_50" -v d="$theirs_99" 'BEGIN {
	printf "fresh source to answer, %d rounds   p50 ms   p99 ms\n", n
	printf "  through the cluster              %8.1f %8.1f\n", a, b
	printf "  javac + java                     %8.1f %8.1f\n", c, d
	printf "  ratio                            %8.1f %8.1f\n", c / a, d / b
}'
