"""The versions of one language of a clinic: the newest, the spoken one, and what changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from calls import scripting
from calls.conversation import linting, wording
from calls.conversation.linting import Code, Finding, Severity
from calls.conversation.wording import Pack
from calls.models import ClinicWording, PromptApproval
from desk.prompts.groups import title_of
from desk.wording import language_name
from reminders.models import Clinic

#: Versions shown on the page; all stay in the database.
MOST_SHOWN = 20


@dataclass(frozen=True)
class Changes:
    """What a clinic says differently from the shipped texts: one row, as values."""

    texts: dict[str, str]
    phrases: dict[str, dict[str, list[str]]]
    sounds: dict[str, dict[str, str]]

    @classmethod
    def of(cls, row: ClinicWording | None) -> "Changes":
        """Of a stored version; none at all for the shipped texts."""
        return cls(row.texts, row.phrases, row.sounds) if row else cls({}, {}, {})

    @classmethod
    def between(
        cls,
        shipped: Pack,
        texts: Mapping[str, str],
        phrases: Mapping[str, Mapping[str, list[str]]],
        sounds: Mapping[str, Mapping[str, str]],
    ) -> "Changes":
        """Only what differs from the shipped texts is kept."""
        different = {
            step: {
                label: words
                for label, words in labels.items()
                if tuple(words) != tuple(shipped.phrases[step][label])
            }
            for step, labels in phrases.items()
        }
        return cls(
            texts={key: text for key, text in texts.items() if text != shipped.texts[key]},
            phrases={step: labels for step, labels in different.items() if labels},
            sounds={key: dict(sound) for key, sound in sounds.items()},
        )

    def onto(self, shipped: Pack) -> Pack:
        """The shipped texts with these changes in them."""
        return shipped.changed(self.texts, self.phrases, self.sounds)


@dataclass(frozen=True)
class Difference:
    """One text, list of phrases or sound that another version has otherwise."""

    title: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    """One version as the history tells it."""

    pk: int
    name: str
    made_by: str
    made_at: datetime | None
    fingerprint: str
    approval: PromptApproval | None
    is_spoken: bool
    differences: tuple[Difference, ...]

    @property
    def called(self) -> str:
        """``version 3`` in the middle of a sentence."""
        return _("version %(number)s") % {"number": self.pk} if self.pk else _("the shipped texts")


class Wordings:
    """One language of one clinic, read once."""

    def __init__(self, clinic: Clinic, base: str) -> None:
        self.clinic, self.base = clinic, base
        self.shipped = wording.packs()[base]
        self.rows = sorted(
            (row for row in clinic.wordings.all() if row.language == base),
            key=lambda row: -row.pk,
        )
        self.approvals: dict[str, PromptApproval] = {}
        for approval in sorted(clinic.approvals.all(), key=lambda a: a.approved_at, reverse=True):
            # The first to approve a version is who did it.
            self.approvals[approval.fingerprint] = approval

    @property
    def newest(self) -> ClinicWording | None:
        """The last stored version; None while the shipped texts are the newest."""
        return self.rows[0] if self.rows else None

    @property
    def newest_pk(self) -> int:
        """0 stands for the shipped texts."""
        return self.newest.pk if self.newest else 0

    @property
    def pack(self) -> Pack:
        """The newest version, approved or not."""
        return Changes.of(self.newest).onto(self.shipped)

    @property
    def tags(self) -> list[str]:
        """The clinic's tags of this language, ``en-US`` and ``en-GB`` of ``en``."""
        return [tag for tag in self.clinic.languages if wording.base(tag) == self.base]

    def history(self) -> list[Version]:
        """The newest first, the shipped texts last."""
        rows: list[ClinicWording | None] = [*self.rows, None]
        packs = [Changes.of(row).onto(self.shipped) for row in rows]
        spoken = next((p.fingerprint for p in packs if p.fingerprint in self.approvals), "")
        spoken_once = False
        found = []
        for row, pack, before in zip(rows, packs, [*packs[1:], None], strict=True):
            is_spoken = pack.fingerprint == spoken and not spoken_once
            spoken_once = spoken_once or is_spoken
            found.append(
                Version(
                    pk=row.pk if row else 0,
                    name=_("Version %(number)s") % {"number": row.pk}
                    if row
                    else _("Shipped texts"),
                    made_by=row.made_by if row else "Ringwell",
                    made_at=row.made_at if row else None,
                    fingerprint=pack.fingerprint,
                    approval=self.approvals.get(pack.fingerprint),
                    is_spoken=is_spoken,
                    differences=tuple(differences(before, pack)) if before else (),
                )
            )
        shown = found[:MOST_SHOWN]
        return shown if shown[-1].pk == 0 else [*shown, found[-1]]


