#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A program outside this tree has the installed headers, the library and pkg-config:
# the examples build and run with these alone, by the command that they name.
set -eu
: "${JSL_BUILD:?set by make check}" "${JSL_SRC:?set by make check}"
if grep -q '^JSL_SANITIZE = .*-fsanitize' "$JSL_BUILD/Makefile"; then
	echo "skipped: a library with sanitizers is not for programs without"
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# A test may not speak to the make that runs it.
unset MAKEFLAGS MFLAGS MAKELEVEL
make -s -C "$JSL_BUILD" DESTDIR="$dir/root" install-libLTLIBRARIES \
	install-jslincludeHEADERS install-pkgconfigDATA >"$dir/log" 2>&1 || {
	cat "$dir/log"
	exit 1
}
libdir=$(dirname "$(find "$dir/root" -name libjsl.so)")
PKG_CONFIG_PATH=$libdir/pkgconfig
PKG_CONFIG_SYSROOT_DIR=
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
# libjsl.pc says where things will be; they are below DESTDIR now.
sed -i "s|^prefix=|&$dir/root|" "$libdir/pkgconfig/libjsl.pc"
cd "$dir"
for example in cksum_files cksum_worker java_dir singleton watch; do
	cp "$JSL_SRC/examples/$example.c" .
	# shellcheck disable=SC2046
	$CC -Wall -Wextra -Werror -o $example $example.c \
		$(pkg-config --cflags --libs libjsl libevent_core)
	code=0
	LD_LIBRARY_PATH=$libdir ./$example 2>usage || code=$?
	if [ $code != 2 ] || ! grep -q "^usage: $example " usage; then
		echo "FAIL: $example: exit $code"
		exit 1
	fi
done
echo ok
