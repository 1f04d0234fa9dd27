#!/bin/sh
# The tests' system packages: Chromium for the pages, PostgreSQL for the second database. Installs what is missing when it
# can (root on Debian or Ubuntu), otherwise says what to run and fails: a test that silently skips its browser proves nothing.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="$missing chromium"
# Debian keeps the server's programs out of PATH.
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$missing …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086  # one word per package
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "make test: missing on this machine:$missing. As root, run:" >&2
    echo "    apt-get update && apt-get install -y$missing" >&2
    exit 1
fi
