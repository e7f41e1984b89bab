"""What the policy is told of visits: facts from rows, of one or of many in as few queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from reminders import phones
from reminders.models import Appointment, Contact, Installation, Suppression
from reminders.policy.facts import Facts, PastContact
from reminders.policy.vocabulary import Answer, AppointmentStatus, ContactResult, LegalBasis

#: After the provider refused a call: long enough not to hammer it, short
#: enough that a mended setting is noticed the same morning.
AFTER_REFUSAL = timedelta(minutes=15)

#: The weekly cap looks back seven days; a day more for the edges of zones.
LEDGER = timedelta(days=8)


def facts_of_each(
    appointments: Sequence[Appointment], now: datetime, *, call_now: bool = False
) -> list[Facts]:
    """Everything the policy may know about each of them at ``now``, in their order.

    They come with clinic, patient and number. Three queries, however many they are.
    """
    # By their digits: a preview's rows have no keys yet.
    numbers = {visit.patient.number.e164: visit.patient.number for visit in appointments}
    # A hash made at this moment, so that a row written under a wrong key hides no opt-out.
    hashes = {e164: phones.keyed_hash(e164) for e164 in numbers}
    stopped = Suppression.objects.filter(keyed_hash__in=set(hashes.values()))
    opted_out = set(stopped.values_list("keyed_hash", flat=True))
    zones = {e164: number.zones for e164, number in numbers.items()}
    clinics = {visit.clinic_id: visit.clinic for visit in appointments}
    hours = {pk: clinic.opening_hours() for pk, clinic in clinics.items()}
    paused = Installation.get().paused_at is not None
    ledger = _Ledger(appointments, now)
    facts = []
    for visit in appointments:
        patient, clinic, number = visit.patient, visit.clinic, visit.patient.number
        contacts = ledger.of(visit)
        facts.append(
            Facts(
                starts_at=visit.starts_at,
                status=AppointmentStatus(visit.status),
                answer=Answer(visit.answer),
                # Nobody may be rung for somebody who has died, whatever they had agreed to.
                legal_basis=LegalBasis.NONE
                if patient.deceased_at
                else LegalBasis(patient.legal_basis),
                hours=hours[visit.clinic_id],
                patient_zone=visit.patient_zone,
                number_zones=zones[number.e164],
                contacts=contacts,
                opted_out=hashes[number.e164] in opted_out,
                wrong_number=number.wrong_number_at is not None,
                reassigned=number.reassigned_at is not None,
                invalid_number=number.invalid_at is not None,
                facility_line=number.facility_line,
                paused=paused or clinic.paused_at is not None,
                not_before=None if call_now else _after_refusal(contacts),
                call_now=call_now,
            )
        )
    return facts


def _after_refusal(contacts: tuple[PastContact, ...]) -> datetime | None:
    refused = [c.at for c in contacts if c.result is ContactResult.REFUSED]
    return max(refused) + AFTER_REFUSAL if refused else None


class _Ledger:
    """The contacts that count for some visits: of their numbers lately, and their own."""

    def __init__(self, appointments: Iterable[Appointment], now: datetime) -> None:
        self._since = now - LEDGER
        self._by_number: dict[int, list[Contact]] = defaultdict(list)
        self._by_visit: dict[int, list[Contact]] = defaultdict(list)
        recent = Q(
            number__in={visit.patient.number_id for visit in appointments} - {None},
            at__gte=self._since,
        )
        own = Q(appointment__in={visit.pk for visit in appointments if visit.pk})
        for contact in Contact.objects.filter(recent | own).order_by("at", "pk"):
            self._by_visit[contact.appointment_id].append(contact)
            self._by_number[contact.number_id].append(contact)

    def of(self, visit: Appointment) -> tuple[PastContact, ...]:
        """One visit's; a call about several visits is one ring, whichever of its rows tells."""
        number = visit.patient.number_id
        counted = {
            contact.pk: contact
            for contact in (
                *(c for c in self._by_number.get(number, ()) if c.at >= self._since),
                *(c for c in self._by_visit.get(visit.pk, ()) if _is_for(c, visit.starts_at)),
            )
        }
        rings: dict[UUID, PastContact] = {}
        for contact in sorted(counted.values(), key=lambda c: (c.at, c.pk)):
            told = PastContact(
                at=contact.at,
                result=ContactResult(contact.result),
                for_this_visit=contact.appointment_id == visit.pk
                and contact.patient_id == visit.patient_id
                and _is_for(contact, visit.starts_at),
                same_number=contact.number_id == number,
            )
            if told.for_this_visit or contact.ref not in rings:
                rings[contact.ref] = told
        return tuple(rings.values())


def _is_for(contact: Contact, starts_at: datetime) -> bool:
    return contact.visit_starts_at == starts_at
