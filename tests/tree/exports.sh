#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What libjsl.so exports, what lib/libjsl.map lists, what the public headers declare with
# JSL_API, and what debian/libjsl0.symbols has are the same functions.
. "$(dirname "$0")/tree.sh"

: "${JSL_BUILD:?set by make check: the top of the build tree}"
library=$JSL_BUILD/lib/.libs/libjsl.so
[ -e "$library" ] || { echo "no $library"; exit 1; }

nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	LC_ALL=C sort >"$tmp/exported"
sed -n 's/^\t\(jsl_[a-z0-9_]*\);$/\1/p' lib/libjsl.map | LC_ALL=C sort >"$tmp/listed"
# The name is the last word before the first parenthesis of a declaration.
sed -e '/^#/d' -e '/^[[:space:]]*\/\?\*/d' include/jsl/*.h | tr '\n\t' '  ' | tr ';' '\n' |
	sed -n 's/.*JSL_API \([^(]*\)(.*/\1/p' | sed 's/ *$//; s/.*[ *]//' |
	LC_ALL=C sort >"$tmp/declared"
sed -n 's/^ \(jsl_[a-z0-9_]*\)@.*/\1/p' debian/libjsl0.symbols | LC_ALL=C sort >"$tmp/packaged"

differ() {
	LC_ALL=C comm -23 "$tmp/$1" "$tmp/$2" | sed "s/\$/: $1, not $2/" >>"$tmp/bad"
}
[ -s "$tmp/declared" ] || echo "no declarations found" >>"$tmp/bad"
differ exported listed
differ listed exported
differ declared listed
differ listed declared
differ packaged listed
differ listed packaged
finish "$(wc -l <"$tmp/declared") exported functions"
