"""A second opinion on a call, from the words of a recording. Pure; it decides nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from calls.conversation.script import contains, plain
from calls.conversation.vocabulary import Label, Outcome

#: Which outcomes each answer agrees with.
AGREES: Mapping[Label, tuple[Outcome, ...]] = {
    Label.CONFIRM: (Outcome.CONFIRMED,),
    Label.CANCEL: (Outcome.CANCELLED,),
    Label.RESCHEDULE: (Outcome.RESCHEDULE_REQUESTED,),
    Label.STOP: (Outcome.OPTED_OUT,),
    Label.DECEASED: (Outcome.NEEDS_REVIEW,),
}
#: These count beside whatever else was said: to miss one does harm.
_ALONE = (Label.STOP, Label.DECEASED)
#: Shorter, a sentence of ours may as well be the patient's: both say "stop calling".
_OUR_WORDS = 6


@dataclass(frozen=True)
class Said:
    """One phrase of a recording."""

    text: str
    #: Locale or base language.
    language: str


def labels(
    said: Iterable[Said],
    phrases: Mapping[str, Mapping[Label, Sequence[str]]],
    ours: Iterable[str] = (),
) -> list[Label]:
    """The answers that the words hold, in the vocabulary's order.

    ``phrases`` are those of each base language. ``ours`` is what Ringwell said in the call: a
    recording of all of it holds our own offers to cancel and to stop.
    """
    our_words = f" {' '.join(plain(text) for text in ours)} "
    found = {
        label
        for one in said
        if not _is_ours(plain(one.text), our_words)
        for label, known in phrases.get(one.language.split("-")[0].lower(), {}).items()
        if any(contains(one.text, phrase) for phrase in known)
    }
    return [label for label in AGREES if label in found]


def _is_ours(text: str, our_words: str) -> bool:
    return len(text.split()) >= _OUR_WORDS and f" {text} " in our_words


def disagreement(heard: Collection[Label], outcomes: Collection[str]) -> Label | None:
    """The answer that was heard and fits nothing that is known of a visit.

    Somebody who says two things, one of which is known, contradicts nobody; a wish for no calls
    and the news of a death do not hide behind an answer.
    """

    def is_known(label: Label) -> bool:
        return any(outcome in outcomes for outcome in AGREES[label])

    for label in _ALONE:
        if label in heard and not is_known(label):
            return label
    answers = [label for label in heard if label not in _ALONE]
    return answers[0] if answers and not any(map(is_known, answers)) else None
