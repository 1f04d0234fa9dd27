"""Macros: answers written beforehand, one Markdown file each, which rules may send where policy lets them go without a person.

    ---
    id: we-have-it                # the file's name without .md
    title: We have your message
    approved: true                # false: kept, never sent and never offered
    languages: [en]               # left out: for every language
    networks: [mastodon, x]       # left out: for every network
    ---
    Thank you for writing. We are looking into it and will be back within the hour.

The text is sent as it stands: it names nobody, so that nothing of one customer can reach another.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.policy.yaml_source import place, read_each, read_fronted, refused

FIELDS: Final = ("id", "title", "approved", "languages", "networks")
_LONGEST: Final = 5_000  # characters; a network's own limit is checked when it is sent
_LONGEST_TITLE: Final = 120
_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Macro:
    """One of them. No languages or networks: for all."""

    id: str
    title: str
    text: str
    approved: bool = False
    languages: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()

    def misfit(self, language: str, network: str) -> str | None:
        """Why it does not fit a post in this language on this network, in words; None when it does."""
        if self.networks and network not in self.networks:
            return f"it is not for {network}"
        if self.languages and language not in self.languages:
            return "it is not known to be in the customer's language" if language == "und" else f"it is not in the language {language}"
        return None


def parse_macro(text: str, file: str) -> Macro:
    """The macro in one file's text. Raises Invalid with all that is wrong with it, each with file, line, field and mend."""
    read = read_fronted(text, file, FIELDS)
    top, body = read.fields, read.rest.strip()
    errors = [place(file, read.line(key), str(key), f"is no field: use {', '.join(FIELDS)}") for key in top if key not in FIELDS]

    def wrong(name: str, msg: str) -> None:
        errors.append(place(file, read.line(name), name, msg))

    id, title, approved = top.get("id"), top.get("title"), top.get("approved", False)
    if not isinstance(id, str) or not _SLUG.fullmatch(id) or f"{id}.md" != file:
        wrong("id", "must be the file's name without .md: small letters, digits and dashes, at most 60")
    if not isinstance(title, str) or not 0 < len(title) <= _LONGEST_TITLE:
        wrong("title", f"must be a title of 1 to {_LONGEST_TITLE} characters")
    if not isinstance(approved, bool):
        wrong("approved", "must be true or false")
    languages, networks = _names(top.get("languages")), _names(top.get("networks"))
    for name, names in (("languages", languages), ("networks", networks)):
        if names is None:
            wrong(name, "must be a list of names, like [en, es]")
    if not 0 < len(body) <= _LONGEST:
        errors.append(place(file, read.rest_line, "", f"must have a text of 1 to {_LONGEST:,} characters"))
    if errors:
        raise refused(sorted(errors, key=lambda e: int(e["loc"][1])))
    return Macro(str(id), str(title), body, bool(approved), languages or (), networks or ())


def load_macros(folder: Path) -> dict[str, Macro]:
    """Every ``*.md`` of the folder, by id. Raises Invalid with the errors of all files together."""
    return {macro.id: macro for macro in read_each(folder, parse_macro)}


def _names(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) and all(isinstance(name, str) for name in value) else None
