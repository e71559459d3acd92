#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The API reference is complete: Doxygen warns of each public function, parameter,
# return value, struct, member, macro and typedef without its words, and of words about
# what is not there. Of a value of an enum, and of a header without @file, of which it
# says nothing, it does not.
. "$(dirname "$0")/tree.sh"

command -v doxygen >"$tmp/which" || skip "no doxygen"
{
	cat doc/Doxyfile
	echo "OUTPUT_DIRECTORY = $tmp"
	echo "GENERATE_XML = YES"
} | doxygen - >"$tmp/log" 2>&1 || echo "doxygen failed" >>"$tmp/bad"
grep -E '(warning|error):' "$tmp/log" >>"$tmp/bad" || :

awk '/<enumvalue / { inside = 1; said = 0 }
inside && /<name>/ { name = $0; gsub(/<[^>]*>| /, "", name) }
inside && /<para>/ { said = 1 }
/<\/enumvalue>/ {
	inside = 0
	values++
	if (!said) print name ": a value that is not documented"
}
END { if (values == 0) print "no enum was found" }' "$tmp"/xml/*.xml >>"$tmp/bad"
for header in include/jsl/*.h; do
	grep -q '^ \* @file$' "$header" || echo "$header: no @file" >>"$tmp/bad"
	page=$(basename "$header" .h | sed 's/_/__/g')_8h.html
	[ -s "$tmp/html/$page" ] || echo "$header: no page" >>"$tmp/bad"
done
finish "API reference of $(find include/jsl -name '*.h' | wc -l) headers"
