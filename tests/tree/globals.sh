#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The base, the cores and their wiring have no writable globals: two nodes in one
# process share nothing, and a simulation can be replayed.
. "$(dirname "$0")/tree.sh"

: "${JSL_BUILD:?set by make check: the top of the build tree}"
if grep -q '^JSL_SANITIZE = .*-fsanitize' "$JSL_BUILD/Makefile"; then
	skip "sanitizers add data of their own to every object"
fi

objects=0
for folder in base election gossip queue cluster; do
	for object in "$JSL_BUILD/lib/$folder"/.libs/*.o; do
		[ -f "$object" ] || continue
		objects=$((objects + 1))
		# Relocated constants (.data.rel.ro) are read-only once the program runs.
		objdump -t "$object" | awk -v object="lib/$folder/${object##*/}" '
			/ O / && / (\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && !/ \.data\.rel\.ro/ {
				print object ": writable global " $NF
			}' >>"$tmp/bad"
	done
done
[ "$objects" -gt 0 ] || echo "no objects under $JSL_BUILD/lib" >>"$tmp/bad"
finish "no writable globals in $objects objects"
