"""What a check found: a verdict, a sentence, and what to do about it."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check came out."""

    GOOD = "ok"
    #: Works, or cannot be known from here: somebody should read the sentence.
    UNSURE = "look"
    #: No call, or no answer of a patient, until this is mended.
    BAD = "MEND"


@dataclass(frozen=True)
class Finding:
    """One line. ``check`` names it for programs; nothing here is a secret."""

    check: str
    verdict: Verdict
    sentence: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{self.verdict:<5} {self.sentence}"
        return f"{line}\n      -> {self.mend}" if self.mend else line

    def as_data(self) -> dict[str, str]:
        """For ``--json``."""
        return asdict(self)


def good(check: str, sentence: str) -> Finding:
    """All is well."""
    return Finding(check, Verdict.GOOD, sentence)


def unsure(check: str, sentence: str, mend: str) -> Finding:
    """Works, or cannot be known."""
    return Finding(check, Verdict.UNSURE, sentence, mend)


def bad(check: str, sentence: str, mend: str) -> Finding:
    """Has to be mended first."""
    return Finding(check, Verdict.BAD, sentence, mend)
