"""What the page says of something typed, and how much it weighs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256


class Weight(StrEnum):
    """Whether one may go on."""

    #: Nothing is saved while it stands.
    ERROR = "error"
    #: A second press of the button overrides it.
    WARNING = "warning"
    NOTE = "note"


#: Signs beside the words: colour alone tells nothing to many.
ICONS = {Weight.ERROR: "block", Weight.WARNING: "warning", Weight.NOTE: "info"}


@dataclass(frozen=True)
class Remark:
    """One sentence for staff."""

    weight: Weight
    text: str

    @property
    def icon(self) -> str:
        """The name of its sign."""
        return ICONS[self.weight]


def error(text: str) -> Remark:
    """What must be mended."""
    return Remark(Weight.ERROR, text)


def warning(text: str) -> Remark:
    """What may be overridden."""
    return Remark(Weight.WARNING, text)


def note(text: str) -> Remark:
    """What is good to know."""
    return Remark(Weight.NOTE, text)


def is_blocked(remarks: Iterable[Remark]) -> bool:
    """Whether one of them must be mended first."""
    return any(remark.weight is Weight.ERROR for remark in remarks)


def fingerprint(remarks: Iterable[Remark]) -> str:
    """Names the warnings that somebody read; empty where there are none.

    A second press agrees to these words and to no others.
    """
    texts = [remark.text for remark in remarks if remark.weight is Weight.WARNING]
    return sha256("\n".join(texts).encode()).hexdigest()[:16] if texts else ""
