#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each public header compiles alone, as C99 and as C++, without a warning, and twice
# in a row without a redefinition.
. "$(dirname "$0")/tree.sh"

for header in include/jsl/*.h; do
	name=jsl/${header##*/}
	printf '#include <%s>\n#include <%s>\n' "$name" "$name" >"$tmp/one.c"
	cp "$tmp/one.c" "$tmp/one.cc"
	# CC may carry options of its own.
	# shellcheck disable=SC2086
	${CC:-cc} -std=c99 -pedantic -Wall -Wextra -Wundef -Werror -Iinclude \
		-fsyntax-only "$tmp/one.c" 2>>"$tmp/bad" || echo "$name: not C99" >>"$tmp/bad"
	# shellcheck disable=SC2086
	${CXX:-c++} -std=c++11 -Wall -Wextra -Wundef -Werror -Iinclude \
		-fsyntax-only "$tmp/one.cc" 2>>"$tmp/bad" || echo "$name: not C++" >>"$tmp/bad"
done
finish "public headers compile alone"
