"""A call to try the texts out: an invented patient, a visit that is stored nowhere.

It takes a line as every call does, keeps hours and opt-outs, and leaves nothing
behind: no Contact, no answer, no work. Only an opt-out counts, as always.
"""

from datetime import date, datetime, timedelta

from django.db import transaction

from calls import lines, scripting
from calls.conversation.vocabulary import AttemptStatus
from calls.models import CallAttempt, CallProfile
from calls.models.profile import IdentityLevel
from reminders import phones
from reminders.models import Appointment, Clinic, Installation, Patient, PhoneNumber

#: [first, last) hour, in every zone that may apply.
FIRST_HOUR, LAST_HOUR = 8, 21
#: Who asked for it waits at the telephone: later it would come as a surprise.
WAITS = timedelta(minutes=10)
#: Test calls to one number within 24 hours: enough to try texts out, too few for a nuisance.
MOST_A_DAY = 10
A_DAY = timedelta(days=1)

NAME = "Ana"
BIRTH_DATE = date(1980, 7, 4)
PIN = "12345678"


class Refused(Exception):
    """Why there is no rehearsal; the message says it to who asked."""


def why_not(clinic: Clinic, number: PhoneNumber, now: datetime) -> str:
    """What forbids ringing this number, stored or not; empty when nothing."""
    if number.pk and number.patients.exists():
        return "A patient has this number: test calls go to a phone of your own."
    if number.facility_line:
        return "This is a room line of a facility."
    if number.opted_out:
        return "Somebody at this number asked us to stop calling."
    if number.wrong_number_at or number.reassigned_at:
        return "This number reached somebody else and is quarantined."
    if number.invalid_at:
        return "The telephone network knows no such number."
    if clinic.paused_at or Installation.get().paused_at:
        return "Calls are paused."
    if not clinic.calling_number:
        return "No caller id: set ACS_CALLER_ID or the clinic's own."
    for zone in dict.fromkeys((clinic.zone, *number.zones)):
        local = now.astimezone(zone)
        if not FIRST_HOUR <= local.hour < LAST_HOUR:
            return (
                f"It is {local:%H:%M} in {zone.key}; test calls are made from "
                f"{FIRST_HOUR:02}:00 to {LAST_HOUR}:00."
            )
    return ""


@transaction.atomic
def request(clinic: Clinic, phone: str, tag: str, now: datetime, *, by: str) -> CallAttempt:
    """Queue a rehearsal in a language of the clinic; the next look dials it.

    Raises:
        Refused: it may not be made.
        ValueError: the phone is no number in E.164.
    """
    e164 = phones.parse(phone).e164
    known = PhoneNumber.objects.filter(e164=e164).first() or PhoneNumber(e164=e164)
    if obstacle := why_not(clinic, known, now):
        raise Refused(obstacle)
    script = scripting.build_newest(visit(clinic, tag, now))
    if script is None:
        raise Refused("There are no texts in this language.")
    number = lock(clinic.calling_number, PhoneNumber.obtain(e164))
    lately = CallAttempt.objects.filter(number=number, rehearsal=True, queued_at__gt=now - A_DAY)
    if lately.count() >= MOST_A_DAY:
        raise Refused(f"This number had {MOST_A_DAY} test calls within a day.")
    open_calls = CallAttempt.objects.exclude(status=AttemptStatus.ENDED)
    if open_calls.filter(number=number).exists():
        raise Refused("A call to this number is under way.")
    if busy := lines.why_not(clinic.calling_number, now):
        raise Refused(busy)
    return CallAttempt.objects.create(
        number=number,
        clinic=clinic,
        caller_id=clinic.calling_number,
        queued_at=now,
        by_person=True,
        rehearsal=True,
        rule_set=clinic.rule_set,
        # What was read is what is spoken, whoever saves another version meanwhile.
        script=script.to_json(),
        language=script.languages[0],
        note=f"rehearsal, asked for by {by}"[:300],
    )


def lock(caller_id: str, number: PhoneNumber) -> PhoneNumber:
    """The number behind the locks of its caller id and itself, in the order of dialling."""
    lines.lock(caller_id)
    return PhoneNumber.objects.select_for_update().get(pk=number.pk)


def outdated(attempt: CallAttempt, now: datetime) -> str:
    """Why a queued rehearsal is not dialled any more; empty when it is."""
    if now - attempt.queued_at > WAITS:
        return "no line was free for ten minutes"
    return why_not(attempt.clinic, attempt.number, now)


def visit(clinic: Clinic, tag: str, now: datetime) -> Appointment:
    """An invented visit tomorrow at half past two; stored nowhere."""
    tomorrow = now.astimezone(clinic.zone) + timedelta(days=1)
    return Appointment(
        clinic=clinic,
        patient=Patient(name=NAME, language=tag, birth_date=BIRTH_DATE, call_pin=pin_of(clinic)),
        starts_at=tomorrow.replace(hour=14, minute=30, second=0, microsecond=0),
    )


def pin_of(clinic: Clinic) -> str:
    """The invented patient's PIN."""
    return PIN[: CallProfile.of(clinic).pin_digits]


def digits_asked(clinic: Clinic) -> str:
    """What to key in where the clinic asks for more than a yes; empty where it does not."""
    match CallProfile.of(clinic).identity_level:
        case IdentityLevel.BIRTHDAY:
            return f"{BIRTH_DATE:%d%m}"
        case IdentityLevel.PIN:
            return pin_of(clinic)
    return ""
