#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The clock on the wall of every node jumps a day ahead, then two days back, while
# programs run: nobody is suspected, nobody else leads, and each is answered by its one
# run. What starts anew while the clock is back is not taken for its former life (G1).

if grep -q '^JSL_SANITIZE = .*-fsanitize' "${JSL_BUILD:?}/Makefile"; then
	echo "SKIPPED: what this loads before a program does not go with sanitizers"
	exit 77
fi
. "$(dirname "$0")/cluster.sh"

# ---- a clock that this test sets: seconds added, read from a file at every look

clock=$dir/clock
cat >"$dir/clock.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static const char *steps = "0";

__attribute__((constructor)) static void map(void)
{
	int fd = open(CLOCK, O_RDONLY | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, 16, PROT_READ, MAP_SHARED, fd, 0);

	if (at != MAP_FAILED)
		steps = at;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int (*real)(clockid_t, struct timespec *) =
		(int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int r = real(id, ts);

	if (r == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += atol(steps);
	return r;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;
	int r = clock_gettime(CLOCK_REALTIME, &ts);

	(void)zone;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return r;
}

time_t time(time_t *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return ts.tv_sec;
}
END
# Written in place: nobody sees it empty.
clock_set() { printf '%015d' "$1" 1<>"$clock"; }
clock_set 0
${CC:-cc} -shared -fPIC -O -DCLOCK="\"$clock\"" "$dir/clock.c" -o "$dir/clock.so" -ldl

DAY=86400
before=$(date +%s)
clock_set $DAY
stepped=$(LD_PRELOAD=$dir/clock.so date +%s)
clock_set 0
if [ "$stepped" -lt $((before + DAY)) ] || [ "$stepped" -gt $(($(date +%s) + DAY)) ]; then
	fail "the clock was $before, and a day ahead it is $stepped"
fi

# ---- three peers and a gateway that see it

cluster_init 3
cluster_secret
stepping() { LD_PRELOAD=$dir/clock.so "$@"; }
for i in 1 2 3; do stepping peer_start $i; done
stepping gateway_start
wait_for "the highest id to lead" leader_is 3
wait_for "a worker" is_ready
wait_for "both workers" has_workers 3 2
for i in 1 2; do wait_for "$i to follow" lists_as $i FOLLOWING; done
wait_for "the gateway to observe" lists_as $GATEWAY_ID OBSERVING
epoch=$(metric "$(peer_http 3)" jsl_leader_epoch)

# answered NAME: the program in flight ended well, and began once.
answered() {
	wait "$job"
	same "code of $1" 200 "$(cat "$dir/code")"
	same "body of $1" "$1" "$(cat "$dir/answer")"
	same "attempts of $1" 1 "$(header "$dir/answer" JSL-Attempts)"
}
send() {
	java_program "$dir/$1.java" "$1" "$2 System.out.print(\"$1\");"
	post "$dir/$1.java" "$dir/answer" >"$dir/code" &
	job=$!
}
is_running() { [ "$(metric "$(peer_http 3)" jsl_queue_running)" = 1 ]; }
# seen DAYS: all have written a line by that clock.
seen() {
	local log date
	date=$(date -u -d "$1 day" +%F)
	for log in "$dir"/log/*.verbose.log; do
		grep -q "^${date}T" "$log" || return 1
	done
}

# A program that runs longer than it takes to declare one dead that says nothing.
changes=$(cat "$dir"/*.out)
for step in 1:Ahead -1:Back; do
	name=${step#*:}
	send "$name" "Thread.sleep(4000);"
	wait_for "the program to run" is_running
	clock_set $((${step%:*} * DAY))
	answered "$name"
	wait_for "lines of log with the other day" seen "${step%:*}"
	send "After$name" ""
	answered "After$name"
done
same "changes of state, deaths" "$changes" "$(cat "$dir"/*.out)"
same "leader" 3 "$(leader)"
same "epoch" "$epoch" "$(metric "$(peer_http 3)" jsl_leader_epoch)"

# Still a day back: the lives that begin now are later ones all the same.
for name in gateway peer-1; do node_kill $name TERM; done
stepping peer_start 1
stepping gateway_start
wait_for "the leader to be known again" leader_is 3
wait_for "the restarted worker to be listed" lists 1
wait_for "a worker" is_ready
send "Again" ""
answered "Again"
same "epoch" "$epoch" "$(metric "$(peer_http 3)" jsl_leader_epoch)"
