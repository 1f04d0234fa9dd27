"""``earshot bench``: the benchmark suite, which stands beside the desk and is no part of it."""

import importlib.util
import runpy
import sys
from typing import Final

import typer

from app.core.errors import Unavailable

commands = typer.Typer(add_completion=False)

SUITES: Final = ("bench", "tests.bench")


@commands.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def bench(ctx: typer.Context) -> None:
    """Run the benchmark suite: `earshot bench [NAME …] [--json FILE]`."""
    suite = next((name for name in SUITES if _is_there(name)), None)
    if suite is None:
        raise Unavailable("The benchmark suite is not installed: run this in a clone of the repository, where bench/ stands beside app/.")
    sys.argv = ["earshot bench", *ctx.args]
    runpy.run_module(suite, run_name="__main__", alter_sys=True)


def _is_there(suite: str) -> bool:
    """Whether the package can be run, that is, has a ``__main__``."""
    try:
        return importlib.util.find_spec(f"{suite}.__main__") is not None
    except ModuleNotFoundError:
        return False
