"""How much of what an all-knowing order would gain the desk's own order gains, on recorded mentions with known severity.

The simulation lies beside the recorded data and is no part of this repository; the desk's judges stand behind its interface as
``tests.bench.desk_scorer``. The reference is the linear formula everyone writes first: 68 % with 6 agents on these data.
"""

import contextlib
import importlib.util
import io
from types import ModuleType
from typing import Any, Final

from bench.figures import Figure, Result, Skipped
from bench.texts import data_folder

LINEAR_PERCENT: Final = 68.0
_AGENTS: Final = 6
_SEEDS: Final = 1
_TOOL: Final = "priority_bench.py"


def run(agents: int = _AGENTS, seeds: int = _SEEDS) -> list[Result]:
    """The gain from first-in-first-out (0) to all-knowing (100), and what share of the critical is answered in 6 minutes."""
    folder = data_folder()
    tool = None if folder is None else folder.parent / "tools" / _TOOL
    if folder is None or tool is None or not tool.is_file() or importlib.util.find_spec("tests.bench.desk_scorer") is None:
        return [Skipped("priority", "no data")]
    bench: Any = _loaded(str(tool))
    scorer = importlib.import_module("tests.bench.desk_scorer").DeskScorer
    mentions, customers, profiles = bench.load(str(folder))
    truths = {m["id"]: bench.truth(m, customers.get(m["author_handle"]), profiles[m["author_handle"]]) for m in mentions}
    named = [("FIFO", bench.Fifo), ("desk", scorer), ("oracle", lambda: bench.Oracle(truths))]
    with contextlib.redirect_stdout(io.StringIO()):
        found = dict(bench.run(mentions, customers, profiles, named, agents, seeds))
    fifo, desk, oracle = found["FIFO"], found["desk"], found["oracle"]
    gain = 100 * (fifo["cost"] - desk["cost"]) / (fifo["cost"] - oracle["cost"])
    return [
        Figure(
            "priority, gain to all-knowing", gain, "%", LINEAR_PERCENT, "linear formula", goal=LINEAR_PERCENT, goal_is="at least",
            note=f"{agents} agents, {seeds} seed, {len(mentions):,} mentions", more={"critical in 6 min, share": desk["crit6"]},
        )
    ]  # fmt: skip


def _loaded(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("priority_bench", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
