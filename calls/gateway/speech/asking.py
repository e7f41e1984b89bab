"""What is asked of the recogniser, refused here by name where Azure's limits are broken: the
SDK sends anything, and the service then answers with an error or, worse, with less."""

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

#: Candidates when the language is decided once at the start, and again and again.
MOST_AT_START, MOST_CONTINUOUS = 4, 10
MOST_PHRASES = 500
#: Milliseconds.
SILENCE, LONGEST_SEGMENT = (100, 5000), (20_000, 70_000)
#: Base languages that semantic segmentation is known for. Microsoft writes "not all languages"
#: and publishes no list; where it is missing the service cuts by silence and says nothing.
SEMANTIC = frozenset({"en"})
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{4})?-([A-Z]{2}|\d{3})(-[a-z]+)?")


class Profanity(StrEnum):
    """What is written in place of a curse."""

    MASKED = "masked"
    REMOVED = "removed"
    RAW = "raw"


class Identification(StrEnum):
    """When the language is decided, among several."""

    AT_START = "start"
    CONTINUOUS = "continuous"


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What is seldom set. ``model`` is a custom model's id, or ``en-US=ID,es-US=ID``; empty,
    SPEECH_ENDPOINT_ID holds."""

    identification: Identification | None = None
    phrase_weight: float = 1.0
    profanity: Profanity = Profanity.MASKED
    semantic: bool = False
    silence_ms: int | None = None
    initial_silence_ms: int | None = None
    longest_segment_ms: int | None = None
    model: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One transcription, judged whole before anything is opened."""

    languages: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    continuous: bool = False
    detail: bool = False
    limit_seconds: float = 60.0
    tuning: Tuning = Tuning()

    def __post_init__(self) -> None:
        self._languages()
        self._phrases()
        self._segmentation()
        if not 0 < self.limit_seconds <= 86_400:
            raise ValueError("limit_seconds: more than 0, and at most a day")
        self.models  # noqa: B018  (raises)

    @property
    def identification(self) -> Identification | None:
        """None for one language, which need not be found out."""
        if len(self.languages) == 1:
            return None
        usual = Identification.CONTINUOUS if self.continuous else Identification.AT_START
        return self.tuning.identification or usual

    @property
    def models(self) -> dict[str, str]:
        """Custom models by language; none for the languages that the service's own understands."""
        return models(self.tuning.model, self.languages)

    def _languages(self) -> None:
        if not self.languages:
            raise ValueError("languages: name at least one, en-US say")
        for language in self.languages:
            if not _LOCALE.fullmatch(language):
                raise ValueError(f"languages: {language!r} is no locale; write en-US, es-US, …")
        if self.tuning.identification is Identification.CONTINUOUS and not self.continuous:
            raise ValueError("identification: continuous needs continuous recognition")
        continuous = self.identification is Identification.CONTINUOUS
        most = MOST_CONTINUOUS if continuous else MOST_AT_START
        if len(self.languages) > most:
            how = "in continuous identification" if continuous else "when identified at the start"
            raise ValueError(f"languages: at most {most} {how}, not {len(self.languages)}")
        bases = Counter(language.split("-")[0] for language in self.languages)
        for base, count in bases.items():
            if count > 1:
                raise ValueError(f"languages: {count} locales of {base!r}; one per base language")

    def _phrases(self) -> None:
        if len(self.phrases) > MOST_PHRASES:
            raise ValueError(f"phrases: at most {MOST_PHRASES}, not {len(self.phrases)}")
        if any(not phrase.strip() for phrase in self.phrases):
            raise ValueError("phrases: one of them is empty")
        if not 0 <= self.tuning.phrase_weight <= 2:
            raise ValueError(f"phrase_weight: 0 to 2, not {self.tuning.phrase_weight:g}")

    def _segmentation(self) -> None:
        tuning = self.tuning
        _within("silence_ms", tuning.silence_ms, SILENCE)
        _within("longest_segment_ms", tuning.longest_segment_ms, LONGEST_SEGMENT)
        _within("initial_silence_ms", tuning.initial_silence_ms, (1, 600_000))
        if tuning.longest_segment_ms is not None and tuning.silence_ms is None:
            raise ValueError("longest_segment_ms: needs silence_ms beside it")
        if tuning.semantic:
            self._semantic()

    def _semantic(self) -> None:
        if not self.continuous:
            raise ValueError("semantic: for continuous recognition only, not for one utterance")
        without = [tag for tag in self.languages if tag.split("-")[0] not in SEMANTIC]
        if without:
            raise ValueError(f"semantic: not known to exist for {', '.join(without)}")
        if self.detail:
            raise ValueError("semantic: brings no alternatives and no confidence; leave out detail")
        if self.tuning.silence_ms is not None:
            raise ValueError("semantic: cuts by meaning; leave out silence_ms")


def models(text: str, languages: tuple[str, ...]) -> dict[str, str]:
    """``ID`` for one language, ``en-US=ID,es-US=ID`` for several."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) == 1 and "=" not in parts[0]:
        if len(languages) > 1:
            raise ValueError("model: one id for several languages; write en-US=ID,es-US=ID")
        return {languages[0]: parts[0]}
    pairs = dict(part.split("=", 1) for part in parts if "=" in part)
    if len(pairs) != len(parts) or not all(pairs.values()):
        raise ValueError("model: write an id, or en-US=ID,es-US=ID")
    return {language: pairs[language] for language in languages if language in pairs}


def _within(name: str, value: int | None, limits: tuple[int, int]) -> None:
    if value is not None and not limits[0] <= value <= limits[1]:
        raise ValueError(f"{name}: {limits[0]} to {limits[1]}, not {value}")
