"""A few weeks of an invented installation, and the same counted slowly by hand.

The history has what makes counting go wrong: clinics in two zones and days on
which clocks change, calls about several visits, visits that were moved after
a call, test calls, calls that never rang, calls that are not over.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import OuterRef

from calls.conversation.vocabulary import Outcome
from calls.models import CallAttempt, CallEvent, CallVisit, Recognition
from reminders.models import Appointment, Clinic, Patient, PhoneNumber, Practitioner

#: Clocks go back in Berlin on 25 October and in New York on 1 November 2026.
FIRST = datetime(2026, 10, 23, tzinfo=UTC)
DAYS = 12
ZONES = ("America/New_York", "Europe/Berlin", "America/New_York")
NIGHTS = (
    datetime(2026, 10, 24, 21, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 1, 3, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    datetime(2026, 11, 2, 4, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 11, 2, 5, 0, tzinfo=UTC),
)
WORDS = ("yeah sure", "uh huh", "ok then", "=1+1")


@dataclass
class History:
    """Makes rows; the same seed makes the same ones."""

    random: Random

    def make(self, visits: int, calls: int) -> None:
        """Clinics, people, visits and calls."""
        self.clinics = [
            Clinic.objects.create(
                slug=f"c{n}",
                name=f"Clinic {n}",
                phone="+12125550199",
                time_zone=zone,
                languages=["en-US", "es-US"],
            )
            for n, zone in enumerate(ZONES)
        ]
        self.practitioners = [
            Practitioner.objects.create(clinic=clinic, name=f"Dr. {clinic.slug}{n}")
            for clinic in self.clinics
            for n in range(2)
        ]
        numbers = [PhoneNumber.obtain(f"+1212555{n:04}") for n in range(100, 106)]
        self.patients = [
            Patient.objects.create(
                external_id=f"p{n}", name=f"Patient {n}", number=self.random.choice(numbers)
            )
            for n in range(12)
        ]
        self.visits = [self.visit(n) for n in range(visits)]
        for _ in range(calls):
            self.call()

    def moment(self) -> datetime:
        """Any moment of the history; often one at a midnight or where clocks change."""
        if self.random.random() < 0.2:
            return self.random.choice(NIGHTS)
        return FIRST + timedelta(seconds=self.random.randrange(DAYS * 86400))

    def visit(self, n: int) -> Appointment:
        """A visit, later attended or missed or not."""
        pick = self.random.choice
        clinic = pick(self.clinics)
        mine = [p for p in self.practitioners if p.clinic_id == clinic.pk]
        return Appointment.objects.create(
            external_id=f"v{n}",
            clinic=clinic,
            patient=pick(self.patients),
            practitioner=pick([*mine, None]),
            starts_at=self.moment() + timedelta(hours=pick([0, 5, 30, 80])),
            status=pick(["scheduled", "confirmed", "cancelled", "attended", "no_show", "no_show"]),
            answer=pick(["", "", "confirmed", "cancelled", "reschedule_requested"]),
        )

    def call(self) -> CallAttempt:
        """A call about one visit or several, with what was heard in it."""
        pick = self.random.choice
        first = pick(self.visits)
        at = self.moment()
        kind = pick(["over"] * 8 + ["open", "rehearsal", "never rang"])
        # Mostly before the visit, as calls are; sometimes after it was moved.
        rang = kind != "never rang"
        taken = rang and self.random.random() < 0.7
        attempt = CallAttempt.objects.create(
            number=first.patient.number,
            clinic=first.clinic,
            caller_id="+15555550100",
            status="ended",
            outcome=Outcome.NOT_PLACED if not rang else pick([*Outcome]),
            rehearsal=kind == "rehearsal",
            queued_at=at - timedelta(seconds=self.random.randrange(60)),
            started_at=at if rang else None,
            connected_at=at + timedelta(seconds=8) if taken else None,
            ended_at=at + timedelta(seconds=self.random.randrange(5, 90)),
            language=pick(["en-US", "en-US", "es-US"]),
        )
        if kind != "rehearsal":
            others = [v for v in self.visits if v.clinic_id == first.clinic_id and v != first]
            about = self.random.sample(others, min(len(others), pick([0, 0, 1, 3])))
            for visit in (first, *about):
                self.about(attempt, visit)
        if kind == "open":
            CallVisit.objects.filter(attempt=attempt).update(outcome="")
            CallAttempt.objects.filter(pk=attempt.pk).update(outcome="", ended_at=None)
        for _ in range(pick([0, 1, 3]) if taken else 0):
            self.hear(attempt)
        return attempt

    def about(self, attempt: CallAttempt, visit: Appointment) -> None:
        """What came of one visit; it may have had another start at that time."""
        moved = timedelta(days=self.random.choice([0, 0, 0, 1]))
        CallVisit.objects.create(
            attempt=attempt,
            appointment=visit,
            patient=visit.patient,
            visit_starts_at=visit.starts_at - moved,
            clinic=attempt.clinic,
            dialled_at=attempt.started_at,
            ordinal=attempt.started_at and 1,
            outcome=self.random.choice([attempt.outcome, attempt.outcome, *Outcome]),
            is_open=False,
        )
        # Not made in the order of time: a later one may have been there before.
        rows = CallVisit.objects.filter(appointment=visit, dialled_at__isnull=False)
        rows.update(ordinal=CallVisit.how_manieth(OuterRef("dialled_at")))

    def hear(self, attempt: CallAttempt) -> Recognition:
        """An answer, a miss, a key, silence or a fault."""
        pick = self.random.choice
        step = pick(["menu", "menu", "right_party", "read_back", "preference", "greeting"])
        assert attempt.started_at is not None
        # Over midnight at times: it belongs to the day of its call.
        at = attempt.started_at + timedelta(seconds=pick([9, 30, 7200]))
        columns: dict[str, Any] = pick(
            [
                {"input_type": "choices", "label": "Confirm", "phrase": "yes"},
                {"input_type": "dtmf", "label": "Confirm", "tones": ["one"]},
                {"input_type": "dtmf", "tones": ["five"]},
                {"input_type": "speech", "speech": pick(WORDS)},
                {"sub_code": 8510, "code": 400},
                {"sub_code": 8547, "code": 400},
                {"sub_code": 8500, "code": 500},
            ]
        )
        if columns.get("phrase") or columns.get("speech"):
            columns |= {
                "language": pick(["en-US", "es-US"]),
                "sentiment": pick(["", "positive", "negative"]),
                "confidence": 0.9,
            }
        event = CallEvent.objects.create(
            attempt=attempt,
            event_id=str(UUID(int=self.random.getrandbits(128))),
            type="Microsoft.Communication.RecognizeCompleted",
            occurred_at=at,
            received_at=at,
            state="handled",
            body={},
        )
        return Recognition.objects.create(
            attempt=attempt, event=event, step=step, turn=1, at=at, **columns
        )


# -- the same, counted slowly

NOBODY = {
    "voicemail_left",
    "machine",
    "busy",
    "declined",
    "no_answer",
    "invalid_number",
    "failed_provider",
    "not_placed",
}
NO_ANSWER_GIVEN = {*NOBODY, "not_understood", "no_response", "hung_up"}
ANSWERS = {
    "confirmed": "confirmed",
    "cancelled": "cancelled",
    "reschedule_requested": "other_time",
    "": "under_way",
}


@dataclass(frozen=True)
class Told:
    """One reminder and everything that it may be told apart by."""

    visit: CallVisit
    clinic: int
    day: date
    practitioner: str
    hour: str
    lead: str
    attempt: str
    language: str
    outcome: str

    @property
    def columns(self) -> set[str]:
        """The counts that it is part of."""
        if self.outcome in NO_ANSWER_GIVEN:
            group = "unanswered"
        else:
            group = ANSWERS.get(self.outcome, "something_else")
        reached = self.outcome != "" and self.outcome not in NOBODY
        return {"reminders", group} | ({"reached"} if reached else set())


def local_day(at: datetime, clinic: Clinic) -> date:
    """The date on the clinic's wall."""
    return at.astimezone(ZoneInfo(clinic.time_zone)).date()


