"""The shipped texts: what may be said to whom, how times are said, what is understood.

The rules that a clinic's own texts must keep too are in ``test_linting``.
"""

import re
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calls.conversation import wording
from calls.conversation.listening import Taker, classify
from calls.conversation.script import candidate_languages, phrases_of, plain
from calls.conversation.vocabulary import CHOICE_STEPS, KEYS, Label, Step
from simulator import listening
from simulator.acts import Say
from simulator.acts import Step as Asked
from simulator.cast_wider import ABROAD
from simulator.persona import Persona
from simulator.recognizing import Choice
from tests.calls.test_dialogue import VALUES, make_script

NEW_YORK, LOS_ANGELES = ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")
PACKS = list(wording.packs().values())
STEPS = (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK)

packs = pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.language)


@packs
def test_the_keypad_only_texts_name_every_way_out(pack: wording.Pack) -> None:
    for step in STEPS:
        assert {"1", "2", "9"} <= set(re.findall(r"\d", pack.texts[f"{step}_keys"]))
    assert {"1", "2", "3", "4", "5"} <= set(re.findall(r"\d", pack.texts["needs_keys"]))


@packs
def test_every_text_names_the_keys_that_the_english_one_names(pack: wording.Pack) -> None:
    english = wording.packs()["en"]
    for key, text in english.texts.items():
        assert re.findall(r"\d", pack.texts[key]) == re.findall(r"\d", text), key


@packs
def test_every_text_says_of_the_visit_what_the_english_one_says(pack: wording.Pack) -> None:
    english = wording.packs()["en"]
    for key, text in english.texts.items():
        assert set(re.findall(r"{\w+}", pack.texts[key])) == set(re.findall(r"{\w+}", text)), key


@packs
def test_every_question_offers_stop_repeat_and_that_somebody_has_died(pack: wording.Pack) -> None:
    for step in CHOICE_STEPS:
        assert {Label.STOP, Label.REPEAT, Label.DECEASED} <= set(pack.choices(step))


@packs
def test_every_voice_speaks_its_own_locale(pack: wording.Pack) -> None:
    assert pack.default_locale in pack.voices
    for tag, voice in pack.voices.items():
        assert wording.base(tag) == pack.language
        assert voice.startswith(f"{tag}-")
        assert voice.endswith("Neural")


@packs
def test_a_phrase_keeps_all_its_letters_when_it_is_compared(pack: wording.Pack) -> None:
    """Vowel signs, decomposed accents and curly apostrophes would be taken for spaces."""
    for labels in pack.phrases.values():
        for phrase in [phrase for phrases in labels.values() for phrase in phrases]:
            assert unicodedata.is_normalized("NFC", phrase)
            assert plain(phrase) == phrase.casefold().replace("-", " ")


@packs
def test_every_hint_gives_its_machine_away(pack: wording.Pack) -> None:
    for kind, taker in (("voicemail", Taker.VOICEMAIL), ("screener", Taker.SCREENER)):
        for hint in pack.listening[kind]:
            assert classify(f"{hint}.", [pack.default_locale]) is taker, hint


# The languages of the simulator's patients


@pytest.mark.parametrize("persona", ABROAD, ids=lambda persona: persona.name)
@pytest.mark.parametrize("others", [(), ("en-US", "es-US"), ("en-US", "es-US", "de-DE")])
def test_a_patient_of_each_language_is_understood_among_those_of_the_call(
    persona: Persona, others: tuple[str, ...]
) -> None:
    own = wording.packs()[persona.language].default_locale
    script = make_script(*dict.fromkeys([*others, own]))
    for step in (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK, Step.NEEDS):
        (act,) = persona.acts[Asked(step.value)]
        assert isinstance(act, Say)
        choices = [
            Choice(label.value, tuple(phrases), KEYS[label] or None)
            for label, phrases in script.choices(step).items()
        ]
        for words in act.wordings:
            heard = listening.hear(words, persona.language, choices, script.languages)
            assert heard is not None, words
            assert heard.label == act.means


@pytest.mark.parametrize("persona", ABROAD, ids=lambda persona: persona.name)
def test_a_greeting_in_each_language_is_a_persons(persona: Persona) -> None:
    (act,) = persona.acts[Asked.GREETING]
    assert isinstance(act, Say)
    tag = wording.packs()[persona.language].default_locale
    for words in act.wordings:
        assert classify(words, [tag, "en-US"]) is Taker.PERSON


