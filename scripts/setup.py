"""Sets the desk up: the Python environment in ``.venv`` and the browser's libraries in ``static/vendor``.

``--tests`` adds what tests and checks need. Standard library only, for it runs before anything is installed. Each part carries
a stamp of its lock, so that a second run with the same locks does nothing. Run through ``make setup``.
"""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VENDOR = ROOT / "static" / "vendor"
VENDORED = {"htmx.min.js": ROOT / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"}
OLDEST_PYTHON = (3, 11)
APT_LINE = "apt-get update && apt-get install -y python3-venv make"

# Runs the desk from any folder; -P keeps that folder's own modules out of the way.
LAUNCHER = """#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
root=$(CDPATH='' cd -- "$here/../.." && pwd)
PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}" exec "$here/python" -P -m app "$@"
"""


class SetupFailed(Exception):
    """Set-up cannot go on; the text says what to do."""


def run(*command: "str | Path", quiet_failure: bool = False, env: "dict[str, str] | None" = None) -> bool:
    """Run a command in the repository; its output is shown only when it fails. Returns whether it succeeded."""
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode and not quiet_failure:
        sys.stderr.write(done.stdout)
    return done.returncode == 0


def fingerprint(*parts: "str | Path") -> str:
    """A hash over file contents and words, to tell whether a step has already been done for exactly these."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else part.encode())
    return digest.hexdigest()


def is_stamped(name: str, mark: str) -> bool:
    """Whether the step was finished for this mark."""
    stamp = VENV / f".earshot-{name}"
    return stamp.is_file() and stamp.read_text() == mark


def set_stamp(name: str, mark: str) -> None:
    """Remember that the step is finished for this mark."""
    (VENV / f".earshot-{name}").write_text(mark)


def make_venv() -> None:
    """Make ``.venv`` unless a working one of a new enough Python stands there.

    Debian ships Python without venv's installer: root gets it by apt, anyone else is told the one line to run.
    Raises SetupFailed when that is how it ends.
    """
    probe = f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    if PYTHON.exists() and run(PYTHON, "-c", probe, quiet_failure=True):
        return
    if sys.version_info < OLDEST_PYTHON:
        raise SetupFailed(
            f"Earshot needs Python 3.11 or newer, this is {sys.version.split()[0]}. Name another: make setup PYTHON=python3.12"
        )
    print("Making .venv …", flush=True)
    if run(sys.executable, "-m", "venv", "--clear", VENV, quiet_failure=True):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    if uv and run(uv, "venv", "--quiet", "--seed", "--python", sys.executable, VENV):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"This Python cannot make an environment yet. Running: {APT_LINE}", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if run("sh", "-c", APT_LINE, env=quiet) and run(sys.executable, "-m", "venv", "--clear", VENV):
            return
    raise SetupFailed(f"This Python cannot make an environment. As root, run:\n    {APT_LINE}")


def pip_install(lock: str) -> bool:
    """Install a lock file with the environment's own pip, which knows the machine's mirrors and certificates."""
    return run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes", "-r", lock)


def find_uv() -> "str | None":
    """The machine's uv, or one put into ``.venv``; None when neither can be had."""
    own = VENV / "bin" / "uv"
    found = shutil.which("uv") or (str(own) if own.exists() else None)
    if found:
        return found
    return str(own) if pip_install("requirements-installer.lock") and own.exists() else None


def uv_settings() -> "dict[str, str]":
    """What uv has to be told: pip's index and certificates, which it does not read, and to give up soon, for pip can still try."""
    asked = subprocess.run([str(PYTHON), "-m", "pip", "config", "list"], stdout=subprocess.PIPE, text=True, check=False).stdout
    configured = {}
    for line in asked.splitlines():
        name, _, value = line.partition("=")
        configured[name.rpartition(".")[2]] = value.strip("'\"")
    settings = {"UV_HTTP_TIMEOUT": "15", "UV_HTTP_RETRIES": "1", "UV_LINK_MODE": "copy"}
    for pip_name, uv_name in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        if pip_name in configured:
            settings[uv_name] = configured[pip_name]
    return {**settings, **os.environ}


def install(lock: str) -> None:
    """Install a lock file into ``.venv``, every file checked against its hash; uv where it works, pip otherwise."""
    uv = find_uv()
    command: list[str | Path] = ["pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON, "--require-hashes", "-r", lock]
    if uv and run(uv, *command, quiet_failure=True, env=uv_settings()):
        return
    if not pip_install(lock):
        raise SetupFailed(f"Installing {lock} failed: see above. Is a package registry reachable (pip's settings, proxy)?")


def set_up_python(tests: bool) -> None:
    """Bring ``.venv`` to the lock, with the tests' libraries if asked, and write its ``earshot`` command."""
    make_venv()
    version = fingerprint(PYTHON.resolve())
    runtime, everything = (fingerprint(version, ROOT / lock) for lock in ("requirements.lock", "requirements-dev.lock"))
    if tests and not is_stamped("tests", everything):
        print("Installing the desk's libraries and the tests' …", flush=True)
        install("requirements-dev.lock")
        set_stamp("tests", everything)
        set_stamp("runtime", runtime)  # The tests' lock is made under the runtime's, with the same versions.
    if not is_stamped("runtime", runtime):
        print("Installing the desk's libraries …", flush=True)
        install("requirements.lock")
        set_stamp("runtime", runtime)
    launcher = VENV / "bin" / "earshot"
    if not launcher.is_file() or launcher.read_text() != LAUNCHER:
        launcher.write_text(LAUNCHER)
        launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def find_npm() -> str:
    """The machine's npm, or one from a wheel where there is none."""
    npm = shutil.which("npm")
    if npm:
        return npm
    wheel_npm = VENV / "bin" / "npm"
    if not wheel_npm.exists():
        print("No npm on this machine: installing one into .venv …", flush=True)
        install("requirements-node.lock")
    os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"  # npm starts node by name
    return str(wheel_npm)


def set_up_browser_side(tests: bool) -> None:
    """Fetch the browser's libraries by npm's lock and copy what pages load into ``static/vendor``."""
    mark = fingerprint(ROOT / "package-lock.json")
    have_vendor = all((VENDOR / name).is_file() for name in VENDORED)
    have_axe = (ROOT / "node_modules" / "axe-core").is_dir()
    if is_stamped("npm", mark) and have_vendor and (have_axe or not tests):
        return
    print("Fetching the browser's libraries …", flush=True)
    command = [find_npm(), "ci", "--ignore-scripts", "--loglevel=error"]
    if not run(*command, *([] if tests else ["--omit=dev"])):
        raise SetupFailed("npm could not fetch the browser's libraries: see above. Is npm's registry reachable (npm's settings, proxy)?")
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in VENDORED.items():
        shutil.copyfile(source, VENDOR / name)
    set_stamp("npm", mark)


def main(arguments: "list[str]") -> int:
    """Do every step that is not yet done; 1 with a sentence on stderr when one fails."""
    tests = "--tests" in arguments
    try:
        set_up_python(tests)
        set_up_browser_side(tests)
    except SetupFailed as failure:
        print(f"make setup: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
