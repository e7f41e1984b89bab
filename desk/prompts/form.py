"""The form of one language: texts, phrases, sounds, voices."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from calls import recordings
from calls.conversation import linting
from calls.conversation.linting import Code, Finding
from calls.conversation.vocabulary import KEYS, Label
from calls.conversation.wording import (
    BEFORE_IDENTITY,
    PLACEHOLDERS,
    RECORDABLE,
    Disclosure,
    Pack,
)
from calls.models import CallProfile, Recording
from desk import stored
from desk.heard import KEYS as KEY_NAMES
from desk.prompts.groups import GROUPS, TITLES, Group, meaning_of
from desk.prompts.versions import Changes, Wordings
from desk.wording import language_and_place

SSML, FILE = "ssml", "file"
VOICE = re.compile(r"\A[A-Za-z0-9:._ -]{1,100}\Z")
_PUBLIC = {name for name, kind in PLACEHOLDERS.items() if kind is Disclosure.PUBLIC}


def placeholders(text: str) -> set[str]:
    """The names in braces; none where a brace is left open."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return set()


@dataclass(frozen=True)
class Text:
    """One text on the page."""

    key: str
    title: str
    who: str
    colour: str
    field: forms.BoundField
    preview: str
    #: As estimated, and as measured where somebody heard it.
    seconds: float
    heard: float | None
    on_path: bool
    #: Empty where neither SSML nor a recording could say it.
    sound: forms.BoundField | None
    ssml: forms.BoundField | None
    file: forms.BoundField | None
    recording: str
    shipped: str
    changed: bool
    open: bool


@dataclass(frozen=True)
class Phrases:
    """The phrases of one answer on the page."""

    key: str
    title: str
    button: str
    field: forms.BoundField
    changed: bool


@dataclass(frozen=True)
class Section:
    """One step on the page."""

    group: Group
    texts: list[Text]
    phrases: list[Phrases]

    @property
    def has_errors(self) -> bool:
        """Whether something in it is at fault."""
        fields = [field for text in self.texts for field in _fields_of(text)]
        return any(field.errors for field in [*fields, *(p.field for p in self.phrases)])


def _fields_of(text: Text) -> list[forms.BoundField]:
    return [field for field in (text.field, text.sound, text.ssml, text.file) if field is not None]


