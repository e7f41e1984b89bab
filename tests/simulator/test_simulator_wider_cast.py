"""Patients of all else that a reminder may ask, in whole conversations."""

import pytest
import requests

PREFIX = "+121255501"
OVER = ("RecognizeCompleted", "RecognizeFailed", "RecognizeCanceled")
LANGUAGES = {
    "fr": ("fr-FR", "oui", "je confirme", "rien"),
    "de": ("de-DE", "ja", "ich bestätige", "nichts"),
    "pt": ("pt-BR", "sim", "confirmo", "nada"),
    "ar": ("ar-EG", "نعم", "أؤكد", "لا شيء"),
}


def menu(*more):
    return [
        ("Confirm", ["confirm", "confirmo", *more], "one"),
        ("Cancel", ["cancel"], "two"),
        ("Reschedule", ["another time"], "three"),
        ("Staff", ["staff"], "zero"),
        ("Repeat", ["repeat"], "asterisk"),
        ("Stop", ["stop calling", "cancel these calls"], "nine"),
    ]


def yes_no(*more):
    return [
        ("Yes", ["yes", *more], "one"),
        ("No", ["no"], "two"),
        ("Deceased", ["passed away"], None),
        ("Stop", ["stop calling", "no me llamen"], "nine"),
    ]


def needs(*more):
    return [
        ("Interpreter", ["interpreter"], "one"),
        ("Wheelchair", ["wheelchair"], "two"),
        ("Ride", ["ride"], "three"),
        ("Late", ["late"], "four"),
        ("Nothing", ["nothing", *more], "five"),
    ]


class Talk:
    """Asks one question after the other, and waits for what comes of each."""

    def __init__(self, telephone, receiver, digits):
        self.simulator = telephone.simulator
        self.conversation = telephone.connect(PREFIX + digits)
        self.receiver = receiver
        self.count = 0

    def ask(self, *steps, **options):
        for step in steps:
            getattr(self, f"_{step}")(**options)
            self.count += 1
            self.receiver.wait_for_any(OVER, self.count)
        return self

    def row(self):
        self.conversation.hang_up()
        assert self.simulator.wait_idle(10)
        return self.simulator.ledger()["rings"][0]

    def _greeting(self, **options):
        self.conversation.listen("speech", None, **options)

    def _who(self, **options):
        self.conversation.ask(yes_no(), **options)

    def _identity(self, **options):
        self.conversation.ask_keys(4, **options)

    def _menu(self, **options):
        self.conversation.ask(menu(), **options)

    def _needs(self, **options):
        self.conversation.ask(needs(), **options)

    def _reason(self, **options):
        self.conversation.listen("speech", "And why?", **options)

    def _preference(self, **options):
        limits = {"dtmf_max_tones_to_collect": 1, "dtmf_inter_tone_timeout": 2}
        self.conversation.listen("speechOrDtmf", "When?", **limits, **options)


@pytest.fixture
def talk(telephone, receiver):
    return lambda digits, *steps: Talk(telephone, receiver, digits).ask(*steps)


@pytest.mark.parametrize(
    ("digits", "steps", "final_act"),
    [
        ("14", ["who", "identity", "menu"], "confirmed"),
        ("15", ["who", "identity", "identity", "menu"], "confirmed"),
        ("16", ["who", "identity", "identity", "identity"], "none"),
        ("17", ["who", "identity"], "stop"),
        ("27", ["who"], "stop"),
        ("34", ["greeting", "who", "who"], "none"),
        ("35", ["greeting", "who", "menu"], "confirmed"),
        ("36", ["who", "menu", "preference"], "rescheduled"),
        ("37", ["who", "menu", "preference"], "rescheduled"),
        ("38", ["who", "menu"], "staff"),
        ("39", ["who", "menu"], "staff"),
        ("43", ["who", "menu", "menu"], "confirmed"),
        ("44", ["who", "menu", "who", "reason"], "cancelled"),
        ("45", ["who", "menu"], "stop"),
        ("46", ["who", "menu", "who", "reason"], "stop"),
        ("47", ["who", "menu", "needs"], "confirmed"),
        ("55", ["who", "menu", "needs", "menu", "who"], "cancelled"),
        ("56", ["who"], "deceased"),
    ],
)
def test_it_knows_what_it_comes_to(talk, digits, steps, final_act):
    assert talk(digits, *steps).row()["final_act"] == final_act


