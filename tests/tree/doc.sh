#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The documents and what they are about: links lead somewhere, the table of metrics is
# that of the sources, the picture is that of its source, the program of the embedding
# guide compiles, and the README stays a page.
. "$(dirname "$0")/tree.sh"

# Links of the pages, and the files that the README names.
for page in doc/*.md; do
	grep -o '](\([^):#]*\)' "$page" | sed 's/^](//' | while read -r to; do
		[ -e "doc/$to" ] || echo "$page: no doc/$to"
	done >>"$tmp/bad"
done
grep -oE '(doc|tests|examples|deploy|lib|bin|bench|include|proto)/[A-Za-z0-9_./*-]*' README doc/architecture.md \
	doc/embedding.md doc/operating.md doc/proofs.md doc/security.md | sed 's/[.,]*$//' |
	LC_ALL=C sort -u | while IFS=: read -r page to; do
	case $to in
	# What is built, and places of an installed system. Programs have a source.
	bin/jsl-* | bin/kill | */bin/* | lib/jsl* | *.svg) continue ;;
	esac
	# shellcheck disable=SC2086 # a pattern is one
	[ -e "$to.c" ] || ls -d $to >/dev/null 2>&1 || echo "$page: no $to"
done >>"$tmp/bad"

[ "$(wc -l <README)" -le 100 ] || echo "README: more than 100 lines" >>"$tmp/bad"

# differ FILE FILE WHAT: lines that only the first one has.
differ() {
	LC_ALL=C comm -23 "$tmp/$1" "$tmp/$2" | sed "s|\$|: $3|" >>"$tmp/bad"
}

# Metrics: the rows of tables, and the names given to functions.
sed -nE -e 's/^.*[{]"([a-z_]+)",.*$/\1/p' -e 's/^.*\((out|buf), "([a-z_]+)",.*$/\2/p' \
	lib/service/metrics.c lib/gateway/info.c lib/gateway/verdicts.c | sed 's/^/jsl_/' | LC_ALL=C sort -u >"$tmp/counted"
grep '^| [a-z]* | .jsl_' doc/operating.md | grep -o 'jsl_[a-z_]*' | LC_ALL=C sort -u >"$tmp/described"
[ -s "$tmp/counted" ] || echo "no metrics found" >>"$tmp/bad"
differ counted described "a metric that doc/operating.md does not describe"
differ described counted "described in doc/operating.md, and no metric"
grep -oh 'jsl_[a-z_]*' deploy/prometheus-rules.yml | LC_ALL=C sort -u >"$tmp/alerted"
differ alerted counted "in deploy/prometheus-rules.yml, and no metric"

# The picture: each node and edge, and each line of a label.
sed -nE -e 's/^\t+([a-z_]+) \[.*/\1/p' -e 's/^\t+([a-z]+) -> ([a-z]+).*/\1-\2/p' \
	doc/architecture.dot | grep -vE '^(node|edge)$' | LC_ALL=C sort >"$tmp/drawn"
sed -nE 's|^<title>(.*)</title>$|\1|p' doc/architecture.svg | sed 's/&#45;&gt;/-/' |
	grep -vE '^(jsl|cluster_.*)$' | LC_ALL=C sort >"$tmp/shown"
grep -v 'style=invis' doc/architecture.dot | sed -nE 's/^.*label="([^"]*)".*/\1/p' |
	sed 's/\\n/\n/g' | LC_ALL=C sort -u >"$tmp/labels"
sed -nE 's|^<text .*>(.*)</text>$|\1|p' doc/architecture.svg | sed 's/&#45;/-/g' |
	LC_ALL=C sort -u >"$tmp/texts"
grep -E 'style=invis' doc/architecture.dot | sed -nE 's/^\t+([a-z]+) -> ([a-z]+).*/\1-\2/p' >"$tmp/hidden"
LC_ALL=C sort -m "$tmp/shown" "$tmp/hidden" | LC_ALL=C sort >"$tmp/all"
differ drawn all "in architecture.dot, not in the SVG: make it anew"
differ shown drawn "in architecture.svg, not in its source"
differ labels texts "a text of architecture.dot, not in the SVG: make it anew"
differ texts labels "a text of architecture.svg, not in its source"

# The program.
awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' doc/embedding.md >"$tmp/program.c"
[ -s "$tmp/program.c" ] || echo "doc/embedding.md: no program" >>"$tmp/bad"
# CC may carry options of its own.
# shellcheck disable=SC2086
${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -Iinclude -fsyntax-only "$tmp/program.c" 2>>"$tmp/bad" ||
	echo "doc/embedding.md: its program does not compile" >>"$tmp/bad"
finish "documents: $(wc -l <"$tmp/counted") metrics, $(wc -l <"$tmp/drawn") parts of the picture"
