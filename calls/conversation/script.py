"""What one call may say and hear, as data: stored with the attempt as evidence."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from calls.conversation import wording
from calls.conversation.actions import Prompt, PromptKind
from calls.conversation.profile import Profile
from calls.conversation.state import Identified
from calls.conversation.vocabulary import CHOICE_STEPS, KEYS, Label, Step

#: Azure identifies at most four languages for choices, ten for speech.
MOST_LANGUAGES = 4

#: locale -> key -> text
Texts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class IdentityCheck:
    """Digits that only the patient knows, as salted hashes: the script is kept."""

    #: "birthday" (day and month, two digits each) or "pin"; names the question's text.
    kind: str
    digits: int
    salt: str
    hashes: tuple[str, ...]

    @classmethod
    def of(cls, kind: str, accepted: Sequence[str], salt: str) -> "IdentityCheck":
        """A check that takes any of ``accepted``, all of one length."""
        hashes = tuple(_digest(salt, digits) for digits in accepted)
        return cls(kind=kind, digits=len(accepted[0]), salt=salt, hashes=hashes)

    def accepts(self, digits: str) -> bool:
        """True for the right digits."""
        return _digest(self.salt, digits) in self.hashes


def _digest(salt: str, digits: str) -> str:
    return hashlib.sha256(f"{salt}:{digits}".encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Transferring:
    """Whom a patient who asks for staff is connected with, and until when."""

    number: str
    #: The end of the clinic's present opening hours, ISO 8601 with offset.
    until: str

    def is_open(self, at: datetime) -> bool:
        """True while somebody should be there."""
        return at < datetime.fromisoformat(self.until)


@dataclass(frozen=True, kw_only=True)
class Script:
    """The texts of one call, filled in, with its choices, settings and limits.

    ``languages`` are full locales, the first is spoken first; texts, sounds and
    phrases are keyed by them. What may be said to whoever picks up is in
    ``texts``; what speaks of a visit is in ``visits``, one entry a visit, and
    can only be had with a proof of identity.
    """

    languages: tuple[str, ...]
    voices: Mapping[str, str]
    texts: Texts
    visits: tuple[Texts, ...]
    #: locale -> step -> label -> phrases
    phrases: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]
    #: locale -> key -> {"kind": "ssml" or "file", "source": …}, where a text is not plain.
    sounds: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    voice_endpoint: str = ""
    reprompts: int = 2
    #: See ``conversation.echo``; 0: every key counts at once.
    key_echo_seconds: float = 0
    # The branches, as the clinic has switched them on.
    right_party: bool = True
    identity: IdentityCheck | None = None
    offer_reschedule: bool = True
    offer_staff: bool = True
    transferring: Transferring | None = None
    ask_reason: bool = False
    ask_needs: bool = False
    #: Listen to who takes the call before anything is said.
    listen_first: bool = False
    #: A message may be left: the clinic allows it, and none was left for these visits.
    voicemail: bool = False
    keypad_only: bool = False
    #: Places of visits that were moved, cancelled or given to somebody else since: nothing
    #: is said of them and nothing is answered for them. Never stored.
    changed: frozenset[int] = frozenset()
    #: locale -> who approved which fingerprint, and when.
    approvals: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: The keys of the visits' appointments, in their order.
    appointments: tuple[int, ...] = ()
    #: The patient's language, where its texts are not approved and another is spoken.
    wanted: str = ""

    def to_json(self) -> dict[str, Any]:
        """The script as JSON-ready data."""
        return {name: value for name, value in asdict(self).items() if name != "changed"}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Script":
        """Read what :meth:`to_json` wrote."""
        profile = data["profile"]
        identity, transferring = data["identity"], data["transferring"]
        if identity:
            identity = IdentityCheck(**{**identity, "hashes": tuple(identity["hashes"])})
        typed = {
            "languages": tuple(data["languages"]),
            "visits": tuple(data["visits"]),
            "appointments": tuple(data["appointments"]),
            "profile": Profile(**{**profile, "stop_tones": tuple(profile["stop_tones"])}),
            "identity": identity,
            "transferring": Transferring(**transferring) if transferring else None,
        }
        return cls(**{**data, **typed})

    def next_visit(self, place: int) -> int | None:
        """The first visit from a place on that is still what it was; None when none is."""
        coming = (at for at in range(place, len(self.visits)) if at not in self.changed)
        return next(coming, None)

    def text(self, language: str, key: str) -> str:
        """One text that anybody may hear."""
        return self.texts[language][key]

    def prompt(self, language: str, key: str) -> Prompt:
        """A prompt that anybody may hear.

        Raises:
            KeyError: the text speaks of a visit; see :meth:`visit_prompt`.
        """
        return self._prompt(language, key, self.texts[language][key])

    def visit_prompt(self, who: Identified, visit: int, language: str, key: str) -> Prompt:
        """A prompt about a visit, for the right person alone."""
        assert isinstance(who, Identified)
        return self._prompt(language, key, self.visits[visit][language][key])

    def _prompt(self, language: str, key: str, text: str) -> Prompt:
        sound = self.sounds.get(language, {}).get(key, {})
        return Prompt(
            text=text,
            locale=language,
            voice=self.voices[language],
            kind=PromptKind(sound.get("kind", PromptKind.TEXT)),
            source=sound.get("source", ""),
            voice_endpoint=self.voice_endpoint,
        )

    def is_public(self, key: str) -> bool:
        """True for a text that anybody may hear."""
        return key in self.texts[self.languages[0]]

    def has_recording(self, language: str, key: str) -> bool:
        """True where a text is a recorded file, which needs no speech service."""
        return self.sounds.get(language, {}).get(key, {}).get("kind") == PromptKind.FILE

    def choices(self, step: Step) -> dict[Label, list[str]]:
        """Label -> phrases of all candidate languages, the spoken one first."""
        merged: dict[Label, list[str]] = {}
        for language in self.languages:
            for label, phrases in self.phrases[language][step.value].items():
                known = merged.setdefault(Label(label), [])
                known.extend(p for p in phrases if p not in known)
        return {label: merged[label] for label in merged if self._is_offered(step, label)}

    def _is_offered(self, step: Step, label: Label) -> bool:
        if step is not Step.MENU:
            return True
        off = {Label.RESCHEDULE: not self.offer_reschedule, Label.STAFF: not self.offer_staff}
        return not off.get(label, False)

    def label_of_key(self, step: Step, tone: str) -> Label | None:
        """Which of a step's labels a key stands for; Azure's word for the key."""
        if not tone:
            return None
        offered = self.choices(step)
        return next((label for label in offered if KEYS[label] == tone), None)

    def label_in(self, speech: str, labels: Iterable[Label]) -> Label | None:
        """Which of some labels free speech means: its words contain one of the phrases of any
        candidate language. A phrase of one word counts among two words at most ("please stop"):
        longer speech holds it by chance."""
        said = plain(speech)
        wanted = set(labels)
        for language in self.languages:
            for label, phrases in self.phrases[language][Step.MENU.value].items():
                if Label(label) in wanted and any(_is_in(plain(p), said) for p in phrases):
                    return Label(label)
        return None

    def language_of(self, phrase: str, current: str) -> str:
        """The language to go on in after a phrase was heard.

        It changes only when the phrase belongs to one language's lists alone.
        """
        said = plain(phrase)
        owners = [
            language
            for language in self.languages
            if any(
                said == plain(known)
                for labels in self.phrases[language].values()
                for phrases in labels.values()
                for known in phrases
            )
        ]
        return owners[0] if len(owners) == 1 else current


def plain(phrase: str) -> str:
    """A phrase without case, punctuation and loose marks, its words one space apart."""
    composed = unicodedata.normalize("NFC", phrase).replace("\u2019", "'")
    marks = (c for c in composed if unicodedata.category(c) != "Mn")
    kept = (c if c.isalnum() or c == "'" else " " for c in marks)
    return " ".join("".join(kept).casefold().split())


def contains(speech: str, phrase: str) -> bool:
    """Whether free speech holds a phrase; one of a single word only among two words at most."""
    return _is_in(plain(phrase), plain(speech))


def _is_in(phrase: str, said: str) -> bool:
    is_long = " " in phrase or len(said.split()) <= 2
    return is_long and f" {phrase} " in f" {said} "


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


def phrases_of(pack: wording.Pack) -> dict[str, dict[str, list[str]]]:
    """Step -> label -> phrases of one language."""
    return {
        step.value: {label.value: list(words) for label, words in pack.choices(step).items()}
        for step in CHOICE_STEPS
    }