def counted(attempt: CallAttempt) -> bool:
    """Dialled, and no test call."""
    return attempt.started_at is not None and not attempt.rehearsal


def all_told() -> list[Told]:
    """Every reminder there is."""
    rows = [
        visit
        for visit in CallVisit.objects.select_related("attempt__clinic", "appointment")
        if counted(visit.attempt)
    ]
    return [_told(visit, rows) for visit in rows]


def _told(visit: CallVisit, rows: list[CallVisit]) -> Told:
    at, clinic = visit.attempt.started_at, visit.attempt.clinic
    assert at is not None
    before = [
        other
        for other in rows
        if other.appointment_id == visit.appointment_id
        and other.patient_id == visit.patient_id
        and other.visit_starts_at == visit.visit_starts_at
        and other.attempt.started_at < at  # type: ignore[operator]
    ]
    hours = (visit.visit_starts_at - at) / timedelta(hours=1)
    if hours < 6:
        lead = "h0"
    elif hours < 24:
        lead = "h6"
    elif hours >= 192:
        lead = "d8"
    else:
        lead = f"d{min(int(hours // 24), 4)}"
    return Told(
        visit=visit,
        clinic=clinic.pk,
        day=local_day(at, clinic),
        practitioner=str(visit.appointment.practitioner_id or ""),
        hour=str(at.astimezone(ZoneInfo(clinic.time_zone)).hour),
        lead=lead,
        attempt=str(min(len(before) + 1, 4)),
        language=visit.attempt.language,
        outcome=visit.outcome,
    )


