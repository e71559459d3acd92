#!/bin/sh
# Builds and tests everything on a Debian 12 machine: installs what is missing,
# then ./configure && make check, then the same under ASan and UBSan.
set -eu
cd "$(dirname "$0")"

need=""
for pkg in autoconf automake libtool pkg-config gcc g++ make check clang-format \
	libevent-dev libprotobuf-c-dev protobuf-c-compiler libssl-dev libjansson-dev \
	libconfuse-dev libcurl4-openssl-dev libseccomp-dev bubblewrap default-jdk-headless; do
	dpkg -s "$pkg" >/dev/null 2>&1 || need="$need $pkg"
done
if [ -n "$need" ]; then
	as_root=""
	[ "$(id -u)" = 0 ] || as_root=sudo
	$as_root apt-get update -q
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends $need
fi

./bootstrap
for variant in plain sanitize; do
	flags=""
	[ "$variant" = plain ] || flags="--enable-sanitize=address,undefined"
	mkdir -p "build/$variant"
	# shellcheck disable=SC2086
	(cd "build/$variant" && ../../configure -q --enable-werror $flags &&
		make -s -j"$(nproc)" && make -s check VERBOSE=1)
done
