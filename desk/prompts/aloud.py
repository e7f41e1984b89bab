"""What the play button speaks: a saved text, or what was typed in its place."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from calls import voicing
from calls.conversation import linting
from calls.conversation.wording import Pack
from calls.models import CallProfile
from calls.voicing import Unheard
from desk.prompts.form import FILE, SSML, VOICE
from desk.prompts.versions import Wordings


class HearForm(forms.Form):
    """Which text, in which of the clinic's tags; and what was typed, where somebody typed."""

    key = forms.ChoiceField()
    tag = forms.ChoiceField()
    text = forms.CharField(required=False, max_length=linting.MOST_CHARACTERS)
    sound = forms.ChoiceField(required=False, choices=[("", ""), (SSML, ""), (FILE, "")])
    ssml = forms.CharField(required=False, max_length=20_000)
    voice = forms.RegexField(VOICE, required=False)

    def __init__(
        self, wordings: Wordings, profile: CallProfile, data: Any, *, may_change: bool
    ) -> None:
        super().__init__(data)
        self.profile, self.saved = profile, wordings.pack
        self._takes_typed = may_change and "text" in data
        fields = self.fields
        fields["key"].choices = [(key, "") for key in self.saved.texts]  # type: ignore[attr-defined]
        fields["tag"].choices = [(tag, "") for tag in wordings.tags]  # type: ignore[attr-defined]

    def typed(self) -> Pack:
        """The saved texts with the typed one in it; for who may change them."""
        sent, key = self.cleaned_data, self.cleaned_data["key"]
        if not self._takes_typed:
            return self.saved
        sounds = {name: sound for name, sound in self.saved.sounds.items() if name != key}
        if sent["sound"] == SSML:
            sounds[key] = {"kind": SSML, "source": sent["ssml"].strip()}
        elif sent["sound"] == FILE:
            sounds[key] = self.saved.sounds.get(key, {"kind": FILE, "source": ""})
        return self.saved.changed({key: sent["text"]}, {}, sounds)

    def saying(self) -> voicing.Saying:
        """What is to be spoken.

        Raises:
            Unheard: it cannot be filled in.
        """
        key, tag, voice = (self.cleaned_data[name] for name in ("key", "tag", "voice"))
        typed = self.typed()
        if not self._takes_typed:
            voice = voicing.voice_of(typed, tag, self.profile)
        return voicing.saying(typed, key, tag, self.profile, voice or typed.voice_for(tag))


def known_lengths(wordings: Wordings, profile: CallProfile) -> dict[str, float]:
    """Seconds of the saved texts that somebody heard before, in the first of the tags."""
    pack, tag = wordings.pack, wordings.tags[0]
    voice = voicing.voice_of(pack, tag, profile)
    wanted = {}
    for key in pack.texts:
        try:
            wanted[key] = voicing.saying(pack, key, tag, profile, voice)
        except Unheard:
            continue
    return voicing.lengths(wanted)


def hear_words() -> dict[str, str]:
    """What the play buttons say."""
    return {
        "play": _("Listen"),
        "whole": _("Listen to the whole path"),
        "stop": _("Stop"),
        "wait": _("Wait…"),
        "estimated": _("estimated"),
        "heard": _("as heard"),
        "standIn": _("the stand-in’s sound, not Azure’s voice"),
        "lost": _("No sound came: look whether you are still signed in, and press again."),
    }
