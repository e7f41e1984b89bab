"""Opting back in: a new consent lets a number be called again (R6, R7)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from reminders import phones, planning
from reminders.models import Appointment, Consent, PhoneNumber, Suppression
from reminders.models.consent import ConsentHow


@dataclass(frozen=True)
class Given:
    """What somebody agreed to, as a person of staff heard or read it."""

    given_by: str
    how: ConsentHow
    #: The earliest moment at which they can have said so: of a day alone its beginning.
    given_at: datetime
    wording: str


class OlderThanOptOut(ValueError):
    """The consent may have been given before the opt-out: what was said last counts."""

    def __init__(self, stopped_at: datetime) -> None:
        super().__init__("not later than the opt-out")
        self.stopped_at = stopped_at


@transaction.atomic
def opt_in(number: PhoneNumber, given: Given, now: datetime, *, by: str) -> Consent:
    """Keep the consent forever, lift the opt-out, and plan the number's visits anew.

    ``by`` is the member of staff who recorded it. The same transaction holds all
    three, behind the number's lock, so that an opt-out of this moment is not lost.

    Raises:
        OlderThanOptOut: nothing is kept, nothing is lifted.
    """
    number = PhoneNumber.objects.select_for_update(of=("self",)).get(pk=number.pk)
    keyed_hash = phones.keyed_hash(number.e164)
    stopped = Suppression.objects.select_for_update().filter(keyed_hash=keyed_hash).first()
    if stopped is not None and given.given_at <= stopped.at:
        raise OlderThanOptOut(stopped.at)
    patients = list(number.patients.order_by("pk")[:2])
    consent = Consent.objects.create(
        keyed_hash=keyed_hash,
        patient=patients[0] if len(patients) == 1 else None,
        given_by=given.given_by,
        how=given.how,
        given_at=given.given_at,
        wording=given.wording,
        recorded_at=now,
        recorded_by=by,
        lifted=_told(stopped) if stopped else None,
    )
    Suppression.objects.filter(keyed_hash=keyed_hash).delete()
    visits = Appointment.objects.filter(patient__number=number, starts_at__gt=now)
    keys = sorted(visits.values_list("pk", flat=True))
    planning.replan_many(keys, now, actor=f"staff {by}")
    return consent


def _told(stopped: Suppression) -> dict[str, str]:
    return {
        "at": stopped.at.isoformat(),
        "source": stopped.source,
        "category": stopped.category,
    }