class PromptsForm(forms.Form):
    """All that is said and understood in one language of one clinic."""

    def __init__(
        self,
        wordings: Wordings,
        profile: CallProfile,
        data: Any = None,
        files: Any = None,
        *,
        may_change: bool = True,
    ) -> None:
        super().__init__(data, files)
        #: Text -> seconds, where somebody heard it.
        self.heard: Mapping[str, float] = {}
        self.wordings, self.profile, self.present = wordings, profile, wordings.pack
        for key in self.present.texts:
            self._add_text(key)
        for step, labels in self.present.phrases.items():
            for label, words in labels.items():
                self._add_phrases(step, label, words)
        for tag in wordings.tags:
            self._add_voice(tag)
        self.fields["version"] = forms.IntegerField(
            widget=forms.HiddenInput, initial=wordings.newest_pk
        )
        if not may_change:
            for field in self.fields.values():
                field.disabled = True

    def _add_text(self, key: str) -> None:
        lines = min(4, 1 + len(self.present.texts[key]) // 90)
        self.fields[f"text-{key}"] = forms.CharField(
            label=TITLES.get(key, key),
            initial=self.present.texts[key],
            max_length=linting.MOST_CHARACTERS,
            widget=UnfoldAdminTextareaWidget(
                attrs={"rows": lines, "dir": "auto", "data-key": key, "class": "desk-text"}
            ),
        )
        sound = self.present.sounds.get(key, {})
        if not self._sounds_for(key):
            return
        self.fields[f"sound-{key}"] = forms.ChoiceField(
            label=_("Spoken as"),
            choices=[("", _("The text above")), *self._sounds_for(key)],
            initial=sound.get("kind", ""),
            required=False,
            widget=UnfoldAdminSelectWidget(attrs={"data-sound": key}),
        )
        self.fields[f"ssml-{key}"] = forms.CharField(
            label=_("SSML"),
            initial=sound["source"] if sound.get("kind") == SSML else "",
            required=False,
            max_length=20_000,
            widget=UnfoldAdminTextareaWidget(
                attrs={"rows": 3, "dir": "ltr", "spellcheck": "false", "data-ssml": key}
            ),
        )
        self.fields[f"file-{key}"] = forms.FileField(
            label=_("Recording"),
            required=False,
            widget=forms.FileInput(attrs={"accept": ".wav,audio/wav", "class": "desk-file"}),
            help_text=_(
                "WAV, mono, 16,000 Hz, 16 bit, 60 seconds at the most, "
                "with nothing of a patient in it."
            ),
        )

    def _sounds_for(self, key: str) -> list[tuple[str, str]]:
        """SSML says public things only, a recording only what is the same for everybody."""
        needed, kind = (
            placeholders(self.present.texts[key]),
            self.present.sounds.get(key, {}).get("kind"),
        )
        offered = []
        if needed <= _PUBLIC or kind == SSML:
            offered.append((SSML, _("The SSML below")))
        if needed <= RECORDABLE or kind == FILE:
            offered.append((FILE, _("The recording below")))
        return offered

    def _add_phrases(self, step: str, label: str, words: Iterable[str]) -> None:
        listed = list(words)
        self.fields[f"phrases-{step}-{label}"] = forms.CharField(
            label=meaning_of(label),
            initial="\n".join(listed),
            required=False,
            max_length=5000,
            widget=UnfoldAdminTextareaWidget(
                attrs={"rows": max(3, min(6, len(listed))), "dir": "auto"}
            ),
        )

    def offer(self, name: str, words: str) -> None:
        """Words beside those that a field of phrases holds; stored when somebody saves."""
        field = self.fields[name]
        present = str(field.initial).splitlines()
        if words not in present:
            field.initial = "\n".join([*present, words])

    def _add_voice(self, tag: str) -> None:
        locale = self.present.locale_for(tag)
        self.fields[f"voice-{locale}"] = forms.RegexField(
            VOICE,
            label=_("Voice, %(locale)s") % {"locale": locale},
            initial=self.profile.voices.get(locale, ""),
            required=False,
            max_length=100,
            help_text=_("Empty: %(voice)s.")
            % {"voice": self.present.voices.get(locale) or _("the language’s own")},
            error_messages={"invalid": _("A voice is a name such as en-US-AvaNeural.")},
            widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr"}),
        )

    # -- taking it in

    def clean(self) -> dict[str, Any]:
        """Look at sounds, then at the whole as a patient would hear it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for key in self.present.texts:
            # A text is one line: who presses Enter means a space.
            name = f"text-{key}"
            if name in cleaned:
                cleaned[name] = " ".join(cleaned[name].split())
            if f"sound-{key}" in self.fields:
                self._clean_sound(key, cleaned)
        return cleaned

    def _clean_sound(self, key: str, cleaned: dict[str, Any]) -> None:
        upload = cleaned.get(f"file-{key}")
        if isinstance(upload, UploadedFile):
            try:
                recordings.check(_content(upload))
            except ValidationError as error:
                self.add_error(f"file-{key}", error)
        kind = cleaned.get(f"sound-{key}")
        if kind == SSML and not cleaned.get(f"ssml-{key}"):
            self.add_error(f"ssml-{key}", _("Write the SSML, or let the text be spoken."))
        missing = kind == FILE and not upload and not self._kept(key)
        if missing and f"file-{key}" not in self.errors:
            self.add_error(f"file-{key}", _("Choose the recording, or let the text be spoken."))
        if upload and kind != FILE and f"file-{key}" not in self.errors:
            self.add_error(f"sound-{key}", _("Choose “The recording below” to have it played."))

    def _kept(self, key: str) -> str:
        sound = self.present.sounds.get(key, {})
        return sound["source"] if sound.get("kind") == FILE else ""

    def uploads(self) -> Iterator[tuple[str, str, bytes]]:
        """Key, file name and content of what was uploaded and is to be played."""
        for key in self.present.texts:
            upload = self.cleaned_data.get(f"file-{key}")
            if isinstance(upload, UploadedFile) and self.cleaned_data.get(f"sound-{key}") == FILE:
                yield key, str(upload.name), _content(upload)

    def changes(self, kept: dict[str, Recording] | None = None) -> Changes:
        """What the form says otherwise than the shipped texts."""
        cleaned, shipped = self.cleaned_data, self.wordings.shipped
        sounds = {}
        for key in self.present.texts:
            kind = cleaned.get(f"sound-{key}")
            if kind == SSML:
                sounds[key] = {"kind": SSML, "source": cleaned[f"ssml-{key}"].strip()}
            elif kind == FILE:
                made = (kept or {}).get(key)
                sounds[key] = {"kind": FILE, "source": made.sha256 if made else self._kept(key)}
        phrases = {
            step: {label: self._lines(step, label) for label in labels}
            for step, labels in self.present.phrases.items()
        }
        texts = {key: cleaned[f"text-{key}"] for key in self.present.texts}
        return Changes.between(shipped, texts, phrases, sounds)

    def _lines(self, step: str, label: str) -> list[str]:
        lines = str(self.cleaned_data[f"phrases-{step}-{label}"]).splitlines()
        return list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))

    def voices(self) -> dict[str, str]:
        """The profile's voices with those of this language as they were typed."""
        mine = {name.removeprefix("voice-"): name for name in self.fields if "voice-" in name[:6]}
        kept = {tag: voice for tag, voice in self.profile.voices.items() if tag not in mine}
        typed = {tag: self.cleaned_data[name].strip() for tag, name in mine.items()}
        return kept | {tag: voice for tag, voice in typed.items() if voice}

    def blame(self, findings: Iterable[Finding]) -> None:
        """Put what the linter found at the fields it is about."""
        for finding in findings:
            name = self._field_of(finding)
            elsewhere = finding.language not in self.wordings.tags
            where = f"{language_and_place(finding.language)}: " if elsewhere else ""
            self.add_error(name, f"{where}{stored.read(finding.message)}")

    def _field_of(self, finding: Finding) -> str | None:
        if finding.language not in self.wordings.tags:
            return None
        step, _, label = finding.key.partition(".")
        names = [
            f"phrases-{step}-{label}",
            f"ssml-{finding.key}" if finding.code is Code.SSML else "",
            f"sound-{finding.key}" if finding.code is Code.RECORDING else "",
            f"text-{finding.key}",
        ]
        return next((name for name in names if name in self.fields), None)

    # -- showing it

    def sections(self) -> list[Section]:
        """The steps in the order of a call; texts nobody has put anywhere come last."""
        grouped = {key for group in GROUPS for key in group.texts}
        rest = tuple(key for key in self.present.texts if key not in grouped)
        others = [Group("others", _("Others"), "", rest)] if rest else []
        return [self._section(group) for group in [*GROUPS, *others]]

    def _section(self, group: Group) -> Section:
        labels = self.present.phrases.get(group.phrases, {})
        return Section(
            group=group,
            texts=[self._text(key) for key in group.texts if key in self.present.texts],
            phrases=[self._phrases(group.phrases, label) for label in labels],
        )

    def _text(self, key: str) -> Text:
        public = key in BEFORE_IDENTITY
        sound = self.present.sounds.get(key, {})
        extras = [
            self[f"{kind}-{key}"] if f"{kind}-{key}" in self.fields else None
            for kind in ("sound", "ssml", "file")
        ]
        return Text(
            key=key,
            title=str(TITLES.get(key, key.replace("_", " ").capitalize())),
            who=_("anybody may hear") if public else _("after identity"),
            colour="info" if public else "warning",
            field=self[f"text-{key}"],
            preview=linting.sample(self.present, key) or "",
            seconds=linting.seconds_of(self.present, key),
            heard=self.heard.get(key),
            on_path=key in linting.PATH,
            sound=extras[0],
            ssml=extras[1],
            file=extras[2],
            recording=self._kept(key),
            shipped=self.wordings.shipped.texts[key],
            changed=self.present.texts[key] != self.wordings.shipped.texts[key] or bool(sound),
            open=bool(sound) or any(field is not None and field.errors for field in extras),
        )

    def _phrases(self, step: str, label: str) -> Phrases:
        shipped = self.wordings.shipped.phrases.get(step, {}).get(label, ())
        tone = KEYS.get(Label(label), "")
        return Phrases(
            key=f"{step}.{label}",
            title=meaning_of(label),
            button=KEY_NAMES.get(tone, tone),
            field=self[f"phrases-{step}-{label}"],
            changed=tuple(shipped) != tuple(self.present.phrases[step][label]),
        )

    def voice_fields(self) -> list[forms.BoundField]:
        """One for each of the clinic's locales of this language."""
        return [self[name] for name in self.fields if name.startswith("voice-")]


def _content(upload: "UploadedFile[Any]") -> bytes:
    upload.seek(0)
    return bytes(upload.read(recordings.LARGEST + 1))


def example_values(pack: Pack) -> dict[str, str]:
    """What the previews are filled in with."""
    return linting.sample_values(pack)