def differences(before: Pack, after: Pack) -> Iterator[Difference]:
    """What a version has otherwise than the one before it."""
    for key in after.texts:
        if before.texts.get(key) != after.texts[key]:
            yield Difference(title_of(key), before.texts.get(key, ""), after.texts[key])
    for step, labels in after.phrases.items():
        for label, words in labels.items():
            known = before.phrases.get(step, {}).get(label, ())
            if tuple(known) != tuple(words):
                title = _("Phrases, %(what)s") % {"what": title_of(f"{step}.{label}")}
                yield Difference(title, ", ".join(known), ", ".join(words))
    for key in sorted(before.sounds.keys() | after.sounds.keys()):
        old, new = before.sounds.get(key), after.sounds.get(key)
        if old != new:
            title = _("Sound, %(what)s") % {"what": title_of(key)}
            yield Difference(title, _sound(old), _sound(new))


def _sound(sound: Mapping[str, str] | None) -> str:
    if sound is None:
        return _("the text, spoken")
    if sound["kind"] == "ssml":
        return sound["source"]
    return _("recording %(name)s") % {"name": sound["source"][:12]}


def newest_packs(clinic: Clinic) -> dict[str, Pack]:
    """The clinic's languages that we have texts for, by their first tag, each in its newest
    version: what is judged together."""
    versions = scripting.versions(clinic)
    found: dict[str, Pack] = {}
    seen = set()
    for tag in clinic.languages:
        base = wording.base(tag)
        if base in versions and base not in seen:
            seen.add(base)
            found[tag] = versions[base][0]
    return found


def errors_of(clinic: Clinic, base: str, pack: Pack) -> list[Finding]:
    """What keeps this pack from being saved or approved beside the clinic's other languages.

    Faults that other languages have anyhow are theirs.
    """
    now = newest_packs(clinic)
    wanted = {tag: pack if wording.base(tag) == base else other for tag, other in now.items()}
    known = {_plain(finding) for finding in linting.lint(now)}
    return [
        finding
        for finding in linting.lint(wanted)
        if finding.severity is Severity.ERROR
        and (wording.base(finding.language) == base or _plain(finding) not in known)
    ]


def _plain(finding: Finding) -> tuple[Code, str, str, str]:
    return finding.code, finding.language, finding.key, finding.message


class Stale(Exception):
    """Somebody else saved or approved meanwhile; the message says what happened."""


@transaction.atomic
def save(wordings: Wordings, changes: Changes, *, seen: int, by: str, now: datetime) -> bool:
    """Store a new version; False where it says nothing new.

    Raises:
        Stale: there is a newer version than the one that was seen.
    """
    Clinic.objects.select_for_update(no_key=True).get(pk=wordings.clinic.pk)
    rows = ClinicWording.objects.filter(clinic=wordings.clinic, language=wordings.base)
    newest = rows.order_by("-pk").first()
    if (newest.pk if newest else 0) != seen:
        raise Stale(
            _(
                "Somebody saved another version meanwhile. Yours is not saved: copy what you need, "
                "and open the page again."
            )
        )
    if changes == Changes.of(newest):
        return False
    ClinicWording.objects.create(
        clinic=wordings.clinic,
        language=wordings.base,
        texts=changes.texts,
        phrases=changes.phrases,
        sounds=changes.sounds,
        made_by=by[:150],
        made_at=now,
    )
    return True


@transaction.atomic
def approve(clinic: Clinic, base: str, *, fingerprint: str, by: str, now: datetime) -> list[str]:
    """Approve the version that was read, and no newer one.

    Raises:
        Stale: the newest version is another.
    """
    locked = Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
    wordings = Wordings(locked, base)
    if wordings.pack.fingerprint != fingerprint:
        raise Stale(_("There is a newer version by now. Read it, then approve it."))
    return scripting.approve(locked, wordings.tags[:1], by=by, now=now)


def language_title(base: str) -> str:
    """``Spanish``."""
    return language_name(base) or base
