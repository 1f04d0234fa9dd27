"""What a text means, as a table of cases, and that no text whatever makes the judge fail."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.analysis import words
from app.analysis.judge import MARK_BOUND, judge
from app.analysis.model import Judgement
from app.analysis.words import Lexicon
from tests.conftest import ROOT

LEXICON = words.load(ROOT / "routing_rules" / "words")
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=600)  # surrogates, NUL and unassigned code points included


def says(text: str, hint: str | None = None) -> Judgement:
    return judge(text, hint_language=hint, lexicon=LEXICON)


@pytest.mark.parametrize(
    "text",
    [
        "My flight got cancelled and nobody told us",
        "you lost my luggage somewhere in Denver",
        "the parcel was never delivered",
        "I was charged twice for one order",
        "the app keeps crashing when I pay",
        "no internet at home since Monday",
        "Mein Zug ist schon wieder ausgefallen und ich warte seit Stunden",
        "Mein Paket ist immer noch nicht angekommen",
        "Me cobraron dos veces y no puedo entrar en mi cuenta",
        "Cancelaron mi vuelo y perdieron mi maleta",
        "سفارش من هنوز نرسیده است",
        "پروازم لغو شد و چمدانم گم شده",
    ],
)
def test_a_failed_service_is_a_problem_and_a_complaint(text: str) -> None:
    judged = says(text)
    assert judged.problem >= 0.7
    assert judged.intent == "complaint"
    assert judged.wants_answer


@pytest.mark.parametrize(
    "text",
    [
        "I am stranded at the airport with my kids",
        "we are boarding now and my seat is gone",
        "I'm going to miss my connection!",
        "Ich sitze am Flughafen fest und brauche sofort Hilfe",
        "Estoy varado en el aeropuerto, es urgente",
        "در فرودگاه سرگردان هستم، کمک فوری لازم دارم",
        "SOS 🆘",
    ],
)
def test_time_critical(text: str) -> None:
    assert says(text).urgency >= 0.8


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("I'll sue you", ("legal",)),
        ("You will hear from my lawyer", ("legal",)),
        ("I am taking this to the ombudsman", ("legal",)),
        ("There was smoke in the cabin, this is dangerous", ("safety",)),
        ("someone stole my card and made unauthorized charges", ("fraud",)),
        ("your agent made a racist remark", ("discrimination",)),
        ("I am a journalist and will go to the local news", ("press",)),
        ("this is a data breach, delete my data", ("privacy",)),
        ("Sie hören von meinem Anwalt", ("legal",)),
        ("Voy a poner una denuncia, ya hablé con mi abogado", ("legal",)),
        ("ازتون شکایت می‌کنم، با وکیلم صحبت کردم", ("legal",)),
        ("Das ist rassistisch und die Presse erfährt davon", ("discrimination", "press")),
        ("not dangerous at all", ()),
        ("the fraud department was kind", ()),
        ("nice weather today", ()),
    ],
)
def test_risk(text: str, risk: tuple[str, ...]) -> None:
    assert says(text, hint=None).risk == risk


@pytest.mark.parametrize(
    ("text", "hint", "intent"),
    [
        ("Thank you so much, your crew was amazing!", "en", "praise"),
        ("Vielen Dank für die schnelle Hilfe", None, "praise"),
        ("¡Muchas gracias, excelente servicio!", None, "praise"),
        ("خیلی ممنون، عالی بود", None, "praise"),
        ("Do you fly to Oslo on Sundays?", "en", "question"),
        ("Wann öffnet der Laden am Sonntag?", "de", "question"),
        ("not a great day", "en", "complaint"),
        ("worst service ever, thanks for nothing", "en", "complaint"),
        ("on my way to the office", "en", "chat"),
        ("", None, "chat"),
    ],
)
def test_intent(text: str, hint: str | None, intent: str) -> None:
    assert says(text, hint).intent == intent


def test_marks_are_slices_of_the_original() -> None:
    text = "@brand  Cancelled flight… I'll sue you"
    marks = says(text, "en").marks
    assert {(m.kind, m.of, m.word) for m in marks} >= {("problem", "", "Cancelled flight"), ("risk", "legal", "I'll sue")}
    assert all(text[m.start : m.end] == m.word for m in marks)


def test_negated_praise_is_a_complaint_and_a_negated_risk_is_none() -> None:
    judged = says("this is not good, but it isn't dangerous", "en")
    assert (judged.praise, judged.risk) == (0.0, ())
    assert judged.complaint > 0


@given(ANY_TEXT, st.sampled_from([None, "en", "de", "fa", "", "xx-YY"]))
@example("\x00" * 50, None)
@example("\ud800\udfff lost", "en")
@example("\u202e\u2066cancelled flight\u2069", "en")
@example("👩\u200d" * 500, "en")
@example("ﷺ" * 300, None)
def test_no_text_makes_it_fail(text: str, hint: str | None) -> None:
    judged = judge(text, hint_language=hint, lexicon=LEXICON)
    assert len(judged.marks) <= MARK_BOUND
    assert all(text[m.start : m.end] == m.word for m in judged.marks)
    for strength in (judged.urgency, judged.problem, judged.complaint, judged.praise):
        assert 0.0 <= strength <= 1.0
    assert judged.sentiment is None or -1.0 <= judged.sentiment <= 1.0
    assert (judged.sentiment is None) == (judged.sentiment_label == "not scored")


@pytest.mark.parametrize(
    "text",
    ["stranded flight " * 65_000, "a" * 1_000_000, "e" + "\u0301" * 10_000 + " stranded", "#" * 100_000, "#tag " * 100_000, "@" * 100_000,
     "a'" * 100_000, "http://" * 50_000, "😡" * 250_000, "\u200d" * 2_000, "(a+)+$" * 10_000],
    ids=lambda text: ascii(text[:8]),
)  # fmt: skip
def test_large_and_hostile_texts_return(lexicon: Lexicon, text: str) -> None:
    judged = judge(text, hint_language="en", lexicon=lexicon)
    assert all(text[m.start : m.end] == m.word for m in judged.marks)


def test_words_after_piled_marks_are_still_read() -> None:
    assert says("e" + "\u0301" * 10_000 + " stranded", "en").urgency > 0.8
