"""Opt-outs and consents that a previous vendor kept."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reminders.imports import jobs
from reminders.models import (
    Appointment,
    Clinic,
    Consent,
    Patient,
    PhoneNumber,
    Suppression,
)
from reminders.models.importing import ImportKind
from tests.conftest import TUESDAY, make_patient
from tests.reminders.importing import (
    AGREED,
    ANA,
    CONSENT,
    CONSENT_HEAD,
    STOP_HEAD,
    applied,
    checked,
    csv_of,
    reasons,
)


def day_of(kept: Suppression) -> str:
    """The day in the clinic's zone."""
    return f"{kept.at.astimezone(ZoneInfo('America/New_York')):%Y-%m-%d}"


def test_an_opt_out_stops_the_planned_calls_at_once(clinic: Clinic) -> None:
    """R6."""
    applied(clinic, csv_of(ANA), **CONSENT)
    job = applied(
        clinic,
        csv_of(
            ("212-555-0142", "2025-01-02", "old system"), ("+12125550150", "", ""), head=STOP_HEAD
        ),
        ImportKind.STOPS,
    )
    assert job.counts == {"new": 2}
    visit = Appointment.objects.get()
    assert (visit.next_call_at, visit.next_call_reason) == (None, "opted_out")
    kept = Suppression.objects.order_by("at").first()
    assert kept is not None
    assert (kept.source, day_of(kept)) == ("import: old system", "2025-01-02")


def test_the_same_opt_outs_twice_change_nothing(clinic: Clinic) -> None:
    content = csv_of(("+12125550142", "", ""), ("+1 212 555 0142", "", ""), head=STOP_HEAD)
    assert applied(clinic, content, ImportKind.STOPS).counts == {"new": 1, "same": 1}
    assert applied(clinic, content, ImportKind.STOPS).counts == {"same": 2}
    assert Suppression.objects.count() == 1


def test_a_later_opt_out_moves_the_one_that_is_kept_and_an_earlier_one_does_not(
    clinic: Clinic,
) -> None:
    """R7: a consent from between the two must not lift the later one."""

    def told(*days: str) -> dict[str, int]:
        lines = [("+12125550142", day, "") for day in days]
        return applied(clinic, csv_of(*lines, head=STOP_HEAD), ImportKind.STOPS).counts

    assert told("2025-02-01") == {"new": 1}
    assert told("2025-01-01", "2025-03-01", "") == {"same": 2, "changed": 1}
    assert day_of(Suppression.objects.get()) == "2025-03-01"
    assert told("2025-03-01", "2025-03-01", "") == {"same": 3}
    assert told("2025-04-01", "2025-06-01", "2025-05-01") == {"same": 1, "changed": 2}
    assert day_of(Suppression.objects.get()) == "2025-06-01"


def test_a_day_alone_may_mean_its_last_minute_so_that_no_consent_of_it_is_later(
    clinic: Clinic,
) -> None:
    """R7, on a day that ends an hour later than others, and today."""
    for day, end in (
        ("2025-11-02", datetime(2025, 11, 3, 4, 59, 59, tzinfo=UTC)),
        ("2026-11-17", datetime(2026, 11, 18, 4, 59, 59, tzinfo=UTC)),
    ):
        content = csv_of(("+12125550142", day, ""), head=STOP_HEAD)
        applied(clinic, content, ImportKind.STOPS)
        assert Suppression.objects.get().at == end
        assert applied(clinic, content, ImportKind.STOPS).counts == {"same": 1}
    late = csv_of(("+12125550143", "2026-11-18", ""), head=STOP_HEAD)
    told = reasons(applied(clinic, late, ImportKind.STOPS))
    assert told == [(2, "Opted out on: lies in the future")]


def test_consent_lets_a_patient_be_called_and_is_kept_as_proof(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA))
    content = csv_of(AGREED, head=CONSENT_HEAD)
    assert applied(clinic, content, ImportKind.CONSENTS).counts == {"new": 1}
    visit = Appointment.objects.get()
    assert visit.patient.legal_basis == "consent"
    assert visit.next_call_at is not None
    kept = Consent.objects.get()
    assert (kept.given_by, kept.how, kept.wording) == ("Ana Ortiz", "imported", "I agree to calls.")
    assert applied(clinic, content, ImportKind.CONSENTS).counts == {"same": 1}
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("stopped", ["2020-01-01", AGREED[3], "2026-11-17"])
def test_an_opt_out_beats_every_imported_consent(clinic: Clinic, stopped: str) -> None:
    """R7: whatever the dates say, no import lifts an opt-out."""
    applied(clinic, csv_of(ANA))
    applied(clinic, csv_of(("+12125550142", stopped, ""), head=STOP_HEAD), ImportKind.STOPS)
    job = applied(clinic, csv_of(AGREED, head=CONSENT_HEAD), ImportKind.CONSENTS)
    assert reasons(job) == [(2, "Patient id: asked for no calls; an import lifts no opt-out")]
    assert Suppression.objects.count() == 1
    assert not Consent.objects.exists()
    assert Patient.objects.get().legal_basis == "none"


def test_an_opt_out_between_dry_run_and_apply_wins(clinic: Clinic) -> None:
    applied(clinic, csv_of(ANA))
    job = checked(clinic, csv_of(AGREED, head=CONSENT_HEAD), ImportKind.CONSENTS)
    PhoneNumber.objects.get().suppress(TUESDAY, source="call")
    jobs.apply(job, by="dana", cancel_gone=False)
    jobs.work(lambda: TUESDAY)
    assert Patient.objects.get().legal_basis == "none"
    assert Suppression.objects.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({1: "p9"}, "Patient id: no such patient is known"),
        ({0: "+12125550177"}, "Phone: is not the number"),
        ({2: ""}, "Who agreed: is empty"),
        ({3: ""}, "Agreed on: is empty"),
        ({3: "2031-01-01"}, "Agreed on: lies in the future"),
        ({4: ""}, "Where it came from: is empty"),
    ],
)
def test_a_consent_that_proves_nothing_is_refused(
    clinic: Clinic, change: dict[int, str], reason: str
) -> None:
    applied(clinic, csv_of(ANA))
    row = [change.get(place, cell) for place, cell in enumerate(AGREED)]
    job = checked(clinic, csv_of(row, head=CONSENT_HEAD), ImportKind.CONSENTS)
    ((_, told),) = reasons(job)
    assert told.startswith(reason)


def test_a_shared_number_alone_does_not_say_who_agreed(clinic: Clinic) -> None:
    make_patient("p1", "+12125550142")
    make_patient("p2", "+12125550142")
    content = csv_of((AGREED[0], "", *AGREED[2:]), head=CONSENT_HEAD)
    told = reasons(checked(clinic, content, ImportKind.CONSENTS))
    assert told == [(2, "Phone: several patients share this number: give the patient id")]
