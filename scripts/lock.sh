#!/bin/sh
# Writes the locks: exact versions with hashes for every platform, and no registry address, so that a mirror works as well.
# Run through `make lock`; commit what changed.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make lock" "$@"
}
compile requirements.in --output-file requirements.lock
compile requirements-dev.in --constraint requirements.lock --output-file requirements-dev.lock
compile requirements-installer.in --constraint requirements-dev.lock --output-file requirements-installer.lock
compile requirements-node.in --output-file requirements-node.lock
# .npmrc keeps addresses out of npm's lock.
npm install --package-lock-only --ignore-scripts --loglevel=error