@pytest.mark.parametrize(
    ("language", "step", "words", "label"),
    [
        ("fr", Step.READ_BACK, "ce n'est pas exact", "No"),
        ("fr", Step.MENU, "je ne confirme pas", "Cancel"),
        ("fr", Step.MENU, "je confirme l'annulation", "Cancel"),
        ("de", Step.READ_BACK, "das stimmt nicht", "No"),
        ("de", Step.MENU, "ich komme leider nicht", None),
        ("de", Step.MENU, "ich bestätige die Absage", "Cancel"),
        ("pt", Step.READ_BACK, "não está certo", "No"),
        ("pt", Step.MENU, "não confirmo", "Cancel"),
        ("pt", Step.RIGHT_PARTY, "não sou eu", "No"),
        ("ar", Step.READ_BACK, "هذا غير صحيح", "No"),
        ("ar", Step.MENU, "لا أؤكد", "Cancel"),
        ("ar", Step.MENU, "أؤكد الإلغاء", "Cancel"),
    ],
)
def test_a_no_is_not_heard_as_the_yes_that_stands_in_it(
    language: str, step: Step, words: str, label: str | None
) -> None:
    """A cancellation is read back before it counts; a confirmation is not."""
    pack = wording.packs()[language]
    choices = [Choice(key.value, own, None) for key, own in pack.choices(step).items()]
    heard = listening.hear(words, language, choices, [pack.default_locale])
    assert (heard.label if heard else None) == label


@pytest.mark.parametrize(
    ("phrase", "language"),
    [
        ("oui", "fr-FR"),
        ("Je confirme.", "fr-FR"),
        ("ja", "de-DE"),
        ("Ich bestätige", "de-DE"),
        ("نعم", "ar-EG"),
        ("أؤكد", "ar-EG"),
        # Said in two languages of the call: go on as before.
        ("transport", "en-US"),
        ("no", "en-US"),
    ],
)
def test_the_call_goes_on_in_the_language_that_alone_has_the_phrase(
    phrase: str, language: str
) -> None:
    script = make_script("en-US", "fr-FR", "de-DE", "ar-EG")
    assert script.language_of(phrase, "en-US") == language


# Arabic is written from right to left


ARABIC = wording.packs()["ar"]
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("key", sorted(ARABIC.texts))
def test_arabic_mixes_no_latin_letters_commas_or_question_marks_in(key: str) -> None:
    text = re.sub(r"{\w+}", "", ARABIC.texts[key])
    assert re.findall(r"[A-Za-z,;?]", text) == []


def test_arabic_has_no_invisible_marks_of_direction() -> None:
    phrases = [p for labels in ARABIC.phrases.values() for words in labels.values() for p in words]
    assert not set(_BIDI) & set("".join([*ARABIC.texts.values(), *phrases]))


def test_arabic_texts_have_ascii_digits_for_keys() -> None:
    for text in ARABIC.texts.values():
        assert all(c.isascii() for c in text if c.isdigit())


@pytest.mark.parametrize("tag", ARABIC.voices)
@pytest.mark.parametrize("month", range(1, 13))
def test_arabic_dates_are_wholly_arabic(tag: str, month: int) -> None:
    starts_at = datetime(2027, month, 2, 19, 30, tzinfo=UTC)
    spoken = wording.spoken_when(ARABIC, tag, starts_at, NEW_YORK, LOS_ANGELES)
    assert re.findall(r"[A-Za-z,;?]", spoken) == []


# What may be said to whom


def test_a_text_before_identity_cannot_name_the_visit() -> None:
    with pytest.raises(wording.WordingError, match="right_party"):
        wording.check_placeholders("right_party", "Is this {patient}, for {when}?")


def test_no_text_can_name_the_kind_of_visit() -> None:
    with pytest.raises(wording.WordingError, match="visit_type"):
        wording.check_placeholders("menu", "Your {visit_type} is on {when}.")


# Times


