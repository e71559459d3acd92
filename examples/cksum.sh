#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The examples of the queue as a user runs them: three workers, and files to sum up. One
# that works is killed, then the one that leads; every sum comes once and is cksum's.
set -eu
: "${JSL_BUILD:?set by make check}"
# shellcheck source=examples/example.sh
. "$(dirname "$0")/example.sh"

find_ports 3
# shellcheck disable=SC2086
start_worker() { start "cksum_worker-$1" "$1" "$dir/data" $addresses; }
for i in 1 2 3; do start_worker $i; done

mkdir "$dir/files"
for i in $(seq 40); do head -c $((i * 150000)) /dev/urandom >"$dir/files/$i"; done
: >"$dir/files/empty"
cd "$dir/files"
# shellcheck disable=SC2086
start cksum_files-1 100 $addresses -- *
sums() { [ "$(wc -l <"$dir/cksum_files-1.out")" -ge "$1" ]; }
# The one that leads hands out and computes nothing: it is the highest id.
wait_for "the first sums" sums 3
kill -KILL "${pids[cksum_worker-1]}"
wait "${pids[cksum_worker-1]}" 2>/dev/null || true
wait_for "more sums" sums 8
kill -KILL "${pids[cksum_worker-3]}"
wait "${pids[cksum_worker-3]}" 2>/dev/null || true
start_worker 1
wait "${pids[cksum_files-1]}" || fail "cksum_files: exit $?"
unset "pids[cksum_files-1]"
cksum -- * | sort >"$dir/expected"
grep -v ' %$' "$dir/cksum_files-1.out" | sort >"$dir/got"
cmp "$dir/expected" "$dir/got" || fail "the sums differ"
grep -q ' %$' "$dir/cksum_files-1.out" || fail "no progress was seen"
echo ok
