"""The patients of all else that a reminder may ask, and of those who are no ordinary patients."""

from __future__ import annotations

from simulator.acts import Act, Identify, Nothing, Press, Say, Step
from simulator.cast import HOLA
from simulator.persona import (
    CANCEL,
    CONFIRM,
    STOP,
    YES,
    Persona,
    acts,
    always,
    by_key,
)

ANOTHER_TIME = Say(("another time", "another time, please"), means="Reschedule")
MORNINGS = Say(("Thursday mornings would suit me",))
STAFF = Say(("staff", "staff, please"), means="Staff")
COLD = Say(("I have a cold and I am very annoyed",), sentiment="negative")
MACHINE = Say(
    (
        "You have reached the voicemail of a person who cannot come to the phone right now, so"
        " please leave a message after the tone",
    )
)
SCREENER = Say(
    (
        "Hi, the person you are calling uses a screening service, please say your name and why you"
        " are calling",
    )
)


def _confirmer(
    name: str, digits: str, language: str, *, yes: str, confirm: str, hello: str, no_needs: str
) -> Persona:
    """Somebody who answers in a language of their own."""
    return Persona(
        name,
        (digits,),
        f"Answers in {name.capitalize()}: {yes}, {confirm}.",
        language=language,
        acts=acts(
            right_party=(Say((yes,), means="Yes"),),
            menu=(Say((confirm,), sentiment="positive", means="Confirm"),),
            read_back=(Say((yes,), means="Yes"),),
            needs=(Say((no_needs,), means="Nothing"),),
            greeting=(Say((hello,)),),
        ),
    )


def _needing(means: str, *wordings: str) -> dict[Step, tuple[Act, ...]]:
    return acts(needs=(Say(wordings, means=means),))


IDENTIFIED = (
    Persona(
        "identity_right",
        ("14",),
        "Types the right digits when asked for them, then confirms.",
        acts=acts(identity=(Identify(),)),
    ),
    Persona(
        "identity_second_try",
        ("15",),
        "Types wrong digits once, then the right ones, then confirms.",
        acts=acts(identity=(Identify(rightly=False), Identify())),
    ),
    Persona(
        "identity_wrong_three_times",
        ("16",),
        "Types wrong digits every time it is asked for them.",
        acts=acts(identity=(Identify(rightly=False),)),
    ),
    Persona(
        "stop_at_identity",
        ("17",),
        "Presses 9 and # when asked for its digits.",
        acts=acts(identity=(Press("9#"),)),
    ),
)
STOPPING = (
    Persona(
        "spanish_stop",
        ("27",),
        "Says: no me llamen más.",
        language="es",
        acts=always(Say(("no me llamen más",), sentiment="negative", means="Stop"), greeting=HOLA),
    ),
    Persona(
        "cancel_calls",
        ("45",),
        "Says at the menu: cancel these calls, which is stop and not cancel.",
        acts=acts(menu=(Say(("cancel these calls",), sentiment="negative", means="Stop"),)),
    ),
    Persona(
        "stop_at_reason",
        ("46",),
        "Cancels, says yes, and says stop calling when asked for the reason.",
        acts=acts(menu=(CANCEL,), reason=(STOP,)),
    ),
)
NOT_THERE = (
    Persona(
        "voicemail",
        ("34",),
        "A machine: its greeting, then silence without end.",
        acts={Step.GREETING: (MACHINE, Nothing())},
    ),
    Persona(
        "call_screener",
        ("35",),
        "A machine asks who is calling; then the patient says yes and confirms.",
        acts=acts(greeting=(SCREENER, Nothing())),
    ),
    Persona(
        "passed_away",
        ("56",),
        "Says when asked for the patient: he passed away.",
        acts=acts((Say(("he passed away",), sentiment="negative", means="Deceased"),)),
    ),
)
WISHING = (
    Persona(
        "reschedule_by_voice",
        ("36",),
        "Asks for another time, and says that Thursday mornings would suit.",
        acts=acts(menu=(ANOTHER_TIME,), preference=(MORNINGS,)),
    ),
    Persona(
        "reschedule_by_key",
        ("37",),
        "Presses 3 at the menu, then 1 for mornings.",
        acts=by_key((Press("3"),), preference=(Press("1"),)),
    ),
    Persona("staff", ("38",), "Says staff at the menu.", acts=acts(menu=(STAFF,))),
    Persona("staff_by_key", ("39",), "Presses 0 at the menu.", acts=by_key((Press("0"),))),
    Persona(
        "staff_then_confirm",
        ("43",),
        "Presses 0 at the menu, and confirms when asked again.",
        acts=acts(menu=(Press("0"), CONFIRM)),
    ),
    Persona(
        "cancel_with_reason",
        ("44",),
        "Cancels, says yes, and says why: a cold, in annoyance.",
        acts=acts(menu=(CANCEL,), reason=(COLD,)),
    ),
    Persona(
        "needs_wheelchair",
        ("47",),
        "Confirms, and needs a wheelchair.",
        acts=_needing("Wheelchair", "wheelchair", "a wheelchair, please"),
    ),
    Persona(
        "needs_interpreter",
        ("48",),
        "Confirms, and needs an interpreter.",
        acts=_needing("Interpreter", "interpreter", "an interpreter, please"),
    ),
    Persona(
        "running_late",
        ("49",),
        "Confirms, and will be late.",
        acts=_needing("Late", "late", "I am running late"),
    ),
    Persona(
        "household",
        ("55",),
        "Several visits in one call: confirms the first, cancels the next, says yes.",
        acts=acts(menu=(CONFIRM, CANCEL), right_party=(YES,)),
    ),
)
ABROAD = (
    _confirmer(
        "french",
        "51",
        "fr",
        yes="oui",
        confirm="je confirme",
        hello="allô ?",
        no_needs="rien, merci",
    ),
    _confirmer(
        "german",
        "52",
        "de",
        yes="ja",
        confirm="ich bestätige",
        hello="hallo?",
        no_needs="nichts, danke",
    ),
    _confirmer(
        "portuguese",
        "53",
        "pt",
        yes="sim",
        confirm="confirmo",
        hello="alô?",
        no_needs="nada, obrigado",
    ),
    _confirmer(
        "arabic",
        "54",
        "ar",
        yes="نعم",
        confirm="أؤكد",
        hello="ألو؟",
        no_needs="لا شيء، شكرا",
    ),
)
WIDER = (*IDENTIFIED, *STOPPING, *NOT_THERE, *WISHING, *ABROAD)
