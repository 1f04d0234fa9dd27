"""YAML texts that are nearly those of the desk: a few lines of its files, with a few slips and a few forms put into them."""

from typing import Final

from hypothesis import strategies as st

from tests.house.source import ROOT

_LINES: Final = [path.read_text().splitlines(keepends=True) for path in sorted((ROOT / "routing_rules").rglob("*.yaml"))]
_FORMS: Final = (
    "a", "b c", "1", "0.5", "- ", ": ", "\n", "\n  ", "'", '"', "[", "]", "{", "}", ", ", "#", "  # note\n", "~", "null", "true", "no",
    "on", "=", "<<", "010", "0x1f", "1:30", "1_000", "-0", "+1", ".5", "1e3", ".inf", "2026-02-30", "12:30:00", "@", "`", "\\n", "...",
    "key: v\n", "- x\n", "a: [b, c]\n", "|\n      x\n       y\n", "> \n    a b\n\n    c\n", ">-\n    a\n    b\n", "|+\n     z\n\n",
    "'it''s'", '"a\\n b\\\n   c"', "plain over\n      two lines\n", "{a: 1, b: [x, y]}", "key: 'a\n\n   b'\n", "&a", "*a", "!t ", "\t", "é",
)  # fmt: skip


@st.composite
def near_texts(draw: st.DrawFn) -> str:
    """One such text; it ends with a line's end."""
    lines = draw(st.sampled_from(_LINES))
    first = draw(st.integers(0, max(0, len(lines) - 8)))
    some = lines[first : first + draw(st.integers(1, 8))]
    indent = min((len(line) - len(line.lstrip()) for line in some if line.strip()), default=0)
    text = "".join(line[indent:] if line.strip() else line for line in some)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(_FORMS)) + text[at + draw(st.integers(0, 2)) :]
    return text if text.endswith("\n") else text + "\n"
