"""What one call may say and hear, as data: stored with the attempt as evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from calls.conversation import wording
from calls.conversation.vocabulary import KEYS, Label, Step

#: Azure identifies at most four languages for choices.
MOST_LANGUAGES = 4


@dataclass(frozen=True, kw_only=True)
class Script:
    """The texts of one call, filled in, with its choices and limits.

    ``languages`` are full locales, the first is spoken first; ``texts`` and
    ``phrases`` are keyed by them.
    """

    languages: tuple[str, ...]
    voices: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    #: locale -> step -> label -> phrases
    phrases: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]
    right_party: bool = True
    reprompts: int = 2
    initial_silence: int = 10
    sentiment: bool = True
    #: locale -> who approved which fingerprint, and when.
    approvals: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The script as JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Script":
        """Read what :meth:`to_json` wrote."""
        return cls(**{**data, "languages": tuple(data["languages"])})

    def text(self, language: str, key: str) -> str:
        """One filled-in text."""
        return self.texts[language][key]

    def choices(self, step: Step) -> dict[Label, list[str]]:
        """Label -> phrases of all candidate languages, the spoken one first."""
        merged: dict[Label, list[str]] = {}
        for language in self.languages:
            for label, phrases in self.phrases[language][step.value].items():
                known = merged.setdefault(Label(label), [])
                known.extend(p for p in phrases if p not in known)
        return merged

    def label_of_key(self, step: Step, tone: str) -> Label | None:
        """Which of a step's labels a key stands for."""
        offered = self.choices(step)
        return next((label for label in offered if KEYS[label] == tone), None)

    def language_of(self, phrase: str, current: str) -> str:
        """The language to go on in after a phrase was heard.

        It changes only when the phrase belongs to one language's lists alone.
        """
        said = _plain(phrase)
        owners = [
            language
            for language in self.languages
            if any(
                said == _plain(known)
                for labels in self.phrases[language].values()
                for phrases in labels.values()
                for known in phrases
            )
        ]
        return owners[0] if len(owners) == 1 else current


def _plain(phrase: str) -> str:
    return " ".join(
        "".join(c if c.isalnum() or c.isspace() or c == "'" else " " for c in phrase)
        .casefold()
        .split()
    )


def candidate_languages(first: str, approved: Sequence[str]) -> tuple[str, ...]:
    """Full locales: the patient's, then the clinic's approved ones, at most four.

    One locale per base language (language identification takes no more); the
    patient's language only where the clinic approved its texts.
    """
    approved_bases = [wording.base(tag) for tag in approved]
    chosen: dict[str, str] = {}
    for tag in (first, *approved):
        pack = wording.packs().get(wording.base(tag))
        if pack and pack.language in approved_bases:
            chosen.setdefault(pack.language, pack.locale_for(tag))
    return tuple(chosen.values())[:MOST_LANGUAGES]


def phrases_of(locale: str) -> dict[str, dict[str, list[str]]]:
    """Step -> label -> phrases of one language."""
    pack = wording.packs()[wording.base(locale)]
    return {
        step.value: {label.value: list(words) for label, words in pack.choices(step).items()}
        for step in (Step.RIGHT_PARTY, Step.MENU, Step.READ_BACK)
    }