@pytest.mark.parametrize(
    ("tag", "starts_at", "expected"),
    [
        ("en-US", datetime(2027, 3, 2, 19, 30, tzinfo=UTC), "Tuesday, March 2 at 2:30 PM"),
        ("es-US", datetime(2027, 3, 2, 19, 30, tzinfo=UTC), "martes 2 de marzo a las 2:30"),
        ("es-US", datetime(2027, 3, 2, 18, 30, tzinfo=UTC), "martes 2 de marzo a la 1:30"),
        # The day the clocks go forward, and the day they go back.
        ("en-US", datetime(2027, 3, 14, 18, 0, tzinfo=UTC), "Sunday, March 14 at 2:00 PM"),
        ("en-US", datetime(2026, 11, 1, 19, 0, tzinfo=UTC), "Sunday, November 1 at 2:00 PM"),
    ],
)
def test_times_are_spoken_in_the_clinics_zone(tag: str, starts_at: datetime, expected: str) -> None:
    pack = wording.packs()[wording.base(tag)]
    assert wording.spoken_when(pack, tag, starts_at, NEW_YORK, NEW_YORK).startswith(expected)


@pytest.mark.parametrize(
    ("tag", "hour", "minute", "expected"),
    [
        ("fr-FR", 0, 0, "mardi 2 mars à 0 h 00"),
        ("fr-FR", 1, 0, "mardi 2 mars à 1 h 00"),
        ("fr-FR", 8, 5, "mardi 2 mars à 8 h 05"),
        ("fr-CA", 12, 0, "mardi 2 mars à 12 h 00"),
        ("fr-BE", 13, 0, "mardi 2 mars à 13 h 00"),
        ("fr-CH", 14, 30, "mardi 2 mars à 14 h 30"),
        ("de-DE", 0, 0, "Dienstag, dem 2. März, um 0:00 Uhr"),
        ("de-DE", 1, 0, "Dienstag, dem 2. März, um 1:00 Uhr"),
        ("de-DE", 8, 5, "Dienstag, dem 2. März, um 8:05 Uhr"),
        ("de-AT", 12, 0, "Dienstag, dem 2. März, um 12:00 Uhr"),
        ("de-CH", 13, 0, "Dienstag, dem 2. März, um 13:00 Uhr"),
        ("pt-BR", 0, 0, "terça-feira, 2 de março, às 0:00"),
        ("pt-BR", 8, 5, "terça-feira, 2 de março, às 8:05"),
        ("pt-BR", 12, 0, "terça-feira, 2 de março, às 12:00"),
        # Thirteen hours are many, where one o'clock of a 12-hour clock is one.
        ("pt-BR", 13, 0, "terça-feira, 2 de março, às 13:00"),
        ("ar-EG", 0, 0, "يوم الثلاثاء 2 مارس الساعة 12:00 منتصف الليل"),
        ("ar-EG", 1, 0, "يوم الثلاثاء 2 مارس الساعة 1:00 ليلاً"),
        ("ar-EG", 8, 5, "يوم الثلاثاء 2 مارس الساعة 8:05 صباحًا"),
        ("ar-SA", 12, 0, "يوم الثلاثاء 2 مارس الساعة 12:00 ظهرًا"),
        ("ar-AE", 13, 0, "يوم الثلاثاء 2 مارس الساعة 1:00 بعد الظهر"),
        ("ar-JO", 14, 30, "يوم الثلاثاء 2 آذار الساعة 2:30 بعد الظهر"),
        ("ar-MA", 18, 20, "يوم الثلاثاء 2 مارس الساعة 6:20 مساءً"),
    ],
)
def test_times_of_the_day_are_said_as_the_language_says_them(
    tag: str, hour: int, minute: int, expected: str
) -> None:
    pack = wording.packs()[wording.base(tag)]
    starts_at = datetime(2027, 3, 2, hour, minute, tzinfo=NEW_YORK)
    assert wording.spoken_when(pack, tag, starts_at, NEW_YORK, NEW_YORK) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en-US", "Monday, March 1 at 9:00 AM"),
        ("fr-FR", "lundi 1er mars à 9 h 00"),
        ("pt-BR", "segunda-feira, 1º de março, às 9:00"),
    ],
)
def test_the_first_of_a_month_is_said_as_the_language_says_it(tag: str, expected: str) -> None:
    pack = wording.packs()[wording.base(tag)]
    starts_at = datetime(2027, 3, 1, 9, 0, tzinfo=NEW_YORK)
    assert wording.spoken_when(pack, tag, starts_at, NEW_YORK, NEW_YORK) == expected


