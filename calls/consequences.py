"""What an outcome means for others: the visit's answer, the ledger of contacts, the work list."""

from calls.conversation import dialogue
from calls.conversation.state import State, is_known
from calls.conversation.vocabulary import Act, Outcome
from reminders.models.workitem import WorkKind
from reminders.policy.vocabulary import Answer, ContactResult

#: What an act says of the visit.
ANSWERS = {
    Act.CONFIRMED: Answer.CONFIRMED,
    Act.CANCELLED: Answer.CANCELLED,
    Act.RESCHEDULE_REQUESTED: Answer.RESCHEDULE_REQUESTED,
}

#: What an outcome spends of the budget of calls; any other is a person reached.
RESULTS = {
    Outcome.BUSY: ContactResult.BUSY,
    Outcome.NO_ANSWER: ContactResult.NO_ANSWER,
    Outcome.DECLINED: ContactResult.NO_ANSWER,
    Outcome.FAILED_PROVIDER: ContactResult.FAILED,
}

#: What staff are told, for as long as it holds.
WORK = {
    WorkKind.NEEDS_REVIEW: "The call left it open; nothing was changed.",
    WorkKind.WRONG_NUMBER: "Somebody else answered; number quarantined.",
    WorkKind.INVALID_NUMBER: "The network knows no such number.",
    WorkKind.OPTED_OUT: "Asked for no more calls; tell them otherwise.",
    WorkKind.SLOT_FREE: "Cancelled by the patient; the slot is free.",
    WorkKind.FAILED_PROVIDER: "Azure failed; nobody could answer.",
}
_WORK_OF_THE_LINE = {
    Outcome.INVALID_NUMBER: WorkKind.INVALID_NUMBER,
    Outcome.FAILED_PROVIDER: WorkKind.FAILED_PROVIDER,
}


def outcome_of(state: State, place: int) -> Outcome | None:
    """A visit's outcome; None while the call lasts and the visit was not answered."""
    answered = any(done.visit in (place, None) for done in state.done)
    over = state.ended or state.opted_out or state.contradicted or state.unverified
    return dialogue.outcome(state, place) if answered or over else None


def work_of(state: State, place: int) -> set[WorkKind]:
    """What staff have to do about a visit, by what was established: an answer given stays
    true, whatever was said after it."""
    if not is_known(state):
        return set()
    acts = [done.act for done in state.done if done.visit in (place, None)]
    answers = [act for act in acts if act in ANSWERS]
    over = state.ended or state.opted_out or state.contradicted or Act.DECEASED in acts
    left_open = state.visit == place and (state.contradicted or state.cancel_pending)
    holds = {
        WorkKind.SLOT_FREE: answers[-1:] == [Act.CANCELLED],
        WorkKind.WRONG_NUMBER: Act.WRONG_NUMBER in acts,
        WorkKind.OPTED_OUT: state.opted_out,
        WorkKind.NEEDS_REVIEW: over and left_open,
    }
    found = {kind for kind, does in holds.items() if does}
    line = _WORK_OF_THE_LINE.get(dialogue.outcome(state, place)) if state.ended else None
    return found | ({line} if line else set())
