"""Three years of a large installation, made by PostgreSQL. Run inside ``manage.py shell``.

Rows lie in the order in which an installation makes them: visits and calls of one
week beside each other, keys of calls at random.
"""

from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import NOT_PROVIDED, Field, Model

from calls import counting
from calls.models import CallAttempt, CallEvent, CallVisit, Recognition
from config import clock
from reminders.models import (
    Appointment,
    Clinic,
    Contact,
    Decision,
    Patient,
    PhoneNumber,
    Practitioner,
    WorkItem,
)
from reminders.models.appointment import AppointmentEvent
from reminders.names import folded

CLINICS, PRACTITIONERS = 20, 200
ATTEMPTS = 3
LARGE = (
    *(PhoneNumber, Patient, Appointment, Decision, AppointmentEvent, WorkItem),
    *(CallAttempt, CallVisit, Contact, CallEvent, Recognition),
)
ZONES = ("America/New_York", "America/Chicago")
#: Of a visit, by its number: mostly in the past, a month ahead at most.
DAYS, AHEAD = 1095, 30
OUTCOMES = (
    *("confirmed",) * 8,
    *("no_answer",) * 5,
    *("voicemail_left",) * 2,
    *("hung_up", "cancelled", "reschedule_requested", "not_understood", "busy"),
)
NAMES = ("Ana", "Ben", "Chloe", "Dev", "Eli", "Fay", "Gus", "Hana", "Ivo", "Lucía", "Max", "Noor")
FAMILIES = ("Ortiz", "Smith", "Nguyen", "Garcia", "Lee", "Brown", "Núñez", "Kim", "Diaz", "Novak")
WORDS = ("yes", "confirm", "yes please", "cancel", "yeah sure", "what", "si", "confirmo")