@pytest.mark.parametrize(
    ("language", "step", "said", "label"),
    [
        ("en", "read_back", "no, that's not right", "No"),
        ("en", "read_back", "that's not correct", "No"),
        ("en", "menu", "I can't confirm", "Cancel"),
        ("en", "menu", "I don't confirm", "Cancel"),
        ("en", "right_party", "who is speaking", "Repeat"),
        ("es", "read_back", "no es correcto", "No"),
        ("es", "menu", "no confirmo", "Cancel"),
        ("es", "menu", "no lo confirmo", "Cancel"),
    ],
)
def test_a_no_that_holds_a_yes_is_a_no(language: str, step: str, said: str, label: str) -> None:
    """R10: by the matcher of the stand-in, which takes the longest phrase; Azure's is its own."""
    choices = [
        Choice(label=name, phrases=tuple(phrases), key=None)
        for name, phrases in phrases_of(wording.packs()[language])[step].items()
    ]
    heard = listening.hear(said, language, choices, [language])
    assert heard is not None
    assert heard.label == label


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        ("I\u2019m coming!", "i'm coming"),
        ("si\u0301", "sí"),
        ("شكرًا", "شكرا"),
        ("  Stop,  CALLS. ", "stop calls"),
    ],
)
def test_phrases_are_compared_without_what_nobody_hears(said: str, compared: str) -> None:
    assert plain(said) == compared


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("es-US", "martes 2 de marzo a las 2:30 p.m., hora de Nueva York"),
        ("fr-FR", "mardi 2 mars à 14 h 30, heure locale à New York"),
        ("de-DE", "Dienstag, dem 2. März, um 14:30 Uhr Ortszeit New York"),
        ("pt-BR", "terça-feira, 2 de março, às 14:30, horário de Nova York"),
        ("ar-EG", "يوم الثلاثاء 2 مارس الساعة 2:30 بعد الظهر بتوقيت نيويورك"),
    ],
)
def test_each_language_names_the_place_whose_clock_it_is(tag: str, expected: str) -> None:
    pack = wording.packs()[wording.base(tag)]
    starts_at = datetime(2027, 3, 2, 14, 30, tzinfo=NEW_YORK)
    assert wording.spoken_when(pack, tag, starts_at, NEW_YORK, LOS_ANGELES) == expected


def test_the_place_is_said_where_the_patients_clock_differs() -> None:
    pack = wording.packs()["en"]
    starts_at = datetime(2027, 3, 2, 19, 30, tzinfo=UTC)
    spoken = wording.spoken_when(pack, "en-US", starts_at, NEW_YORK, LOS_ANGELES)
    assert spoken == "Tuesday, March 2 at 2:30 PM, New York time"


@pytest.mark.parametrize(
    ("first", "approved", "expected"),
    [
        ("es-MX", ["en-US", "es-US"], ("es-MX", "en-US")),
        ("es", ["en-US", "es-ES"], ("es-US", "en-US")),
        ("fr-FR", ["en-US", "es-US"], ("en-US", "es-US")),
        ("es-US", ["en-US"], ("en-US",)),
        ("en-US", [], ()),
    ],
)
def test_the_patients_language_comes_first_where_its_texts_are_approved(
    first: str, approved: list[str], expected: tuple[str, ...]
) -> None:
    assert candidate_languages(first, approved) == expected


def test_a_time_that_ends_in_a_stop_ends_its_sentence_once() -> None:
    pack = wording.packs()["es"]
    when = wording.spoken_when(
        pack, "es-US", datetime(2027, 3, 2, 19, 30, tzinfo=UTC), NEW_YORK, NEW_YORK
    )
    texts = wording.fill_visit(pack, VALUES | {"when": when})
    assert when.endswith(".")
    assert not [text for text in texts.values() if ".." in text or ".?" in text]


@packs
def test_what_anybody_may_hear_needs_no_value_of_a_visit(pack: wording.Pack) -> None:
    public = wording.fill_public(pack, VALUES)
    assert public.keys() == wording.BEFORE_IDENTITY
    about = wording.fill_visit(pack, VALUES | {"when": "Friday at noon"})
    assert about.keys() == pack.texts.keys() - wording.BEFORE_IDENTITY
