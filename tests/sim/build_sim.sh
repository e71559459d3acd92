# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Building a simulator from no more than the sources it needs, with other flags than
# the tree's: for mutants and for comparing two builds. Sourced.

src=${JSL_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
CC=${CC:-cc}

# sources SIMULATOR: the files that it is made of
sources() {
	case $1 in
	election) echo "$src"/lib/election/*.c "$src"/tests/sim/election_*.c ;;
	queue) echo "$src"/lib/queue/*.c "$src"/tests/sim/sim_queue*.c ;;
	gossip) echo "$src"/lib/gossip/*.c "$src"/tests/sim/gossip_*.c ;;
	cluster)
		echo "$src"/lib/{cluster,election,gossip,queue}/*.c
		echo "$src"/tests/sim/{cluster_stories,conn,events,faults}.c
		echo "$src"/tests/sim/{history,net,reruns,rules,world}.c
		;;
	esac
	echo "$src"/lib/base/*.c "$src/tests/sim/test_sim_$1.c"
}

# build_sim SIMULATOR OUT FLAGS...
build_sim() {
	local sim=$1 out=$2
	shift 2
	# shellcheck disable=SC2046
	$CC -std=gnu11 -w "$@" -I"$src/include" -I"$src/lib" \
		-I"${JSL_BUILD:-.}" -o "$out" $(sources "$sim") -lm
}
