#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Includes may only point down. The table says what each folder may include: the
# other folders of the tree (besides itself and include/jsl, which all may), and
# libraries. "pure" allows only the headers of libc that cannot reach a clock, a
# socket or a file: that is what lets a core run in virtual time.
. "$(dirname "$0")/tree.sh"

# folder       | folders of the tree                          | libraries
cat >"$tmp/table" <<'TABLE'
include/jsl    |                                              | libc
lib/base       |                                              | libc
lib/election   | base                                         | pure
lib/gossip     | base                                         | pure
lib/queue      | base                                         | pure
lib/cluster    | base election gossip queue                   | pure
lib/wire       | base                                         | libc protobuf openssl
lib/io         | base                                         | libc event openssl
lib/runner/box | base                                         | libc seccomp
lib/runner     | base io runner                               | libc event
lib/node       | base election gossip queue cluster wire io runner | libc event openssl
lib/service    | base                                         | libc event confuse openssl
lib/gateway    | base service                                 | libc event jansson openssl
bin            | base service gateway                         | libc event jansson curl
examples       |                                              | libc event
TABLE

# A header of libc outside the pure list that a core needs, and the reason.
cat >"$tmp/exceptions" <<'EXCEPTIONS'
EXCEPTIONS

c_files | grep -E '^(include|lib|bin|examples)/' >"$tmp/files"
xargs grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null <"$tmp/files" >"$tmp/includes"

awk '
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
function has(list, word) { return index(" " list " ", " " word " ") > 0 }
function bad(text) { print file ":" line ": " text }
# The library that an outside header belongs to; "" for libc.
function library(h) {
	if (h ~ /^(event2\/|event\.h|evhttp\.h|evutil\.h)/) return "event"
	if (h ~ /^protobuf-c\// || h ~ /\.pb-c\.h$/) return "protobuf"
	if (h ~ /^openssl\//) return "openssl"
	if (h ~ /^jansson/) return "jansson"
	if (h ~ /^confuse/) return "confuse"
	if (h ~ /^curl\//) return "curl"
	if (h ~ /^seccomp/) return "seccomp"
	if (h ~ /^check\.h/) return "check"
	return ""
}
function row(path,   dir) {
	dir = path
	while (sub(/\/[^\/]*$/, "", dir))
		if (dir in folders) return dir
	return ""
}
function check_tree(h,   top) {
	top = h
	sub(/\/.*/, "", top)
	if (h == "config.h" || library(h) != "") { if (h != "config.h") check_lib(h); return }
	if (h ~ /^\.\.?\//) { bad("relative include of " h); return }
	if (h !~ /\//) {
		if (dirname "/" h in known) return
		bad(h ": no such header in " dirname)
		return
	}
	if (!(("lib/" h) in known)) { bad(h ": no such header under lib/"); return }
	if (row("lib/" h) == folder) return
	if (!has(folders[folder], top)) bad(folder " may not include " h)
}
function check_lib(h,   lib) {
	lib = library(h)
	if (lib != "") {
		if (!has(libs[folder], lib)) bad(folder " may not use " lib " (" h ")")
		return
	}
	if (has(libs[folder], "libc") || h in pure || (folder " " h) in excepted) return
	bad(folder " is pure and may not include <" h ">")
}
BEGIN {
	n = split("assert.h ctype.h errno.h inttypes.h limits.h stdalign.h stdarg.h " \
		  "stdbool.h stddef.h stdint.h stdlib.h string.h", names, " ")
	for (i = 1; i <= n; i++) pure[names[i]] = 1
}
FILENAME ~ /\/table$/ {
	split($0, col, "|")
	folders[trim(col[1])] = trim(col[2]); libs[trim(col[1])] = trim(col[3]); next
}
FILENAME ~ /\/exceptions$/ { excepted[$1 " " $2] = 1; next }
FILENAME ~ /\/files$/ { known[$0] = 1; next }
{
	split($0, part, ":")
	file = part[1]; line = part[2]
	dirname = file; sub(/\/[^\/]*$/, "", dirname)
	folder = row(file)
	if (folder == "") { bad("this folder has no row in the table"); next }
	header = $0
	if (header ~ /include[ \t]*</) {
		gsub(/.*<|>.*/, "", header)
		if (header ~ /^jsl\//) {
			if (!(("include/" header) in known)) bad("<" header ">: no such header")
		} else
			check_lib(header)
	} else if (header ~ /include[ \t]*"/) {
		sub(/^[^"]*"/, "", header); sub(/".*/, "", header)
		if (folder == "include/jsl") bad("public headers include <jsl/...> only")
		else check_tree(header)
	} else
		bad("include of a macro")
}' "$tmp/table" "$tmp/exceptions" "$tmp/files" "$tmp/includes" >"$tmp/bad"

# What a core could call although no header is missing for it.
# shellcheck disable=SC2046
awk '/^[ \t]*(\/\*|\*)/ { next }
FILENAME ~ /^lib\/(election|gossip|queue|cluster)\// &&
/(^|[^_a-zA-Z0-9>.])(rand|random|srand|drand48|getenv|system|time|clock|printf)\(/ {
	print FILENAME ":" FNR ": a core may not call this:" $0
}' $(cat "$tmp/files") >>"$tmp/bad"

finish "layers: $(wc -l <"$tmp/includes") includes point down"
