"""The calls that are knocked for, made beside Ringwell's own models."""

import json

from django.core.management import call_command

from calls import scripting
from calls.conversation.vocabulary import AttemptStatus
from calls.models import CallAttempt, CallVisit
from config import clock
from reminders.models import Appointment, Contact

#: Calls that insiders send events for.
INSIDERS = 20


def make() -> str:
    """Empty the database, fill it with the demo's visits, and let calls ring for them.

    Their ids and secrets, by who knocks there.
    """
    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    call_command("seed_demo", skip_checks=True)
    visits = Appointment.objects.select_related("patient__number", "clinic").order_by("pk")
    numbers: set[int] = set()
    calls = []
    for visit in visits:
        if visit.patient.number_id not in numbers and scripting.build([visit], clock.now()):
            numbers.add(visit.patient.number_id)
            calls.append(_ringing(visit))
    pairs = [[str(call.pk), call.secret] for call in calls]
    return json.dumps({"outsiders": pairs[:2], "insiders": pairs[2 : 2 + INSIDERS]})


def _ringing(visit: Appointment) -> CallAttempt:
    now = clock.now()
    script = scripting.build([visit], now)
    assert script is not None
    call = CallAttempt.objects.create(
        number=visit.patient.number,
        clinic=visit.clinic,
        caller_id="+15555550100",
        status=AttemptStatus.DIALLING,
        queued_at=now,
        started_at=now,
        heard_at=now,
        first_sent_at=clock.system_now(),
        call_connection_id="11111111-2222-4333-8444-555555555555",
        language=script.languages[0],
        script=script.to_json(),
    )
    CallVisit.objects.create(
        attempt=call,
        appointment=visit,
        patient=visit.patient,
        visit_starts_at=visit.starts_at,
        clinic=visit.clinic,
    )
    CallVisit.mark_dialled(call, now)
    Contact.claim(visit, call.number, now, call.pk)
    return call
