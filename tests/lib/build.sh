# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What check.sh and demo.sh share: installing what the build needs on a Debian
# machine, and building out of tree. Sourced from the top of the source tree.

# install_missing [PACKAGE...]: what the build needs, of which debian/control is the one
# list, and these.
install_missing() {
	missing=
	for package; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
			missing="$missing $package"
	done
	if [ -z "$missing" ] && command -v dpkg-checkbuilddeps >/dev/null &&
		dpkg-checkbuilddeps 2>/dev/null; then
		return 0
	fi
	if ! command -v apt-get >/dev/null; then
		echo "no apt-get here: configure will name what is missing" >&2
		return 0
	fi
	as_root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			echo "the build needs packages (see debian/control): run as root, or with sudo installed" >&2
			return 1
		}
		as_root=sudo
	fi
	$as_root apt-get update -q
	$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get build-dep -y -q --no-install-recommends ./
	# shellcheck disable=SC2086
	[ -z "$missing" ] || $as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends $missing
}

# build DIR [CONFIGURE-OPTION...]: configure and make; again if it was configured with
# other options. Without options, what is configured there is taken.
build() {
	build_dir=$1
	shift
	build_top=$PWD
	[ -x configure ] || ./bootstrap
	mkdir -p "$build_dir"
	if [ ! -f "$build_dir/Makefile" ] ||
		{ [ $# -gt 0 ] && [ "$(cat "$build_dir/options")" != "$*" ]; }; then
		(cd "$build_dir" && "$build_top/configure" -q "$@")
		echo "$*" >"$build_dir/options"
	fi
	make -s -C "$build_dir" -j"$(nproc)"
}
