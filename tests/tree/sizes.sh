#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The sizes of the house style: a .c, .java or .sh of at most 400 lines, a header of
# 250, the file of a main of 120; a function of 40 lines from brace to brace, 60
# where most of it is one switch.
. "$(dirname "$0")/tree.sh"

# PATH[:FUNCTION], and the reason. Every entry is a debt: keep it empty.
cat >"$tmp/known" <<'KNOWN'
KNOWN

{
	c_files
	files '*.java' '*.sh'
	echo check.sh
	echo demo.sh
} >"$tmp/files"

while read -r file; do
	lines=$(wc -l <"$file")
	case $file in
	*.h) max=250 ;;
	bin/*.c) grep -q '^int main(' "$file" && max=120 || max=400 ;;
	*) max=400 ;;
	esac
	[ "$lines" -le "$max" ] || echo "$file: $lines lines, at most $max"
done <"$tmp/files" >"$tmp/found"

# Kernel style puts both braces of a function, and of nothing else, alone in column 0.
# shellcheck disable=SC2016
c_files | xargs awk '
FNR == 1 { inside = 0; previous = "" }
/^\{$/ { inside = 1; start = FNR; name = previous; in_switch = 0; in_cases = 0; next }
/^\}/ && inside {
	inside = 0
	n = FNR - start + 1
	max = (2 * in_cases > n) ? 60 : 40
	if (n > max) {
		sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
		printf "%s:%d:%s: a function of %d lines, at most %d\n", FILENAME, start, name, n, max
	}
	next
}
inside && /^\tswitch \(/ { in_switch = 1 }
inside && in_switch { in_cases++ }
inside && /^\t\}/ { in_switch = 0 }
/^[a-zA-Z_].*\(/ { previous = $0 }' >>"$tmp/found"

awk 'FILENAME ~ /\/known$/ { if ($1 != "") known[$1] = 1; next }
{
	split($0, part, ":")
	if (!(part[1] in known) && !((part[1] ":" part[3]) in known)) print
}' "$tmp/known" "$tmp/found" >"$tmp/bad"
if [ -s "$tmp/known" ]; then
	echo "the list of known exceptions is not empty:"
	cat "$tmp/known"
fi
finish "sizes of $(wc -l <"$tmp/files") files"
