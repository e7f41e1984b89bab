"""The patients of an ordinary reminder: they confirm, cancel, stop, or cannot be reached."""

from __future__ import annotations

from simulator.acts import HangUp, Press, Say
from simulator.persona import (
    CANCEL,
    CONFIRM,
    HELLO,
    NO,
    STOP,
    YES,
    Persona,
    Ring,
    acts,
    always,
    by_key,
)

SI = Say(("sí",), means="Yes")
HOLA = Say(("¿hola?",))
NADA = Say(("nada", "nada, gracias"), means="Nothing")
DEFAULT = Persona("confirm_by_voice", ("01",), "Says yes, then confirms.", acts=acts())

ORDINARY = (
    DEFAULT,
    Persona(
        "confirm_by_key",
        ("02",),
        "Presses 1 twice, the second time before the menu has been read out.",
        acts=by_key((Press("1", at=0.8),)),
    ),
    Persona(
        "cancel_with_read_back",
        ("03",),
        "Cancels, and says yes when it is read back.",
        acts=acts(menu=(CANCEL,)),
    ),
    Persona(
        "cancel_changes_mind",
        ("04",),
        "Cancels, says no when it is read back, then confirms.",
        acts=acts(menu=(CANCEL, CONFIRM), read_back=(NO,)),
    ),
    Persona(
        "cancel_hangs_up_at_read_back",
        ("05",),
        "Cancels, and hangs up while it is read back.",
        acts=acts(menu=(CANCEL,), read_back=(HangUp(),)),
    ),
    Persona(
        "slow_answer",
        ("06",),
        "Answers one second before the silence limit, then confirms as slowly.",
        acts=acts(
            (Say(YES.wordings, means="Yes", slow=True),),
            (Say(CONFIRM.wordings, sentiment="positive", means="Confirm", slow=True),),
        ),
    ),
    Persona(
        "repeat_then_confirm",
        ("07",),
        "Presses star at the menu once, then confirms.",
        acts=acts(menu=(Press("*"), CONFIRM)),
    ),
    Persona(
        "hello_over_opening",
        ("08",),
        "Says hello over the opening, then yes, then confirms.",
        acts=acts(right_party=(Say(HELLO.wordings, at=0.2), YES)),
    ),
    Persona(
        "cancel_by_key",
        ("09",),
        "Presses 2, and 1 when it is read back.",
        acts=by_key((Press("2"),)),
    ),
    Persona("silence", ("10",), "Answers and never says a word."),
    Persona(
        "mumble",
        ("11",),
        "Says things that are no answer.",
        acts=always(Say(("mmh, er, the dog, you know",))),
    ),
    Persona(
        "hang_up_mid_prompt",
        ("12",),
        "Hangs up in the middle of the first prompt.",
        acts=always(HangUp()),
    ),
    Persona(
        "wrong_person",
        ("13",),
        "Says no when asked whether they are the patient.",
        acts=acts((NO,)),
    ),
    Persona(
        "spanish",
        ("20",),
        "Answers in Spanish: sí, confirmo.",
        language="es",
        acts=acts(
            (SI,),
            (Say(("confirmo",), sentiment="positive", means="Confirm"),),
            (SI,),
            (NADA,),
            (HOLA,),
        ),
    ),
    Persona(
        "spanish_cancel",
        ("21",),
        "Cancels in Spanish, and says sí when it is read back.",
        language="es",
        acts=acts(
            (Say(("sí", "sí, soy yo"), means="Yes"),),
            (Say(("cancelar",), means="Cancel"), Say(("cancelo",), means="Cancel")),
            (SI,),
            (NADA,),
            (HOLA,),
        ),
    ),
    Persona("busy", ("30",), "The line is busy.", ring=Ring.BUSY),
    Persona("ring_out", ("31",), "Nobody picks up; gives up after 45 s.", ring=Ring.RINGS_OUT),
    Persona("decline", ("32",), "Rejects the call: two events.", ring=Ring.DECLINES),
    Persona("bad_number", ("33",), "The number is not in use.", ring=Ring.BAD_NUMBER),
    Persona("stop", ("40",), "Says: stop calling.", acts=always(STOP)),
    Persona(
        "stop_by_key",
        ("41",),
        "Presses 9 during the first prompt.",
        acts=always(Press("9", at=0.5)),
    ),
    Persona(
        "ai_failure",
        ("50",),
        "Every recognition that needs the AI service fails with 8565; at the keypad presses 1.",
        acts=acts(),
        ai_fails=True,
    ),
)
