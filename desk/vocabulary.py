"""Closed vocabularies in the reader's language.

The words stand in the code in English, marked with ``gettext_noop``; which language they
are read in is known only while a page is made.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language, gettext


class Words(Mapping[str, str]):
    """Plain words by key. What is read from it is in the language of this request."""

    def __init__(self, english: Mapping[Any, str]) -> None:
        self.english = english

    def __getitem__(self, key: str) -> str:
        english = self.english[key]
        # An empty msgid is the head of the catalogue.
        return gettext(english) if english else ""

    def __contains__(self, key: object) -> bool:
        return key in self.english

    def __iter__(self) -> Iterator[str]:
        return iter(self.english)

    def __len__(self) -> int:
        return len(self.english)


class Colours(dict[str, str]):
    """The colour of a badge by the words on it, which may have been translated.

    A dict, since unfold asks for one.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._by_language: dict[str | None, dict[str, str]] = {}

    def _now(self) -> dict[str, str]:
        language = get_language()
        if language not in self._by_language:
            shown = {gettext(english): colour for english, colour in self.items()}
            self._by_language[language] = shown
        return self._by_language[language]

    def __getitem__(self, shown: str) -> str:
        return self._now()[shown]

    def __contains__(self, shown: object) -> bool:
        return shown in self._now()

    def get(self, shown: str, default: Any = None) -> Any:
        """The colour; the default where these words have none."""
        return self._now().get(shown, default)
