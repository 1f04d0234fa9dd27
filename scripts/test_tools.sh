#!/bin/sh
# The tests' system packages: Chromium for the pages, PostgreSQL for the second database. Installs what is missing when it
# can (root on Debian or Ubuntu), otherwise says what to run and fails: a test that silently skips its browser proves nothing.
# strace and libfaketime serve a few faults only, which skip with a word without them: installed along, never a reason to fail.
set -eu
missing=""
wanted=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="$missing chromium"
# Debian keeps the server's programs out of PATH.
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v strace >/dev/null 2>&1 || wanted="$wanted strace"
ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || wanted="$wanted libfaketime"
[ -n "$missing$wanted" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$missing$wanted …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086  # one word per package
    apt-get install -y -qq --no-install-recommends $missing $wanted >/dev/null
elif [ -n "$missing" ]; then
    echo "make test: missing on this machine:$missing. As root, run:" >&2
    echo "    apt-get update && apt-get install -y$missing$wanted" >&2
    exit 1
fi
