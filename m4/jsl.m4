# JSL_WARNINGS(VAR): collect the warning flags this compiler accepts in VAR.
AC_DEFUN([JSL_WARNINGS], [
  $1="-std=gnu11 -fvisibility=hidden"
  for flag in -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
              -Wwrite-strings -Wundef -Wformat=2 -Wvla -Wimplicit-fallthrough \
              -Wno-missing-field-initializers; do
    save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $flag"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [$1="$$1 $flag"])
    CFLAGS=$save_CFLAGS
  done
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [turn warnings into errors])])
  AS_IF([test "x$enable_werror" = xyes], [$1="$$1 -Werror"])
  AC_SUBST([$1])
])

# JSL_VERSION_SCRIPT: sets HAVE_VERSION_SCRIPT if the linker takes one.
AC_DEFUN([JSL_VERSION_SCRIPT], [
  AC_CACHE_CHECK([whether the linker takes --version-script], [jsl_cv_version_script], [
    echo "X { global: main; local: *; };" > conftest.map
    save_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS -Wl,--version-script=conftest.map"
    AC_LINK_IFELSE([AC_LANG_PROGRAM()], [jsl_cv_version_script=yes], [jsl_cv_version_script=no])
    LDFLAGS=$save_LDFLAGS
    rm -f conftest.map
  ])
  AM_CONDITIONAL([HAVE_VERSION_SCRIPT], [test "x$jsl_cv_version_script" = xyes])
])

# JSL_ARG_SYSTEMD: where the units go, if anywhere. Never outside the prefix unless asked
# to: systemd looks below /usr/local, too.
AC_DEFUN([JSL_ARG_SYSTEMD], [
  AC_ARG_WITH([systemdsystemunitdir],
    [AS_HELP_STRING([--with-systemdsystemunitdir=DIR],
      [install systemd units in DIR @<:@PREFIX/lib/systemd/system, if systemd is here@:>@])],
    [], [PKG_CHECK_EXISTS([systemd], [with_systemdsystemunitdir=yes], [with_systemdsystemunitdir=no])])
  AS_IF([test "x$with_systemdsystemunitdir" = xyes],
    [with_systemdsystemunitdir='${prefix}/lib/systemd/system'])
  AC_SUBST([systemdsystemunitdir], [$with_systemdsystemunitdir])
  AM_CONDITIONAL([HAVE_SYSTEMD], [test "x$with_systemdsystemunitdir" != xno])
])

AC_DEFUN([JSL_ARG_SANITIZE], [
  AC_ARG_ENABLE([sanitize],
    [AS_HELP_STRING([--enable-sanitize=LIST], [build with -fsanitize=LIST, e.g. address,undefined])],
    [], [enable_sanitize=no])
  AS_IF([test "x$enable_sanitize" != xno], [JSL_SANITIZE="-fsanitize=$enable_sanitize -fno-omit-frame-pointer -fno-sanitize-recover=undefined -DJSL_SANITIZED"])
  AC_SUBST([JSL_SANITIZE])
])

AC_DEFUN([JSL_ARG_FUZZ], [
  AC_ARG_ENABLE([fuzz],
    [AS_HELP_STRING([--enable-fuzz], [link the fuzz targets with libFuzzer (needs clang)])],
    [], [enable_fuzz=no])
  AS_IF([test "x$enable_fuzz" = xyes], [JSL_SANITIZE="$JSL_SANITIZE -fsanitize=fuzzer-no-link"])
  AM_CONDITIONAL([ENABLE_FUZZ], [test "x$enable_fuzz" = xyes])
])

# JSL_PROG(VAR, PROGRAM, DEBIAN-PACKAGE): find a program, or say which package has it.
AC_DEFUN([JSL_PROG], [
  AC_PATH_PROG([$1], [$2], [no])
  AS_IF([test "x$$1" = xno], [AC_MSG_ERROR([$2 not found (Debian: $3)])])
])
