"""The voices on offer: a part of the service's list, in the shape of its list.

Names, locales and genders are those of Microsoft's public language-support page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_LOCALES = {
    "en-US": ("English (United States)", "Ava:F Andrew:M Emma:F Brian:M Jenny:F Guy:M Aria:F"),
    "en-GB": ("English (United Kingdom)", "Sonia:F Ryan:M Libby:F"),
    "en-AU": ("English (Australia)", "Natasha:F William:M"),
    "en-CA": ("English (Canada)", "Clara:F Liam:M"),
    "en-IN": ("English (India)", "Neerja:F Prabhat:M"),
    "es-US": ("Spanish (United States)", "Paloma:F Alonso:M"),
    "es-MX": ("Spanish (Mexico)", "Dalia:F Jorge:M"),
    "es-ES": ("Spanish (Spain)", "Elvira:F Alvaro:M"),
    "es-CO": ("Spanish (Colombia)", "Salome:F Gonzalo:M"),
    "es-PR": ("Spanish (Puerto Rico)", "Karina:F Victor:M"),
    "fr-FR": ("French (France)", "Denise:F Henri:M Eloise:F"),
    "fr-CA": ("French (Canada)", "Sylvie:F Jean:M Antoine:M"),
    "fr-BE": ("French (Belgium)", "Charline:F Gerard:M"),
    "fr-CH": ("French (Switzerland)", "Ariane:F Fabrice:M"),
    "de-DE": ("German (Germany)", "Katja:F Conrad:M Amala:F"),
    "de-AT": ("German (Austria)", "Ingrid:F Jonas:M"),
    "de-CH": ("German (Switzerland)", "Leni:F Jan:M"),
    "pt-BR": ("Portuguese (Brazil)", "Francisca:F Antonio:M Thalita:F"),
    "pt-PT": ("Portuguese (Portugal)", "Raquel:F Duarte:M Fernanda:F"),
    "ar-SA": ("Arabic (Saudi Arabia)", "Zariyah:F Hamed:M"),
    "ar-EG": ("Arabic (Egypt)", "Salma:F Shakir:M"),
    "ar-AE": ("Arabic (United Arab Emirates)", "Fatima:F Hamdan:M"),
}
_MULTILINGUAL = {"en-US": "Ava:F Andrew:M Emma:F Brian:M Jenny:F", "de-DE": "Seraphina:F"}
_GENDERS = {"F": "Female", "M": "Male"}


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """One voice of the list."""

    given: str
    gender: str
    locale: str
    locale_name: str
    is_multilingual: bool = False

    @property
    def short_name(self) -> str:
        kind = "MultilingualNeural" if self.is_multilingual else "Neural"
        return f"{self.locale}-{self.given}{kind}"

    def as_data(self) -> dict[str, Any]:
        """The voice as ``GET …/voices/list`` has it."""
        kind = "MultilingualNeural" if self.is_multilingual else "Neural"
        display = self.given + (" Multilingual" if self.is_multilingual else "")
        data: dict[str, Any] = {
            "Name": f"Microsoft Server Speech Text to Speech Voice ({self.locale}, "
            f"{self.given}{kind})",
            "DisplayName": display,
            "LocalName": display,
            "ShortName": self.short_name,
            "Gender": self.gender,
            "Locale": self.locale,
            "LocaleName": self.locale_name,
            "SampleRateHertz": "48000" if self.locale == "en-US" else "24000",
            "VoiceType": "Neural",
            "Status": "GA",
            "WordsPerMinute": "150",
        }
        if self.is_multilingual:
            data["SecondaryLocaleList"] = [each for each in _LOCALES if each != self.locale]
        return data


def _speakers() -> Iterable[Speaker]:
    for listed, is_multilingual in ((_LOCALES, False), (_MULTILINGUAL, True)):
        for locale, value in listed.items():
            names = value if isinstance(value, str) else value[1]
            for given, _, gender in (name.partition(":") for name in names.split()):
                yield Speaker(
                    given=given,
                    gender=_GENDERS[gender],
                    locale=locale,
                    locale_name=_LOCALES[locale][0],
                    is_multilingual=is_multilingual,
                )


SPEAKERS = tuple(_speakers())
BY_NAME = {
    name.lower(): speaker
    for speaker in SPEAKERS
    for name in (speaker.short_name, speaker.as_data()["Name"])
}


def default_of(locale: str) -> Speaker:
    """The voice that speaks where none is named; English where the locale is not on the list."""
    wanted = locale.lower()
    exact = [each for each in SPEAKERS if each.locale.lower() == wanted]
    near = [each for each in SPEAKERS if each.locale.startswith(wanted.partition("-")[0] + "-")]
    return next(iter(exact + near), SPEAKERS[0])
