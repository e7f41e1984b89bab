"""Names and numbers in full are for whoever may read them, and each look is kept (R16)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from config import clock
from reminders.models import AccessLog, Appointment, Clinic, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import THURSDAY, hear, make_call, page

SignIn = Callable[..., Client]
VIEW = ("view_appointment", "view_patient", "view_phonenumber", "view_workitem", "view_callattempt")
NAME, NUMBER = "Zenobia Quill", "+12125550171"


@pytest.fixture
def visit(clinic: Clinic, now: object) -> Appointment:
    patient = make_patient("p1", NUMBER, name=NAME)
    visit = make_appointment(clinic, patient, starts_at=THURSDAY)
    hear(make_call(visit), "this is Zenobia")
    WorkItem.open(visit, WorkKind.UNANSWERED, TUESDAY)
    return visit


def pages_about(visit: Appointment) -> list[str]:
    """Every page that tells of this visit and its patient."""
    models = ("appointment", "patient", "phonenumber", "workitem")
    return [
        *(page(f"reminders_{model}", action="changelist") for model in models),
        page("calls_callattempt", action="changelist"),
        "/admin/",
        "/admin/today/",
        page("reminders_appointment", visit),
        page("reminders_appointment", visit, "history"),
        page("reminders_patient", visit.patient),
        page("reminders_patient", visit.patient, "history"),
        page("reminders_phonenumber", visit.patient.number),
        page("calls_callattempt", visit.call_visits.get().attempt),
    ]


def test_who_may_not_read_names_meets_initials_everywhere(
    sign_in: SignIn, visit: Appointment
) -> None:
    client = sign_in(*VIEW)
    for url in pages_about(visit):
        shown = client.get(url).content.decode()
        assert "Zenobia" not in shown, url
        assert "Quill" not in shown, url
        assert NUMBER not in shown, url
    assert "Z•• Q••" in client.get(pages_about(visit)[0]).content.decode()
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("reminders_patient", "name__startswith=Z"),
        ("reminders_patient", "call_pin__startswith=1"),
        ("reminders_patient", "birth_date=1961-07-04"),
        ("reminders_phonenumber", "e164__startswith=%2B1212"),
        ("calls_callattempt", "secret__startswith=a"),
        ("reminders_appointment", "patient__name__startswith=Z"),
    ],
)
def test_an_address_asks_for_nothing_that_the_filters_do_not(
    sign_in: SignIn, visit: Appointment, model: str, asked: str
) -> None:
    client = sign_in(*VIEW)
    assert client.get(f"{page(model, action='changelist')}?{asked}").status_code == 400


def test_what_one_person_said_stands_in_no_report_for_who_reads_no_names(
    sign_in: SignIn, visit: Appointment
) -> None:
    client = sign_in(*VIEW)
    for name in ("phrases", "missed-words"):
        for end in ("/", ".csv"):
            assert b"enobia" not in client.get(f"/admin/reports/{name}{end}").content


def test_who_may_read_names_reads_them_and_each_look_is_kept(
    sign_in: SignIn, visit: Appointment
) -> None:
    client = sign_in(*VIEW, "see_names")
    for url in pages_about(visit):
        AccessLog.objects.all().delete()
        if NAME in client.get(url).content.decode():
            [look] = AccessLog.objects.all()
            assert [seen.patient for seen in look.seen.all()] == [visit.patient], url
            assert (look.actor, look.kind, look.at) == ("staff eve", "page", TUESDAY)


def test_a_whole_number_is_on_its_own_page_alone(sign_in: SignIn, visit: Appointment) -> None:
    client = sign_in(*VIEW, "see_names", "see_numbers")
    own = [
        page("reminders_patient", visit.patient),
        page("reminders_phonenumber", visit.patient.number),
    ]
    for url in pages_about(visit):
        assert (NUMBER in client.get(url).content.decode()) is (url in own), url
    assert AccessLog.objects.filter(numbers=True).count() == 2


def test_the_log_of_staff_names_nobody(desk: Client, visit: Appointment) -> None:
    desk.post(page("reminders_patient", visit.patient, "died"))
    entry = desk.get("/admin/").wsgi_request.user.logentry_set.get()  # type: ignore[union-attr]
    assert entry.object_repr == "Z•• Q•• · p1"


def test_a_page_that_reads_itself_again_is_one_look(
    desk: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        desk.get("/admin/today/")
    assert AccessLog.objects.count() == 1
    monkeypatch.setattr(clock, "now", lambda: TUESDAY + timedelta(minutes=16))
    desk.get("/admin/today/")
    assert AccessLog.objects.count() == 2


def test_without_names_a_search_finds_nobody_by_name(sign_in: SignIn, visit: Appointment) -> None:
    url = page("reminders_appointment", action="changelist")
    client = sign_in(*VIEW)
    assert not client.get(url, {"q": "Zenobia"}).context["cl"].result_list
    assert client.get(url, {"q": "0171"}).context["cl"].result_list


def test_where_somebody_looked_is_told_as_the_menu_tells_it(
    desk: Client, visit: Appointment
) -> None:
    desk.get("/admin/")
    desk.get(page("reminders_patient", action="changelist"))
    shown = desk.get(page("reminders_accesslog", action="changelist")).content.decode()
    panel = desk.get(page("reminders_patient", visit.patient)).content.decode()
    assert "admin:" not in panel
    assert "admin:index" not in shown
    for place in ("Today", "Patients"):
        assert f"<td>Page: {place}</td>" in panel