@pytest.mark.parametrize(
    ("digits", "label"), [("47", "Wheelchair"), ("48", "Interpreter"), ("49", "Late")]
)
def test_it_needs_something_once_it_has_confirmed(talk, digits, label):
    said = talk(digits, "who", "menu", "needs").row()["said"]
    assert [act["label"] for act in said] == ["Yes", "Confirm", label]


@pytest.mark.parametrize("digits", ["01", "02", "03", "13"])
def test_it_needs_nothing_if_it_is_not_one_of_them(talk, digits):
    [act] = talk(digits, "needs").row()["said"]
    assert (act["step"], act["label"]) == ("needs", "Nothing")


def test_it_answers_for_each_visit_of_a_household(talk):
    row = talk("55", "who", "menu", "needs", "menu", "who").row()
    assert row["acts"] == ["confirmed", "cancelled"]


def test_it_tells_stop_from_cancel_where_both_words_are_said(talk):
    said = talk("45", "who", "menu").row()["said"]
    assert (said[-1]["words"], said[-1]["label"]) == ("cancel these calls", "Stop")


@pytest.mark.parametrize(
    ("digits", "language"), [("51", "fr"), ("52", "de"), ("53", "pt"), ("54", "ar")]
)
def test_it_answers_in_its_language(talk, receiver, digits, language):
    locale, yes, confirm, nothing = LANGUAGES[language]
    asked = talk(digits).conversation
    for n, question in enumerate([yes_no(yes), menu(confirm), needs(nothing)], 1):
        asked.ask(question, speech_language=["en-US", locale])
        answer = receiver.wait_for("RecognizeCompleted", n)["data"]["choiceResult"]
        assert answer["languageIdentified"] == locale
    assert answer["label"] == "Nothing"


def test_it_lets_a_machine_speak_and_never_answer(talk, receiver):
    conversation = talk("34", "greeting", "who", "greeting")
    speech = receiver.wait_for("RecognizeCompleted")["data"]["speechResult"]["speech"]
    assert "leave a message after the tone" in speech
    assert len(speech.split()) >= 20
    assert receiver.names().count("RecognizeFailed") == 2
    assert conversation.row()["ending"] == "app_hung_up"


def test_it_lets_a_screener_ask_who_is_calling(talk, receiver):
    talk("35", "greeting")
    speech = receiver.wait_for("RecognizeCompleted")["data"]["speechResult"]["speech"]
    assert "say your name" in speech


@pytest.mark.parametrize(
    ("digits", "words"), [("03", "hello?"), ("40", "hello?"), ("20", "¿hola?")]
)
def test_it_says_hello_when_it_picks_up(talk, digits, words):
    [act] = talk(digits, "greeting").row()["said"]
    assert (act["step"], act["words"], act["label"]) == ("greeting", words, None)


def test_it_types_the_digits_that_the_control_names(talk, simulator):
    answer = requests.post(simulator.url + "/control/digits", json={"digits": "1231"}, timeout=10)
    assert answer.json() == {"digits": "1231"}
    words = [act["words"] for act in talk("15", "identity", "identity").row()["said"]]
    assert words == ["1232", "1231"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"digits": 407}', b'{"digits": "July"}'])
def test_it_refuses_digits_that_are_none(simulator, body):
    answer = requests.post(simulator.url + "/control/digits", data=body, timeout=10)
    assert answer.status_code == 400