def build(visits: int) -> bool:
    """Fill an empty database; False where it was filled already."""
    if Appointment.objects.exists():
        return False
    _places()
    with connection.cursor() as cursor:
        # No other process looks at it, and what is lost is made again.
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET session_replication_role = replica")
        for name, params in (("visit", visits), ("patient", max(10, visits // 3))):
            numbers = f"CREATE TEMP TABLE {name} AS SELECT i FROM generate_series(1::bigint, %s) i"
            cursor.execute(numbers, [params])
        # Of rows that are there an index is made in a tenth of the time.
        without = _drop_indexes(cursor)
        _people(cursor)
        _visits(cursor)
        _calls(cursor)
        _heard(cursor)
        for index in without:
            cursor.execute(index)
        cursor.execute("SET session_replication_role = DEFAULT")
        for model in (PhoneNumber, Patient, Appointment):
            _go_on_counting(cursor, model)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    for _ in counting.rebuild(clock.now()):
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return True


def _drop_indexes(cursor: Any) -> list[str]:
    """Of the large tables, all but those of keys and constraints; returns how to make them."""
    cursor.execute("SET maintenance_work_mem = '512MB'")
    cursor.execute(
        """SELECT schemaname || '.' || quote_ident(indexname), indexdef FROM pg_indexes
        WHERE tablename = ANY(%s) AND NOT EXISTS (
            SELECT FROM pg_constraint WHERE conname = indexname)""",
        [[model._meta.db_table for model in LARGE]],
    )
    found = cursor.fetchall()
    for name, _make in found:
        cursor.execute(f"DROP INDEX {name}")
    return [make for _name, make in found]


def _places() -> None:
    User.objects.create_superuser("benchmark")
    clinics = [
        Clinic(
            slug=f"c{n}",
            name=f"Clinic {n}",
            phone="+12125550199",
            time_zone=ZONES[n % len(ZONES)],
            languages=["en-US", "es-US"],
        )
        for n in range(1, CLINICS + 1)
    ]
    Clinic.objects.bulk_create(clinics)
    Practitioner.objects.bulk_create(
        Practitioner(clinic=clinics[n % CLINICS], name=f"Dr. {n}") for n in range(PRACTITIONERS)
    )


def _one_of(values: tuple[str, ...], by: str) -> str:
    """SQL that picks one of some texts by a number."""
    texts = ", ".join(f"'{value}'" for value in values)
    return f"(ARRAY[{texts}])[1 + ({by}) %% {len(values)}]"


def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(folded(name) for name in names)


def _insert(cursor: Any, model: type[Model], source: str, **given: str) -> None:
    """INSERT … SELECT with these columns as SQL, and the model's defaults for all others."""
    columns, values, params = [], [], []
    fields: list[Field[Any, Any]] = list(model._meta.concrete_fields)
    for field in fields:
        name = field.attname
        if name in given:
            columns.append(f'"{field.column}"')
            values.append(given[name])
        elif not field.primary_key:
            columns.append(f'"{field.column}"')
            values.append("%s")
            params.append(_default(field))
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)}"
    cursor.execute(f"{sql} FROM {source}", params)


def _default(field: Any) -> Any:
    if field.default is NOT_PROVIDED and field.null:
        return None
    value = field.get_default()
    return field.get_db_prep_save(value, connection)


def _go_on_counting(cursor: Any, model: type[Model]) -> None:
    table = model._meta.db_table
    cursor.execute(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
    )


def _name(names: tuple[str, ...], families: tuple[str, ...]) -> str:
    return f"{_one_of(names, 'i')} || ' ' || {_one_of(families, 'i / 7')} || ' ' || i"


def _people(cursor: Any) -> None:
    _insert(
        cursor,
        PhoneNumber,
        "patient",
        id="i",
        e164="'+1212' || lpad(i::text, 7, '0')",
        keyed_hash="md5(i::text) || md5('h' || i::text)",
        kind="'mobile'",
    )
    _insert(
        cursor,
        Patient,
        "patient",
        id="i",
        external_id="'P-' || lpad(i::text, 7, '0')",
        name=_name(NAMES, FAMILIES),
        search_name=_name(_folded(NAMES), _folded(FAMILIES)),
        number_id="i",
        language="CASE WHEN i %% 7 = 0 THEN 'es-US' ELSE '' END",
        legal_basis="'consent'",
    )


#: One day after another, as many visits on each; made some weeks before they begin.
_STARTS = (
    "date_trunc('day', now()) + interval '14 hours' + "
    f"((i - 1) * {DAYS} / (SELECT count(*) FROM visit) - {DAYS - AHEAD}) * interval '1 day'"
    " + (i %% 17) * interval '30 minutes'"
)
_CLINIC = f"(SELECT min(id) FROM reminders_clinic) + i %% {CLINICS}"
_WHO = (
    f"(SELECT min(id) FROM reminders_practitioner) + (i %% {CLINICS}) "
    f"+ {CLINICS} * ((i / {CLINICS}) %% {PRACTITIONERS // CLINICS})"
)


def _visits(cursor: Any) -> None:
    past = f"({_STARTS}) < now()"
    _insert(
        cursor,
        Appointment,
        "visit",
        id="i",
        external_id="'V-' || lpad(i::text, 8, '0')",
        patient_id="1 + (i * 31) %% (SELECT count(*) FROM patient)",
        clinic_id=_CLINIC,
        practitioner_id=_WHO,
        starts_at=_STARTS,
        planned_for=_STARTS,
        status=f"CASE WHEN {past} THEN {_one_of(('attended',) * 8 + ('no_show',), 'i')}"
        " ELSE 'scheduled' END",
        answer=_one_of(("confirmed", "confirmed", "", "cancelled"), "i"),
        next_call_at=f"CASE WHEN {past} THEN NULL ELSE {_STARTS} - interval '1 day' END",
        next_call_reason=f"CASE WHEN {past} THEN 'past' ELSE 'touch' END",
    )
    visits = Appointment._meta.db_table
    _insert(
        cursor,
        Decision,
        visits,
        appointment_id="id",
        at="starts_at - interval '4 days'",
        code="'touch'",
        next_call_at="starts_at - interval '3 days'",
    )
    _insert(
        cursor,
        AppointmentEvent,
        visits,
        appointment_id="id",
        kind="'created'",
        at="starts_at - interval '20 days'",
        actor="'import'",
    )
    _insert(
        cursor,
        WorkItem,
        f"{visits} WHERE id %% 20 = 0",
        appointment_id="id",
        kind="'unanswered'",
        created_at="starts_at - interval '1 day'",
        due_at="starts_at - interval '20 hours'",
        done_at="CASE WHEN id %% 200 = 0 THEN NULL ELSE starts_at END",
    )


def _calls(cursor: Any) -> None:
    """The calls of a visit: three days, one day and three hours less than one day before."""
    cursor.execute(
        f"""CREATE TEMP TABLE ring AS
        SELECT a.id * {ATTEMPTS} + k AS i, k, a.id AS visit, a.patient_id, a.clinic_id, a.starts_at,
               md5((a.id * {ATTEMPTS} + k)::text)::uuid AS pk,
               a.starts_at - (ARRAY[72, 24, 21])[k] * interval '1 hour' AS at,
               {_one_of(OUTCOMES, f"a.id * {ATTEMPTS} + k")} AS outcome
        FROM {Appointment._meta.db_table} a, generate_series(1, {ATTEMPTS}) k
        ORDER BY at""".replace("%%", "%")
    )
    cursor.execute("DELETE FROM ring WHERE at > now()")
    taken = "outcome NOT IN ('no_answer', 'busy')"
    _insert(
        cursor,
        CallAttempt,
        "ring",
        id="pk",
        number_id="patient_id",
        clinic_id="clinic_id",
        caller_id="'+15555550100'",
        status="'ended'",
        outcome="outcome",
        secret="md5('s' || i)",
        repeatability_id="md5('r' || i)::uuid",
        queued_at="at - interval '2 seconds'",
        started_at="at",
        heard_at="at + interval '40 seconds'",
        connected_at=f"CASE WHEN {taken} THEN at + interval '9 seconds' END",
        ended_at="at + interval '40 seconds'",
        call_connection_id="md5('c' || i)",
        language="CASE WHEN patient_id %% 7 = 0 THEN 'es-US' ELSE 'en-US' END",
        script="""'{"steps": {}, "languages": ["en-US"]}'::jsonb""",
    )
    _insert(
        cursor,
        CallVisit,
        "ring",
        attempt_id="pk",
        appointment_id="visit",
        outcome="outcome",
        is_open="false",
        patient_id="patient_id",
        visit_starts_at="starts_at",
        clinic_id="clinic_id",
        dialled_at="at",
        ordinal="k",
    )
    _insert(
        cursor,
        Contact,
        "ring",
        number_id="patient_id",
        clinic_id="clinic_id",
        appointment_id="visit",
        patient_id="patient_id",
        visit_starts_at="starts_at",
        at="at",
        result="'reached'",
        ref="pk",
    )


def _heard(cursor: Any) -> None:
    taken = "ring WHERE outcome NOT IN ('no_answer', 'busy', 'voicemail_left')"
    _insert(
        cursor,
        CallEvent,
        taken,
        id="i",
        attempt_id="pk",
        event_id="md5('e' || i)",
        type="'Microsoft.Communication.RecognizeCompleted'",
        occurred_at="at + interval '20 seconds'",
        received_at="at + interval '20 seconds'",
        body='\'{"data": {"operationContext": "menu.1"}}\'::jsonb',
        state="'handled'",
    )
    _insert(
        cursor,
        Recognition,
        taken,
        attempt_id="pk",
        event_id="i",
        step="'menu'",
        turn="1",
        input_type="CASE WHEN i %% 9 = 0 THEN 'speech' ELSE 'choices' END",
        label="CASE WHEN i %% 9 = 0 THEN '' ELSE 'Confirm' END",
        phrase=f"CASE WHEN i %% 9 = 0 THEN '' ELSE {_one_of(WORDS[:3], 'i')} END",
        speech=f"CASE WHEN i %% 9 = 0 THEN {_one_of(WORDS[4:], 'i')} ELSE '' END",
        confidence="0.9",
        language="CASE WHEN patient_id %% 7 = 0 THEN 'es-US' ELSE 'en-US' END",
        sentiment=_one_of(("neutral", "positive", "negative", "neutral"), "i"),
        at="at + interval '20 seconds'",
    )
    _go_on_counting(cursor, CallEvent)
