"""Script first, small words next, then the network's claim, then letters; short is undetermined."""

import pytest

from app.analysis.language import StopWords, detect
from app.analysis.tokens import split
from app.analysis.words import Lexicon


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("Where is my bag? I have been waiting for it all day", None, "en"),
        ("Wo ist mein Koffer? Ich warte schon den ganzen Tag auf ihn", None, "de"),
        ("¿Dónde está mi maleta? Llevo todo el día esperando y nadie me dice nada", None, "es"),
        ("چمدانم کجاست؟ از صبح منتظرم و کسی جواب نمی‌دهد", None, "fa"),
        ("كتاب خيلي بد است و به نظر من گران", None, "fa"),  # Persian written on an Arabic keyboard
        ("أين حقيبتي؟ أنتظر منذ الصباح في المطار ولا أحد يجيب", None, "ar"),
        ("Où est ma valise ? Je suis dans la gare depuis une heure", None, "fr"),
        ("Onde está a minha mala? Não tenho resposta e já são dez horas", None, "pt"),
        ("我的行李在哪里", None, "zh"),
        ("荷物はどこですか", None, "ja"),
        ("Где мой багаж", None, "ru"),
        ("Hilfe", None, "und"),
        ("ok", None, "und"),
        ("ok", "en", "en"),
        ("ok", "en-GB", "en"),
        ("ok", "EN_us", "en"),
        ("ok", "xx", "und"),
        ("Wo ist mein Koffer? Ich warte schon den ganzen Tag auf ihn", "en", "de"),  # a wrong claim does not win
        ("😡😡", "en", "und"),
        ("12345", "en", "und"),
        ("", "en", "und"),
        ("@united https://t.co/x", "en", "und"),
        ("thanks 你", "en", "en"),
        ("Η αποσκευή μου χάθηκε", None, "el"),
    ],
)
def test_language(lexicon: Lexicon, text: str, hint: str | None, language: str) -> None:
    assert detect(text, split(text), hint=hint, stopwords=lexicon.stopwords) == language


def test_without_any_list_the_letters_decide() -> None:
    text = "Mijn koffer is vandaag helaas niet aangekomen op de luchthaven"
    assert detect(text, split(text), hint=None, stopwords=StopWords.of({})) == "nl"
