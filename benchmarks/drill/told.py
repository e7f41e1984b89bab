"""What one ring must have come to, visit by visit, by the simulator's ledger alone. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.people import DIGITS, PLACES, Person

Row = dict[str, Any]

#: What an act of the patient has to become; "staff" depends on whether somebody took it.
OUTCOME_OF_ACT = {
    "confirmed": "confirmed",
    "cancelled": "cancelled",
    "rescheduled": "reschedule_requested",
    "staff": "staff_requested",
    "stop": "opted_out",
    "wrong_person": "wrong_number",
    "deceased": "needs_review",
    "cancel_unfinished": "needs_review",
}
#: Outcomes that say that the patient did something. A review says only that a person must look.
ANSWERED = {*OUTCOME_OF_ACT.values(), "transferred"} - {"needs_review"}
#: Acts that hold for every visit of the call, whatever was said before.
OF_THE_CALL = ("stop", "wrong_person", "deceased")
#: The answer of a visit, by the question and what was meant; after it comes the next visit.
ANSWERS = {
    ("menu", "Confirm"): "confirmed",
    ("menu", "Reschedule"): "reschedule_requested",
    ("read_back", "Yes"): "cancelled",
}
#: What is told beside an answer.
NOTES = {"needs": "told_need", "reason": "told_reason", "preference": "told_preference"}
NO_NOTE = ("Nothing", "Repeat", "Staff", "Stop", "Deceased")
#: What a ring that nobody answered has to become; a watchdog's hang-up is no answer.
OUTCOME_OF_ENDING = {
    "busy": "busy",
    "no_answer": "no_answer",
    "declined": "declined",
    "bad_number": "invalid_number",
    "cancelled_ringing": "no_answer",
    "over_line_limit": "declined",
}
#: A call in which nothing was answered.
WITHOUT_ACT = {"no_response", "hung_up", "failed_provider"}
#: Those who never say a word to a question: a message may be left for them.
SILENT = ("voicemail", "silence")
MOST_WRONG_TRIES = 3


@dataclass(frozen=True)
class Told:
    """What a patient told about one visit."""

    #: What it comes to.
    act: str = "none"
    #: Answered on the way, though a "stop calling" came after it; empty: not answered.
    answer: str = ""
    #: Asked for a person, whatever came after it.
    staff: bool = False

    @property
    def is_anything(self) -> bool:
        """Whether there is something to lose."""
        return self.act not in ("none", "cancel_unfinished") or bool(self.answer) or self.staff


def told(ring: Row, visits: int) -> list[Told]:
    """What was told of each visit of a call, in the order in which it speaks of them."""
    acts: list[str] = ring["acts"]
    whole = acts[-1] if acts and acts[-1] in OF_THE_CALL else ""
    answers = [ANSWERS[q] for q in _meant(ring) if q in ANSWERS]
    answers += [""] * (visits - len(answers))
    return [
        Told(whole or _comes_to(of_visit), answer, "staff" in of_visit)
        for of_visit, answer in zip(_by_visit(acts, visits), answers, strict=False)
    ]


def _by_visit(acts: list[str], visits: int) -> list[list[str]]:
    """The menu comes back until a visit is answered; then it asks about the next one."""
    found: list[list[str]] = [[] for _ in range(visits)]
    place = 0
    for act in acts:
        if found[place] and OUTCOME_OF_ACT.get(found[place][-1]) in ANSWERS.values():
            place = min(place + 1, visits - 1)
        found[place].append(act)
    return found


def _comes_to(acts: list[str]) -> str:
    return next((act for act in reversed(acts) if act != "none"), "none")


def _meant(ring: Row) -> Iterator[tuple[str, str]]:
    """(question, what was meant), of all that the caller was or should have been told."""
    for said in _told(ring):
        yield said["step"], said["means"] or ""


def _told(ring: Row) -> Iterator[Row]:
    return (said for said in ring["said"] if said["event"] != "none")


def outcomes(ring: Row, person: Person, act: str) -> set[str]:
    """What may stand in our row for an act on this ring, or for none."""
    if act == "staff":
        connected = any(moved["outcome"] == "accepted" for moved in ring["transfers"])
        return {"transferred" if connected else "staff_requested"}
    if act in OUTCOME_OF_ACT:
        return {OUTCOME_OF_ACT[act]}
    if gave_wrong_digits(ring):
        return {"needs_review"}
    if ring["connected_at"] is None:
        return {OUTCOME_OF_ENDING.get(ring["ending"], "")}
    return _without_act(person)


def wished(ring: Row, person: Person, told: Told) -> set[str]:
    """What may stand in our row and is not invented. Who asked for staff wished for staff: where
    the event that says "connected" was lost, or that of an answer when the menu came again, the
    wish is true, though not the whole truth."""
    return outcomes(ring, person, told.act) | ({"staff_requested"} if told.staff else set())


def _without_act(person: Person) -> set[str]:
    profile = PLACES[person.clinic].profile
    found = set(WITHOUT_ACT)
    if person.persona == "voicemail":
        found |= {"machine"} if profile.get("listen_first") else set()
    else:
        found |= {"not_understood"}
    if person.persona in SILENT and profile.get("voicemail"):
        found |= {"voicemail_left"}
    return found


def gave_wrong_digits(ring: Row) -> bool:
    """As often as nothing more may be said."""
    return _digits(ring).count(False) >= MOST_WRONG_TRIES


def is_right_person(ring: Row, person: Person) -> bool:
    """Whether somebody said yes to the name and, where it is asked for, typed the birthday."""
    said_yes = ("right_party", "Yes") in _meant(ring)
    return said_yes and (not person.is_asked_for_digits or any(_digits(ring)))


def _digits(ring: Row) -> list[bool]:
    typed = (said for said in _told(ring) if said["step"] == "identity" and not said["means"])
    return [str(said["words"]).rstrip("#") == DIGITS for said in typed]


def notes(ring: Row) -> set[str]:
    """Kinds of what was told beside an answer."""
    said = {step for step, means in _meant(ring) if means not in NO_NOTE}
    return {NOTES[step] for step in said if step in NOTES}


def is_surely_known(ring: Row, means: str) -> bool:
    """Whether the event that tells of it was taken."""
    return any(said["means"] == means and said["event"] == "delivered" for said in ring["said"])
