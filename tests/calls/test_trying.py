"""What a phrase that was tried out came to, by the words that a recogniser gave back."""

from dataclasses import replace
from typing import Any

import pytest

from calls.conversation import trying
from calls.conversation.script import Script
from calls.conversation.trying import Case, Verdict
from calls.conversation.vocabulary import Label, Step

ENGLISH = {
    "right_party": {"Yes": ["yes", "this is she"], "No": ["no"], "Stop": ["stop calling"]},
    "menu": {
        "Confirm": ["confirm", "I will be there"],
        "Cancel": ["cancel", "cancel my visit"],
        "Staff": ["staff"],
        "Stop": ["stop calling", "cancel these calls"],
    },
    "read_back": {"Yes": ["yes", "please cancel"], "No": ["no"], "Stop": ["stop calling"]},
    "needs": {"Ride": ["a ride"], "Stop": ["stop calling"]},
}
SPANISH = {
    "right_party": {"Yes": ["sí"], "No": ["no"], "Stop": ["no me llamen"]},
    "menu": {"Confirm": ["confirmo"], "Cancel": ["cancelar"], "Stop": ["no me llamen"]},
    "read_back": {"Yes": ["sí"], "No": ["no"], "Stop": ["no me llamen"]},
    "needs": {"Ride": ["transporte"], "Stop": ["no me llamen"]},
}


def make_script(**columns: Any) -> Script:
    values = {
        "languages": ("en-US", "es-US"),
        "voices": {"en-US": "v", "es-US": "w"},
        "texts": {"en-US": {}, "es-US": {}},
        "visits": (),
        "phrases": {"en-US": ENGLISH, "es-US": SPANISH},
    }
    return Script(**(values | columns))


def at_menu(phrase: str, label: Label) -> Case:
    return Case(phrase=phrase, label=label, steps=(Step.MENU,))


def test_every_phrase_is_tried_once_for_each_answer_at_all_its_questions() -> None:
    script = make_script()
    found = trying.cases(script, "en-US", trying.steps_of(script))
    assert [(case.label, case.phrase) for case in found] == [
        (Label.YES, "yes"),
        (Label.YES, "this is she"),
        (Label.NO, "no"),
        (Label.STOP, "stop calling"),
        (Label.CONFIRM, "confirm"),
        (Label.CONFIRM, "I will be there"),
        (Label.CANCEL, "cancel"),
        (Label.CANCEL, "cancel my visit"),
        (Label.STAFF, "staff"),
        (Label.STOP, "cancel these calls"),
        (Label.YES, "please cancel"),
    ]
    assert found[0].steps == (Step.RIGHT_PARTY, Step.READ_BACK)


def test_what_the_clinic_does_not_ask_is_not_tried() -> None:
    script = make_script(ask_needs=True, right_party=False, offer_staff=False)
    assert trying.steps_of(script) == (Step.MENU, Step.READ_BACK, Step.NEEDS)
    labels = {case.label for case in trying.cases(script, "en-US", trying.steps_of(script))}
    assert Label.STAFF not in labels
    assert Label.RIDE in labels


@pytest.mark.parametrize(
    ("phrase", "label", "heard", "verdict", "others"),
    [
        ("confirm", Label.CONFIRM, "Confirm.", Verdict.UNDERSTOOD, ()),
        ("I will be there", Label.CONFIRM, "Oh, I will be there!", Verdict.UNDERSTOOD, ()),
        ("confirm", Label.CONFIRM, "Confirmo.", Verdict.UNDERSTOOD, ()),
        ("cancel these calls", Label.STOP, "Cancel these calls.", Verdict.UNDERSTOOD, ()),
        ("cancel these calls", Label.STOP, "cancel", Verdict.MISTAKEN, (Label.CANCEL,)),
        ("confirm", Label.CONFIRM, "conform", Verdict.NOT_UNDERSTOOD, ()),
        ("confirm", Label.CONFIRM, "", Verdict.NOT_UNDERSTOOD, ()),
        ("cancel", Label.CANCEL, "confirm cancel", Verdict.COLLIDES, (Label.CONFIRM,)),
    ],
)
def test_the_words_that_came_back_decide(
    phrase: str, label: Label, heard: str, verdict: Verdict, others: tuple[Label, ...]
) -> None:
    judged = trying.judge(make_script(), at_menu(phrase, label), heard)
    assert (judged.verdict, judged.others) == (verdict, others)


def test_a_phrase_of_two_answers_collides_whatever_was_heard() -> None:
    spanish = SPANISH | {"menu": SPANISH["menu"] | {"Cancel": ["confirm"]}}
    script = replace(make_script(), phrases={"en-US": ENGLISH, "es-US": spanish})
    for heard in ("confirm", "", "cancel"):
        judged = trying.judge(script, at_menu("confirm", Label.CONFIRM), heard)
        assert (judged.verdict, judged.others) == (Verdict.COLLIDES, (Label.CANCEL,))


def test_the_recogniser_expects_the_phrases_of_all_languages_up_to_its_limit() -> None:
    told = trying.expected(make_script(), (Step.RIGHT_PARTY,), 500)
    assert told == ["yes", "this is she", "sí", "no", "stop calling", "no me llamen"]
    assert trying.expected(make_script(), (Step.RIGHT_PARTY,), 2) == ["yes", "this is she"]
