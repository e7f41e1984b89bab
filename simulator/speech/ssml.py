"""SSML: who says what in which language, and the pauses between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from simulator.speech.voices import BY_NAME, Speaker, default_of

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
#: Milliseconds of a break that is named by its strength.
_STRENGTHS = {
    "none": 0,
    "x-weak": 250,
    "weak": 500,
    "medium": 750,
    "strong": 1000,
    "x-strong": 1250,
}
#: Elements after which a sentence cannot go on.
_PARAGRAPHS = frozenset({"p", "s"})


class BadSsml(Exception):
    """The service would close the connection over this (1007)."""


@dataclass(frozen=True)
class Words:
    """A text in one voice and language."""

    text: str
    speaker: Speaker
    language: str


@dataclass(frozen=True)
class Pause:
    milliseconds: int


Piece = Words | Pause


def read_ssml(ssml: str) -> list[Piece]:
    """The pieces of a document, in their order; words without a pause between are one piece."""
    if "<!" in re.sub(r"<!--.*?-->", "", ssml, flags=re.DOTALL):
        raise BadSsml("Declarations are not taken in SSML.")
    try:
        root = ElementTree.fromstring(ssml)
    except ElementTree.ParseError as mistake:
        raise BadSsml(f"The SSML is not XML: {mistake}.") from None
    if _name(root) != "speak":
        raise BadSsml("SSML begins with the element speak.")
    language = root.get(_LANGUAGE, "")
    if not language:
        raise BadSsml("The element speak needs xml:lang.")
    pieces = _joined(_walk(root, default_of(language), language))
    if not any(isinstance(piece, Words) for piece in pieces):
        raise BadSsml("There is nothing to say in the SSML.")
    return pieces


def _walk(element: ElementTree.Element, speaker: Speaker, language: str) -> Iterator[Piece]:
    name = _name(element)
    if name == "voice":
        speaker = _speaker(element.get("name", ""))
        language = element.get(_LANGUAGE) or speaker.locale
    elif name in ("lang", *_PARAGRAPHS):
        language = element.get(_LANGUAGE) or language
    elif name == "break":
        yield Pause(_milliseconds(element))
    if name == "sub" and element.get("alias"):
        yield Words(element.get("alias", ""), speaker, language)
        return
    yield Words(element.text or "", speaker, language)
    for child in element:
        yield from _walk(child, speaker, language)
        yield Words(child.tail or "", speaker, language)


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Neighbours of one voice and language made one, and what says nothing left out."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, Words):
            if isinstance(last, Words) and (last.speaker, last.language) == (
                piece.speaker,
                piece.language,
            ):
                joined[-1] = Words(last.text + piece.text, last.speaker, last.language)
            elif piece.text.strip():
                joined.append(piece)
        elif piece.milliseconds:
            joined.append(piece)
    return [
        Words(" ".join(piece.text.split()), piece.speaker, piece.language)
        if isinstance(piece, Words)
        else piece
        for piece in joined
    ]


def _speaker(name: str) -> Speaker:
    speaker = BY_NAME.get(name.lower())
    if speaker is None:
        raise BadSsml(f"Unsupported voice {name}.")
    return speaker


def _milliseconds(element: ElementTree.Element) -> int:
    time = element.get("time", "")
    found = re.fullmatch(r"\+?(\d+(?:\.\d+)?)(ms|s)", time.strip())
    if found:
        return min(20_000, round(float(found[1]) * (1000 if found[2] == "s" else 1)))
    return _STRENGTHS.get(element.get("strength", "medium"), 750)


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
