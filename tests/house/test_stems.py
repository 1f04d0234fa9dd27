"""The same stem across page and template, so that either is found from the other."""

from tests.house.source import ROOT, python_files


def pages_without_template(pages: set[str], templates: set[str]) -> list[str]:
    """Pages whose template does not bear their name."""
    return [f"app/web/pages/{page}.py has no templates/{page}.html" for page in sorted(pages - templates)]


def test_each_page_has_its_template() -> None:
    pages = {s.stem for s in python_files("app") if s.parts[:3] == ("app", "web", "pages") and not s.stem.startswith("_")}
    templates = {path.stem for path in (ROOT / "templates").glob("*.html")}
    assert not (found := pages_without_template(pages, templates)), "\n".join(found)


def test_the_check_can_fail() -> None:
    assert pages_without_template({"inbox", "rules"}, {"inbox", "frame"}) == ["app/web/pages/rules.py has no templates/rules.html"]
