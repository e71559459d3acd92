# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What check.sh and demo.sh share: installing what the build needs on a Debian
# machine, and building out of tree. Sourced from the top of the source tree.

# as_root COMMAND...
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "the build needs packages (see debian/control): run as root, or with sudo installed" >&2
		return 1
	fi
}

# install_missing: debian/control is the one list of what is needed.
install_missing() {
	if command -v dpkg-checkbuilddeps >/dev/null && dpkg-checkbuilddeps 2>/dev/null; then
		return 0
	fi
	if ! command -v apt-get >/dev/null; then
		echo "no apt-get here: configure will name what is missing" >&2
		return 0
	fi
	as_root apt-get update -q
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get build-dep -y -q --no-install-recommends ./
}

# install_extra PACKAGE...: what is of use and not needed; without it, less is tested.
install_extra() {
	missing=
	for package; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
			missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	# shellcheck disable=SC2086
	{
		as_root apt-get update -q &&
			as_root env DEBIAN_FRONTEND=noninteractive \
				apt-get install -y -q --no-install-recommends $missing
	} || echo "SKIPPED: what needs$missing, which could not be installed" >&2
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
		[ ! -f "$build_dir/Makefile" ] || make -s -C "$build_dir" clean
		(cd "$build_dir" && "$build_top/configure" -q "$@")
		echo "$*" >"$build_dir/options"
	fi
	make -s -C "$build_dir" -j"$(nproc)"
}
