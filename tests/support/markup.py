"""HTML as a small tree, so that two pages can be compared by what they mean and not by their white space."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final, Union

_VOID: Final = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


@dataclass(eq=False)
class Node:
    """One element. ``children`` are elements and pieces of text in order."""

    tag: str
    attrs: dict[str, str]
    parent: "Node | None" = None
    children: list[Union["Node", str]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The element's id, "" without one."""
        return self.attrs.get("id", "")

    def walk(self) -> Iterator["Node"]:
        """This element and all below it, in document order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += [c for c in reversed(node.children) if isinstance(c, Node)]

    def elements(self) -> list["Node"]:
        """The child elements."""
        return [c for c in self.children if isinstance(c, Node)]

    def by_id(self, id: str) -> "Node | None":
        """The element with that id here or below."""
        return next((n for n in self.walk() if n.id == id), None)

    def having(self, name: str, value: str | None = None) -> list["Node"]:
        """Elements with that attribute (of that value)."""
        return [n for n in self.walk() if name in n.attrs and value in (None, n.attrs[name])]

    def one(self, name: str, value: str | None = None) -> "Node":
        """The only element with that attribute."""
        (found,) = self.having(name, value)
        return found

    def inside(self, name: str, value: str) -> bool:
        """Whether this element or one around it has the attribute with that value."""
        return self.attrs.get(name) == value or (self.parent is not None and self.parent.inside(name, value))

    def replace_with(self, other: "Node") -> None:
        """Put another element in this one's place."""
        assert self.parent is not None, f"<{self.tag} id={self.id}> stands nowhere"
        place = next(i for i, c in enumerate(self.parent.children) if c is self)
        self.parent.children[place] = other
        other.parent = self.parent

    def append(self, other: "Node") -> None:
        """Put an element at the end."""
        self.children.append(other)
        other.parent = self

    def text(self) -> str:
        """All text, with single spaces."""
        return " ".join(" ".join(c if isinstance(c, str) else c.text() for c in self.children).split())

    def plain(self) -> str:
        """The element as lines, one an element or text, white space folded and attributes sorted: what a comparison shows."""
        return "\n".join(self._lines(""))

    def _lines(self, indent: str) -> Iterator[str]:
        yield f"{indent}<{' '.join([self.tag, *(f'{k}={v!r}' for k, v in sorted(self.attrs.items()))])}>"
        for child in self.children:
            if isinstance(child, Node):
                yield from child._lines(indent + "  ")
            elif child.strip():
                yield f"{indent}  {' '.join(child.split())}"


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("#document", {})
        self.at = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {k: v or "" for k, v in attrs})
        self.at.append(node)
        if tag not in _VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.append(Node(tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag} id={self.at.id!r}>: the markup is broken"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        if self.at.children and isinstance(self.at.children[-1], str):
            self.at.children[-1] += data
        else:
            self.at.children.append(data)


def parse(html: str) -> Node:
    """The tree of a page or fragment; fails on tags that do not nest, which browsers would mend in their own way."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert builder.at is builder.root, f"<{builder.at.tag} id={builder.at.id!r}> is never closed"
    return builder.root