SPLITS = ("practitioner", "hour", "lead", "attempt", "language", "outcome")


def reminders_by(split: str) -> dict[tuple[int, date, str], Counter[str]]:
    """Counts for each clinic, day and value."""
    found: dict[tuple[int, date, str], Counter[str]] = {}
    for told in all_told():
        key = (told.clinic, told.day, getattr(told, split))
        found.setdefault(key, Counter()).update(told.columns)
    return found


def standings() -> Counter[tuple[int, date, int | None, str, str]]:
    """Clinic, day, practitioner, standing and status of visits that are over."""
    found: Counter[tuple[int, date, int | None, str, str]] = Counter()
    for visit in Appointment.objects.filter(status__in=["attended", "no_show"]).select_related(
        "clinic"
    ):
        standing = visit.answer or _how_far(visit)
        day = local_day(visit.starts_at, visit.clinic)
        found[visit.clinic_id, day, visit.practitioner_id, standing, visit.status] += 1
    return found


def _how_far(visit: Appointment) -> str:
    outcomes = [
        row.outcome
        for row in CallVisit.objects.filter(appointment=visit).select_related("attempt")
        if counted(row.attempt)
        and row.patient_id == visit.patient_id
        and row.visit_starts_at == visit.starts_at
    ]
    if any(outcome and outcome not in NOBODY for outcome in outcomes):
        return "reached"
    return "unreached" if outcomes else "uncalled"


def calls_by_day() -> dict[tuple[int, date], list[CallAttempt]]:
    """The calls of each clinic and day."""
    found: dict[tuple[int, date], list[CallAttempt]] = {}
    for attempt in CallAttempt.objects.select_related("clinic"):
        if counted(attempt):
            assert attempt.started_at is not None
            day = local_day(attempt.started_at, attempt.clinic)
            found.setdefault((attempt.clinic_id, day), []).append(attempt)
    return found


def most_at_once(calls: list[CallAttempt]) -> int:
    """Look at the moment at which each call began."""
    spans = [(c.started_at, c.ended_at or datetime.max.replace(tzinfo=UTC)) for c in calls]
    return max(
        sum(1 for begins, ends in spans if begins == at or begins <= at < ends)  # type: ignore[operator]
        for at, _ in spans
    )


def heard_by_day() -> Counter[tuple[int, date, str, str, str]]:
    """Clinic, day, kind, language of the call and value."""
    seen: set[tuple[Any, ...]] = set()
    found: Counter[tuple[int, date, str, str, str]] = Counter()
    for row in Recognition.objects.select_related("attempt__clinic"):
        if not counted(row.attempt):
            continue
        assert row.attempt.started_at is not None
        day = local_day(row.attempt.started_at, row.attempt.clinic)
        here = (row.attempt.clinic_id, day)
        for kind, value in (("spoken", row.language), ("sentiment", row.sentiment)):
            once = (row.attempt_id, kind, value)
            if value and once not in seen:
                seen.add(once)
                found[(*here, kind, row.attempt.language, value)] += 1
        if row.step not in ("greeting", "identity"):
            key = (*here, "understanding", row.attempt.language, _understood(row))
            found[key] += 1
    return found


def _understood(row: Recognition) -> str:
    if row.input_type == "dtmf":
        return "key"
    if row.label:
        return "understood"
    if row.speech or row.phrase:
        free = row.step in ("reason", "preference")
        return "understood" if free else "not_understood"
    return {8510: "silence", 8547: "not_understood"}.get(row.sub_code or 0, "fault")
