"""Which policies apply to an answer, and how strict they are together."""

from app.policy.model import DEFAULT_CHECKS, Policy, Severity, applying, checks_of


def policy(id: str, applies: tuple[str, ...], approval: str | None = None, checks: dict[str, Severity] | None = None) -> Policy:
    return Policy(id, id, 1, "", "", (), approval, checks or {}, applies)  # type: ignore[arg-type]  # tables of cases write roles as text


PUBLIC = policy("public-reply", ("public reply", "direct reply"), checks={"promise": "warn", "banned": "warn"})
LEGAL = policy("legal-risk", ("legal", "press"), "legal", {"promise": "block", "length": "warn"})
PRIVACY = policy("personal-data", ("privacy",))
ALL = (PRIVACY, PUBLIC, LEGAL)


def test_risk_goes_before_kind_and_the_stricter_before_the_milder() -> None:
    assert applying(ALL, "public", ()) == (PUBLIC,)
    assert applying(ALL, "direct", ("safety",)) == (PUBLIC,)
    assert applying(ALL, "unlisted", ("privacy",)) == (PRIVACY, PUBLIC)
    assert applying(ALL, "public", ("privacy", "legal")) == (LEGAL, PRIVACY, PUBLIC)
    assert applying((), "public", ("legal",)) == ()


def test_what_policies_say_goes_before_the_default_and_the_stricter_wins() -> None:
    checks = checks_of((PUBLIC, LEGAL))
    assert (checks["promise"], checks["banned"], checks["length"]) == ("block", "warn", "warn")
    assert checks_of(()) == dict(DEFAULT_CHECKS)
