#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# jsl-gateway --dev: a whole cluster in one process, without a configuration.
. "$(dirname "$0")/cluster.sh"

cluster_init 1
start dev "$JSL_BIN/jsl-gateway" --dev --http "$http"
wait_for "readiness" is_ready
java_program "$dir/Hello.java" Hello 'System.out.println("Grüße, 世界");'
same code 200 "$(post "$dir/Hello.java" "$dir/answer")"
same body "Grüße, 世界" "$(cat "$dir/answer")"
same cached false "$(header "$dir/answer" Cached-Response)"
# Another reign, as after a loop that stood still for a lease, would empty the cache.
is_cached() {
	same "code again" 200 "$(post "$dir/Hello.java" "$dir/answer")"
	[ "$(header "$dir/answer" Cached-Response)" = true ]
}
wait_for "an answer of the cache" is_cached
pid=${pids[dev]}
kill -TERM "$pid"
rc=0
wait "$pid" || rc=$?
unset "pids[dev]"
same "exit status after SIGTERM" 0 "$rc"
