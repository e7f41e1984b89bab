"""The shipped texts: R4, R5, what may be said to whom, and phrases that never collide."""

from datetime import UTC, datetime
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from calls.conversation import wording
from calls.conversation.script import candidate_languages
from calls.conversation.vocabulary import Label, Step
from tests.calls.test_dialogue import VALUES, make_script

NEW_YORK, LOS_ANGELES = ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")
PACKS = list(wording.packs().values())
STEPS = (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK)
AUTOMATED = {"en": "automated call", "es": "llamada automática"}
STOP = {"en": "stop these calls, press 9", "es": "no recibir más llamadas, pulse 9"}
MONEY = ("bill", "pay", "offer", "discount", "price", "insurance", "pagar", "oferta", "factura")

packs = pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.language)


@packs
def test_the_opening_says_automated_clinic_number_and_opt_out_in_that_order(
    pack: wording.Pack,
) -> None:
    """R4."""
    opening = pack.texts["opening"]
    tokens = [AUTOMATED[pack.language], "{clinic}", "{phone}", STOP[pack.language]]
    places = [opening.find(token) for token in tokens]
    assert -1 not in places
    assert places == sorted(places)


@packs
def test_no_text_speaks_of_money_or_offers(pack: wording.Pack) -> None:
    words = " ".join(pack.texts.values()).lower()
    assert [word for word in MONEY if f" {word}" in words] == []


@packs
def test_the_longest_way_to_a_confirmation_takes_no_minute(pack: wording.Pack) -> None:
    """R5, at 130 words a minute."""
    texts = wording.fill(pack, VALUES)
    path = ("opening", "right_party", "menu", "confirmed")
    assert sum(wording.seconds(texts[key]) for key in path) <= 60


@packs
def test_every_pack_has_every_text(pack: wording.Pack) -> None:
    assert set(pack.texts) == set(wording.packs()["en"].texts)


@packs
def test_the_keypad_only_texts_name_every_way_out(pack: wording.Pack) -> None:
    for step in STEPS:
        text = pack.texts[f"{step}_keys"]
        assert all(key in text for key in ("1", "2", "9"))


@pytest.mark.parametrize("step", STEPS)
def test_no_phrase_stands_under_two_labels_of_one_question(step: Step) -> None:
    choices = make_script("en-US", "es-US").choices(step)
    for (one, its), (other, others) in combinations(choices.items(), 2):
        shared = {p.casefold() for p in its} & {p.casefold() for p in others}
        assert not shared, (one, other, shared)


@pytest.mark.parametrize("step", STEPS)
def test_every_question_offers_stop_and_repeat(step: Step) -> None:
    for pack in PACKS:
        assert {Label.STOP, Label.REPEAT} <= set(pack.choices(step))


@packs
def test_no_phrase_is_a_short_digit_word(pack: wording.Pack) -> None:
    """A voicemail's "press one" must not confirm anything."""
    digits = {"one", "two", "three", "first", "second", "nine", "uno", "dos", "primero", "nueve"}
    for step in STEPS:
        for phrases in pack.choices(step).values():
            assert not digits & {p.casefold() for p in phrases}


def test_a_text_before_identity_cannot_name_the_visit() -> None:
    with pytest.raises(wording.WordingError, match="right_party"):
        wording.check_placeholders("right_party", "Is this {patient}, for {when}?")


def test_no_text_can_name_the_kind_of_visit() -> None:
    with pytest.raises(wording.WordingError, match="visit_type"):
        wording.check_placeholders("menu", "Your {visit_type} is on {when}.")


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
    texts = wording.fill(pack, VALUES | {"when": when})
    assert when.endswith(".")
    assert not [text for text in texts.values() if ".." in text or ".?" in text]
