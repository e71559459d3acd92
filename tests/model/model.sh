#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the Spin models of the election: each whole one must have no error in all of its
# states, and each mutant, that is a model without one rule, must have one. Prints a
# table; exits 1 if a row is not as it must be. `model.sh MODEL OPTIONS...` runs one
# and keeps its trail in the current directory, for `spin -t -p OPTIONS MODEL.pml`.
set -eu

src=${JSL_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/model
export CC=${CC:-cc}
MEMORY_MB=2048

# model | what is removed; - for nothing | options of spin
runs() {
	cat <<'RUNS'
lease|-|
promise|- (first start, lost records)|-DEPOCHS=2
promise|- (3 epochs, lost records)|-DEPOCHS=3 -DSTARTED
promise|- (3 epochs)|-DEPOCHS=3 -DNO_LOSS
admit|-|
promise|R1 a promise is given once|-DEPOCHS=2 -DWITHOUT_R1
promise|R1 and is durable|-DEPOCHS=2 -DWITHOUT_R1_DURABLE
promise|R2 a quorum of promises|-DEPOCHS=2 -DWITHOUT_R2
promise|R3 ack only what was promised|-DEPOCHS=2 -DWITHOUT_R3
promise|R10 re-promise, not renumber|-DEPOCHS=2 -DWITHOUT_R10
promise|R11 fencing|-DEPOCHS=2 -DWITHOUT_R11
promise|R12a a quorum is fresh|-DEPOCHS=2 -DWITHOUT_R12A
promise|R12a fresh for this record id|-DEPOCHS=2 -DWITHOUT_R12A_NAMED
promise|R12b a quorum of the others|-DEPOCHS=2 -DWITHOUT_R12B
promise|assumption: all have started|-DEPOCHS=2 -DWITHOUT_ALL_STARTED
admit|R12b a quorum of the others|-DWITHOUT_QUORUM_OF_OTHERS
admit|R12b stored durably|-DWITHOUT_STORED
admit|R12 contradicted record ids|-DWITHOUT_CONTRADICTION
lease|R1 my lease to another|-DWITHOUT_R1
lease|R2 a quorum of promises|-DWITHOUT_R2
lease|R3 counted from the send time|-DWITHOUT_R3_SENT
lease|R3 D_L is less than D|-DWITHOUT_R3_MARGIN
lease|R5 restart silence|-DWITHOUT_R5
lease|R9 stops for ever|-DWITHOUT_R9_FOR_EVER
lease|R13 refused, not only silent|-DWITHOUT_R13_REFUSED
lease|R13 after the newest heartbeat|-DWITHOUT_R13_NEWEST -DONE_CRASH
lease|R13 frees that lease only|-DWITHOUT_R13_THAT_ONLY -DONE_CRASH
RUNS
}

# check MODEL OPTIONS...: in the current directory, to the file pan.out
check() {
	local model=$1
	shift
	spin "$@" -a "$src/$model.pml" >spin.out 2>&1 || { cat spin.out; return 1; }
	# shellcheck disable=SC2086 # CC may carry options of its own.
	$CC -O1 -w -DSAFETY -DMEMLIM=$MEMORY_MB -o pan pan.c
	./pan -m1000000 >pan.out 2>&1
}

# row NUMBER MODEL|REMOVED|OPTIONS: "ok" or "BAD", and the row of the table, to a file
row() {
	local model removed options start=$EPOCHREALTIME states errors seconds verdict=BAD
	IFS='|' read -r model removed options <<<"$2"
	mkdir "$1"
	cd "$1"
	# shellcheck disable=SC2086
	check "$model" $options || true
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.out)
	errors=$(sed -n 's/.*errors: \([0-9]*\)$/\1/p' pan.out)
	case $removed in
	-*) # all states were seen
		[ "$errors" = 0 ] && [ -n "$states" ] &&
			! grep -qE 'not completed|too small|out of memory|aborted' pan.out &&
			verdict=ok
		;;
	*) grep -q 'assertion violated' pan.out && verdict=ok ;;
	esac
	seconds=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
	printf '%-3s %-8s %-31s %9s %6s %7s\n' "$verdict" "$model" "$removed" \
		"${states:-?}" "${errors:-?}" "$seconds" >row
	cd ..
}

if ! command -v spin >/dev/null; then
	echo "SKIPPED: spin is not installed"
	[ -z "${CI:-}" ] || exit 1
	exit 77
fi
if [ -n "${JSL_BUILD:-}" ] && grep -q '^JSL_SANITIZE = .*-fsanitize' "$JSL_BUILD/Makefile"; then
	echo "skipped: the models are the same in each build"
	exit 77
fi
if [ $# -gt 0 ]; then
	check "$@" || true
	cat pan.out
	exit
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/jsl-model.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
cd "$dir"
export src MEMORY_MB
number=0
while read -r run; do
	number=$((number + 1))
	printf '%s\0%s\0' "$number" "$run"
done < <(runs) | xargs -0 -n 2 -P 2 bash -c "$(declare -f check row); row \"\$@\"" row

printf '%-3s %-8s %-31s %9s %6s %7s\n' '' model 'rule removed' states errors seconds
number=0
while read -r _; do
	number=$((number + 1))
	cat "$number/row"
done < <(runs) | tee table
echo "$SECONDS s in all"
[ "$(grep -c '^ok ' table)" = "$(runs | wc -l)" ]
