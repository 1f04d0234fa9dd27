"""Who may be the same person, and why."""

from app.core.ids import CustomerId
from app.customers.candidates import MAX_CANDIDATES, Profile, candidates

ANA = Profile(CustomerId("1"), "Ana de Souza", "ana@example.com", "+49 30 123", (("x", "anasouza"),), known=True)


def one(other: Profile) -> tuple[float, str]:
    (found,) = candidates(ANA, [other])
    return found.confidence, "; ".join(found.reasons)


def test_grounds_are_named_and_add_up() -> None:
    by_email, reason = one(Profile(CustomerId("2"), "A.", "ANA@example.com"))
    assert "same e-mail" in reason
    by_handle, reason = one(Profile(CustomerId("2"), handles=(("mastodon", "anasouza"),)))
    assert "anasouza on x and mastodon" in reason
    by_name, reason = one(Profile(CustomerId("2"), "Ana de Sousa"))
    assert "similar name" in reason
    same_name, reason = one(Profile(CustomerId("2"), "de souza, ANA"))
    assert "same name" in reason
    by_phone, reason = one(Profile(CustomerId("2"), phone="(+49) 30-123"))
    assert "same phone" in reason
    assert by_email > by_handle == by_phone > same_name > by_name
    both, _ = one(Profile(CustomerId("2"), "Ana de Souza", "ana@example.com"))
    assert by_email < both < 1


def test_weak_likeness_is_no_candidate() -> None:
    others = [
        Profile(CustomerId("2"), "Ana"),
        Profile(CustomerId("3"), "Bob Miller"),
        Profile(CustomerId("4")),
        Profile(CustomerId("1"), "Ana de Souza"),
        Profile(CustomerId("5"), handles=(("mastodon", "ana"),)),
    ]
    assert candidates(ANA, others) == ()


def test_the_list_is_bounded_and_ordered() -> None:
    many = [Profile(CustomerId(f"{i:03}"), "Ana de Souza") for i in range(100, 150)] + [Profile(CustomerId("999"), email="ana@example.com")]
    found = candidates(ANA, many)
    assert len(found) == MAX_CANDIDATES
    assert found[0].id == "999"
