"""What staff are told before they save is what planning decides once they have."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reminders import planning
from reminders.models import Appointment, Clinic, Contact, Decision, Installation, PhoneNumber
from reminders.policy.vocabulary import LegalBasis
from tests.conftest import TUESDAY, make_appointment, make_patient

ZONES = ["", "America/Los_Angeles", "Europe/London", "Asia/Kolkata"]
#: Hours from now to the ring before, and how it ended.
RINGS = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=170),
        st.sampled_from(["reached", "busy", "no_answer", "refused"]),
    ),
    max_size=4,
)
#: Over spring and autumn too.
STARTS = st.integers(min_value=-60, max_value=365 * 24 * 60).map(
    lambda minutes: TUESDAY + timedelta(minutes=minutes)
)
FLAGS = st.sets(st.sampled_from(["wrong_number_at", "invalid_at", "stopped", "paused", "died"]))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STARTS, st.sampled_from(LegalBasis), st.sampled_from(ZONES), RINGS, FLAGS)
def test_the_preview_of_a_visit_is_what_is_decided_after_it_is_saved(
    clinic: Clinic,
    start: datetime,
    basis: LegalBasis,
    zone: str,
    rings: list[tuple[int, str]],
    flags: set[str],
) -> None:
    with transaction.atomic():
        patient = make_patient("p1", legal_basis=basis, time_zone=zone)
        other = make_appointment(clinic, patient, external_id="other", planned_at=None)
        for hours, result in rings:
            ring = Contact.claim(other, patient.number, TUESDAY - timedelta(hours=hours), _ref())
            Contact.objects.filter(pk=ring.pk).update(result=result)
        _raise(flags, patient.number)
        patient.deceased_at = TUESDAY if "died" in flags else None
        patient.save()
        visit = Appointment(external_id="new", clinic=clinic, patient=patient, starts_at=start)

        [calls] = planning.preview(visit, [start], TUESDAY)

        visit.save()
        assert planning.replan(visit.pk, TUESDAY) == calls[0]
        transaction.set_rollback(True)


def _ref() -> object:
    return Contact._meta.get_field("ref").get_default()


def _raise(flags: set[str], number: PhoneNumber) -> None:
    for flag in flags & {"wrong_number_at", "invalid_at"}:
        PhoneNumber.objects.filter(pk=number.pk).update(**{flag: TUESDAY})
    number.refresh_from_db()
    if "stopped" in flags:
        number.suppress(TUESDAY, source="test")
    if "paused" in flags:
        Installation.pause(TUESDAY)


@pytest.fixture
def unsaved(clinic: Clinic) -> Appointment:
    """Ten days ahead, for somebody who has no row yet, nor has their number."""
    saved = make_patient("p1")
    return Appointment(clinic=clinic, patient=saved, starts_at=TUESDAY + timedelta(days=10))


def test_each_call_follows_where_the_one_before_brought_no_answer(unsaved: Appointment) -> None:
    [calls] = planning.preview(unsaved, [unsaved.starts_at], TUESDAY)
    days_before = [(unsaved.starts_at - call.at).days for call in calls if call.at]
    assert days_before == [3, 1]


def test_many_starts_are_judged_each_by_itself(unsaved: Appointment) -> None:
    weeks = [unsaved.starts_at + timedelta(weeks=n) for n in range(3)]
    previews = planning.preview(unsaved, weeks, TUESDAY)
    assert [calls[0].at for calls in previews] == [
        planning.preview(unsaved, [start], TUESDAY)[0][0].at for start in weeks
    ]


def test_a_preview_writes_nothing(unsaved: Appointment, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    Installation.get()
    weeks = [unsaved.starts_at + timedelta(weeks=n) for n in range(20)]
    with django_assert_max_num_queries(3):
        planning.preview(unsaved, weeks, TUESDAY)
    assert not Appointment.objects.exists()
    assert not Decision.objects.exists()


def test_somebody_without_a_row_is_previewed_by_their_number(clinic: Clinic) -> None:
    known = make_patient("p1", legal_basis="none")
    known.number.suppress(TUESDAY, source="test")
    known.legal_basis = LegalBasis.CONSENT
    known.pk = None
    visit = Appointment(clinic=clinic, patient=known, starts_at=TUESDAY + timedelta(days=10))
    [calls] = planning.preview(visit, [visit.starts_at], TUESDAY)
    assert [call.code for call in calls] == ["opted_out"]
