"""``python -m bench [NAME …] [--json FILE]``: run the named benchmarks, or all; a line as each ends, and a table at the end."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from inspect import signature
from pathlib import Path
from typing import Final

from bench import backtest, claim, deadlines, inbox, live, pipeline, priority, rules, start
from bench.figures import Result, line, machine, table

BENCHES: Final[dict[str, Callable[..., list[Result]]]] = {
    "pipeline": pipeline.run, "live": live.run, "inbox": inbox.run, "claim": claim.run, "priority": priority.run, "start": start.run,
    "rules": rules.run, "backtest": backtest.run, "deadlines": deadlines.run,
}  # fmt: skip
WRONG_USAGE: Final = 2
DATABASES: Final = ("sqlite", "postgresql")


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 however the figures are, 2 for a name that is none. Whether goals were met stands in table and JSON."""
    parser = argparse.ArgumentParser(prog="earshot bench", description="Measure the desk; each figure beside a reference of the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHES)}; all when none is given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--database", action="append", choices=DATABASES, help="only on this one, where a benchmark runs on both")
    parser.add_argument("--open", type=int, metavar="N", help="inbox: so many open cases instead of a million")
    parser.add_argument("--closed", type=int, metavar="N", help="inbox: measured once more beside so many closed cases")
    given = parser.parse_args(arguments)
    options = {"databases": tuple(given.database or ()), "many": given.open, "closed": given.closed}
    unknown = [name for name in given.names if name not in BENCHES]
    if unknown:
        sys.stderr.write(f"There is no benchmark {unknown[0]!r}: choose from {', '.join(BENCHES)}.\n")
        return WRONG_USAGE
    results: list[Result] = []
    for name in given.names or BENCHES:
        taken = signature(BENCHES[name]).parameters
        for result in BENCHES[name](**{option: value for option, value in options.items() if value and option in taken}):
            results.append(result)
            _say(line(result))
    _say(f"\n{table(results)}\n\nOn {machine()}.")
    if given.json is not None:
        given.json.write_text(
            json.dumps({"machine": machine(), "results": [r.as_json() for r in results]}, indent=1) + "\n", encoding="utf-8"
        )
    return 0


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
