#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make dist-same: make dist twice, under another umask, time zone and locale: the same
# bytes. What remains is the tarball, and its sum.
set -eu
: "${JSL_BUILD:?the top of the build tree}" "${DISTDIR:?}"
cd "$JSL_BUILD"
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
(umask 022 && TZ=UTC LC_ALL=C make -s dist)
mv "$DISTDIR.tar.xz" "$DISTDIR.tar.xz.first"
(umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 make -s dist)
rc=0
cmp "$DISTDIR.tar.xz.first" "$DISTDIR.tar.xz" || rc=1
rm "$DISTDIR.tar.xz.first"
sha256sum "$DISTDIR.tar.xz"
exit $rc
