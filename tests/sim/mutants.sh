#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Each safety rule removed in turn (lib/base/rule.h): a simulator must catch it. Prints
# the table, with the seed, or "story" where only one of those finds it; exits 1 if a
# rule can go unnoticed, or the simulators are not quiet with all rules in place.
# `mutants.sh RULE...` runs those rows.
set -u

. "$(dirname "$0")/build_sim.sh"
out=${JSL_BUILD:-.}/tests/sim/mutants
JOBS=$(nproc)

# rule | simulator | seeds within which it must be caught | what is removed; the first
# rows remove nothing, and must be quiet for so many. R8 has no row: R4 is tested at each
# action, and a lease ends for the voters that granted it. R13 is two conditions; the
# one that is not R13_TRUST, that a refusal is of this leader and newer than its
# heartbeat, is not missed alone while refusals are true.
rows() {
	cat <<'ROWS'
none|election|1000|nothing
none|queue|200|nothing
none|gossip|30|nothing
none|cluster|1000|nothing
R1|election|10000|an epoch is promised once
R2|election|10000|a quorum of promises
R3_SENT|election|10000|the lease counts from the send time
R3_D|election|10000|granted is the D of the heartbeat
R4|election|10000|leading is tested at each action
R5|election|10000|restart silence
R6|election|10000|a live lease is not disturbed
R9|election|10000|who released its lease acts no more
R10|election|10000|a stuck higher epoch is passed
R11|queue|2000|fencing by epoch
R11_VOTER|queue|2000|a voter obeys its promise only
Q2|queue|200|what may run waits for inventories
Q3|queue|200|results are kept until acknowledged
Q4|queue|200|what is here is not started again
Q7|queue|200|the first result wins
R12|election|10000|a voter without a record is admitted
R12_CONTRADICTED|election|10000|a lost record's promise is void
R13|election|10000|what evidence of death may free
R13_TRUST|election|10000|untrusted evidence frees no lease
Q2|cluster|100|what may run waits for inventories
Q3|cluster|100|results are kept until acknowledged
Q4|cluster|100|what is here is not started again
Q7|cluster|1000|the first result wins
Q13|cluster|100|who is silent about a run loses it
KEYS|cluster|100|jobs of one key are one run
R11|cluster|2000|fencing by epoch
G1|gossip|100|a failed incarnation is final
G2|gossip|100|the dead are looked for
ROWS
}

# run_row RULE SIMULATOR SEEDS TEXT: one line of the table; the rule "none" is none
run_row() {
	local exe=$out/$2-$1 log=$out/$2-$1.log flag=() caught what='' verdict=ok
	[ "$1" = none ] || flag=("-DJSL_WITHOUT_$1=1")
	build_sim "$2" "$exe" -O2 -DNDEBUG "${flag[@]}" || {
		echo "BAD $1: $2 does not build"
		return 1
	}
	caught=-
	if ! timeout 600 "$exe" --seeds "$3" >"$log" 2>&1; then
		caught=$(sed -nE 's/.*\bseed ([0-9]+).*/\1/p' "$log" | head -1)
		# The line that names the seed says what failed, after the first colon.
		what=$(sed -nE 's/^.*\bseed [0-9]+[^:]*: //p' "$log" | head -1)
	elif [[ $2 = election || $2 = cluster ]] && ! "$exe" --stories >"$log" 2>&1; then
		caught=story
		what=$(sed -nE 's/^[a-z_0-9 ]+, [0-9] voters: //p' "$log" | head -1)
	fi
	if [ "$1" = none ]; then
		[ "$caught" = - ] || verdict=BAD
		what=${what:-"quiet for $3 seeds"}
	else
		[ "${caught:--}" != - ] || verdict=BAD
		what=${what:-"survives $3 seeds"}
	fi
	printf '%-3s %-16s %-37s %-9s %6s  %s\n' "$verdict" "$1" "$4" "$2" "${caught:-?}" \
		"$what"
	rm -f "$exe"
	[ $verdict = ok ]
}

mkdir -p "$out" || exit 1
printf '%-3s %-16s %-37s %-9s %6s  %s\n' "" rule removed simulator seed "what failed"
{
	if [ $# -eq 0 ]; then rows; else
		for rule; do rows | grep "^$rule|"; done
	fi
} >"$out/rows"
bad=0 n=0
while IFS='|' read -r rule sim seeds text; do
	run_row "$rule" "$sim" "$seeds" "$text" >"$out/row.$n" &
	n=$((n + 1))
	if [ $((n % JOBS)) = 0 ]; then wait; fi
done <"$out/rows"
wait
for ((i = 0; i < n; i++)); do
	cat "$out/row.$i"
	grep -q '^ok' "$out/row.$i" || bad=1
done
exit $bad
