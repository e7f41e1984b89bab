"""What stands beside no clinic is told on the clock of whoever looks, with its zone."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from api.models import ApiToken
from api.scopes import READ
from calls import counting
from desk.models import StaffProfile
from reminders.models import AccessLog, Clinic, Patient, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY, make_clinic
from tests.desk.conftest import make_call, make_visits, page


@pytest.fixture
def looked(clinic: Clinic, now: datetime) -> AccessLog:
    """14:00 on a Tuesday in New York, 19:00 in London, and a look, a token and a count then."""
    [visit] = make_visits(clinic, 1)
    make_call(visit)
    counting.count_due(TUESDAY)
    ApiToken.issue("wall", TUESDAY, may=READ, at=[clinic])
    log = AccessLog.objects.create(at=TUESDAY, actor="staff rosa", page="admin:index", kind="page")
    log.seen.create(patient=visit.patient)
    Patient.objects.update(deceased_at=TUESDAY)
    return log


def pages(clinic: Clinic) -> list[str]:
    """Where a time of the house stands."""
    return [
        page("reminders_accesslog", action="changelist"),
        page("reminders_patient", Patient.objects.get()),
        page("api_apitoken", ApiToken.objects.get()),
    ]


def test_a_house_in_one_zone_reads_its_own_times(
    desk: Client, clinic: Clinic, looked: AccessLog
) -> None:
    for url in pages(clinic):
        text = desk.get(url).content.decode()
        assert "Tue 17 Nov 14:00" in text, url
        assert " EST" in text, url
        assert "17 Nov 19:00" not in text, url
    shown = desk.get("/admin/reports/", follow=True).content.decode()
    assert "Counted at Tue 17 Nov 14:00 (America/New_York)." in shown


def test_a_house_in_several_zones_reads_utc_and_whose_clinics_share_one_reads_theirs(
    sign_in: Callable[..., Client], clinic: Clinic, looked: AccessLog
) -> None:
    make_clinic("west", name="West", time_zone="America/Los_Angeles")
    eve = sign_in("view_accesslog")
    url = page("reminders_accesslog", action="changelist")
    assert "Tue 17 Nov 19:00:00 UTC" in eve.get(url).content.decode()
    profile = StaffProfile.objects.get()
    profile.everywhere = False
    profile.save()
    profile.clinics.add(clinic)
    assert "Tue 17 Nov 14:00:00 EST" in eve.get(url).content.decode()


def test_the_file_of_the_work_list_has_the_times_of_the_clinic(
    desk: Client, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    WorkItem.open(visit, WorkKind.CALL_BACK, TUESDAY)
    url = page("reminders_workitem", action="changelist") + "export.csv"
    answer = desk.get(url)
    text = (
        b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
    )
    assert "2026-11-17 14:00" in text
    assert "2026-11-17 19:00" not in text
