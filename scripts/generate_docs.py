"""Writes the pages of ``docs/`` that are made from the code, or with ``--check`` says which are out of date.

A new generated page is one line in ``PAGES``. Run through ``make docs``; ``make check`` runs the check.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo

from app.core.settings import Settings

ROOT: Final = Path(__file__).resolve().parent.parent


def _bounds(field: FieldInfo) -> str:
    """The limits a value must keep, in the words of the settings' own types; "" for none."""
    schema = Settings.model_json_schema()["properties"]
    limits: dict[str, Any] = next((schema[name] for name, other in Settings.model_fields.items() if other is field), {})
    if "enum" in limits:
        return "one of " + ", ".join(f"`{choice}`" for choice in limits["enum"])
    signs = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "exclusiveMaximum": "less than"}
    return ", ".join(f"{words} {limits[key]}" for key, words in signs.items() if key in limits)


def _default(value: object) -> str:
    return "empty" if value == "" else f"`{json.dumps(value) if isinstance(value, bool) else value}`"


def settings_page() -> str:
    """``docs/settings.md``: every environment variable with its default, its bounds and its words."""
    lines = [
        "# Settings",
        "",
        "Read once at the start from the environment, then from a `.env` file in the working folder. A value out of its bounds stops the",
        "start with a sentence that names it. This page is made from `app/core/settings.py` by `make docs`: change it there.",
        "",
        "| variable | default | allowed | what it does |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        words = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{name.upper()}` | {_default(field.default)} | {_bounds(field)} | {words} |")
    return "\n".join(lines) + "\n"


PAGES: Final[dict[str, Callable[[], str]]] = {
    "docs/settings.md": settings_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages that differ; with ``--check`` only name them on stderr and return 1."""
    stale = []
    for name, make in PAGES.items():
        path = ROOT / name
        page = make()
        if path.is_file() and path.read_text(encoding="utf-8") == page:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page, encoding="utf-8")
            print(f"Wrote {name}")
    if stale and "--check" in arguments:
        print(f"Out of date: {', '.join(stale)}. Run: make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
