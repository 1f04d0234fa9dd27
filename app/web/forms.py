"""Reading forms: values as text, numbers with a sentence when they are none."""

from typing import Literal

from starlette.requests import Request

from app.core.errors import Invalid


async def fields(request: Request) -> dict[str, str]:
    """The form's values by name; the last of several; files are left out."""
    form = await request.form()
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


async def several(request: Request, name: str) -> tuple[str, ...]:
    """All values of one name."""
    form = await request.form()
    return tuple(value for value in form.getlist(name) if isinstance(value, str))


def whole(values: dict[str, str], name: str, default: int | None = None) -> int:
    """A whole number; Invalid names the field when it is none, or missing without a default."""
    text = values.get(name, "").strip()
    if not text and default is not None:
        return default
    try:
        return int(text)
    except ValueError:
        raise Invalid(f"{name} must be a whole number.", errors=[{"loc": [name], "msg": "must be a whole number"}]) from None


def visibility(values: dict[str, str]) -> Literal["public", "direct"]:
    """Where an answer goes; public unless said otherwise."""
    return "direct" if values.get("visibility") == "direct" else "public"


def local_path(path: str, default: str = "/inbox") -> str:
    """A path of ours to go on to; anything that could lead to another site becomes the default."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and all(c.isprintable() and c != "\\" for c in path)
    return path if safe else default
