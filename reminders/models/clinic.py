"""A clinic: who calls, from where, when, in which languages, by which rules."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _
from simple_history.models import HistoricalRecords

from reminders.models import fields
from reminders.policy.facts import OpeningHours, RuleSet
from reminders.policy.fence import wall_spans
from reminders.policy.rulesets import RULE_SETS, rule_set


def validate_rule_set(name: str) -> None:
    """Accept the name of a dated rule set that this version ships."""
    if name not in RULE_SETS:
        raise ValidationError(
            _("“%(name)s” is not a rule set; known are %(known)s.")
            % {"name": name, "known": ", ".join(RULE_SETS)}
        )


class Clinic(models.Model):
    """One place that sees patients; everything about its calls hangs here."""

    slug = models.CharField(max_length=64, unique=True, validators=[fields.external_id_validator])
    name = models.CharField(max_length=200)
    spoken_name = models.CharField(
        max_length=200,
        blank=True,
        help_text="Said on the phone instead of the name, where the name itself tells too much.",
    )
    phone = models.CharField("call-back number", max_length=16, validators=[fields.validate_e164])
    opt_out_phone = models.CharField(max_length=16, blank=True, validators=[fields.validate_e164])
    caller_id = models.CharField(
        max_length=16,
        blank=True,
        validators=[fields.validate_e164],
        help_text="The number shown to patients; empty means ACS_CALLER_ID.",
    )
    time_zone = models.CharField(max_length=64, validators=[fields.validate_zone])
    languages = models.JSONField(
        validators=[fields.validate_languages], help_text="BCP 47 tags, the default first."
    )
    hours = models.JSONField(default=fields.default_week, validators=[fields.validate_week])
    closures = models.JSONField(default=list, blank=True, validators=[fields.validate_dates])
    rule_set = models.CharField(
        max_length=32, default="general-2026", validators=[validate_rule_set]
    )
    right_party_question = models.BooleanField(
        default=True, help_text="Ask for the patient before anything of the visit is said."
    )
    sentiment = models.BooleanField(default=True, help_text="A preview feature of Azure.")
    reprompts = models.PositiveSmallIntegerField(default=2, validators=[MaxValueValidator(4)])
    initial_silence_seconds = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(3), MaxValueValidator(20)]
    )
    ring_seconds = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(20), MaxValueValidator(60)]
    )
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's own zone, in which its hours and visits are told."""
        return ZoneInfo(self.time_zone)

    @property
    def default_language(self) -> str:
        """The first of the clinic's languages."""
        return str(self.languages[0])

    @property
    def voice_name(self) -> str:
        """The name as it is spoken."""
        return self.spoken_name or self.name

    @property
    def calling_number(self) -> str:
        """The caller id of this clinic's calls, E.164."""
        return self.caller_id or str(settings.ACS_CALLER_ID)

    @property
    def rules(self) -> RuleSet:
        """The dated rules this clinic calls by (R13)."""
        return rule_set(self.rule_set)

    def opening_hours(self) -> OpeningHours:
        """The hours in the policy's own words."""
        week = {
            fields.WEEKDAYS.index(day) + 1: tuple(
                (time.fromisoformat(a), time.fromisoformat("00:00" if b == "24:00" else b))
                for a, b in spans
            )
            for day, spans in self.hours.items()
        }
        return OpeningHours(
            zone=self.zone,
            week=week,
            closures=frozenset(date.fromisoformat(d) for d in self.closures),
        )

    def open_until(self, now: datetime) -> datetime | None:
        """When the present opening hours end; None while the clinic is closed."""
        hours = self.opening_hours()
        today = now.astimezone(self.zone).date()
        if today in hours.closures:
            return None
        spans = (
            span
            for start, end in hours.week.get(today.isoweekday(), ())
            for span in wall_spans(self.zone, today, start, end)
        )
        return next((end for start, end in spans if start <= now < end), None)

    def pause(self, now: datetime) -> bool:
        """Stop this clinic's calls; False when they were stopped already."""
        return bool(Clinic.objects.filter(pk=self.pk, paused_at=None).update(paused_at=now))

    def resume(self) -> bool:
        """Let this clinic call again; False when it was not paused."""
        paused = Clinic.objects.filter(pk=self.pk, paused_at__isnull=False)
        return bool(paused.update(paused_at=None))


class VisitType(models.Model):
    """A kind of visit. It is never said on the phone (R4)."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="visit_types")
    name = models.CharField(max_length=200)
    identity_level = models.PositiveSmallIntegerField(
        "identity check",
        null=True,
        blank=True,
        choices=[(0, "says yes to the name"), (1, "day and month of birth"), (2, "PIN")],
        help_text="Empty: as the clinic's other visits.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="one_visit_type_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class Practitioner(models.Model):
    """Somebody a patient has a visit with."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="practitioners")
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="one_practitioner_per_name")
        ]

    def __str__(self) -> str:
        return self.name
