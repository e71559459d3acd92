#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# .clang-format decides how the C looks. Its versions disagree in details, so the
# tree is held to one of them; another one skips.
. "$(dirname "$0")/tree.sh"

want=14
command -v clang-format >"$tmp/which" || skip "no clang-format"
[ -f .clang-format ] || skip "no .clang-format in this tree"
clang-format --version | grep -q "version $want\." ||
	skip "the tree is formatted with clang-format $want, not $(clang-format --version)"
c_files | xargs clang-format --style=file --dry-run -Werror 2>"$tmp/bad" || {
	[ -s "$tmp/bad" ] || echo "clang-format failed" >"$tmp/bad"
}
finish "format of $(c_files | wc -l) files"
