"""The lists: few queries however many rows, no full number, the right rows for a question."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import escape
from unfold.templatetags import unfold_list

from desk.base import Desk
from desk.paging import CappedPaginator, CostlierPaginator
from reminders import planning
from reminders.models import (
    Appointment,
    Clinic,
    Patient,
    PhoneNumber,
    Practitioner,
    VisitType,
    WorkItem,
)
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk.conftest import THURSDAY, hear, make_call, make_visits, page, phone

LISTS = (
    "reminders_appointment",
    "reminders_patient",
    "reminders_phonenumber",
    "reminders_workitem",
    "calls_callattempt",
    "calls_callvisit",
    "calls_recognition",
)
#: Those that look for names and numbers.
SEARCHED = LISTS[:5]


def a_busy_desk(clinic: Clinic, count: int, start: int = 0) -> None:
    """Visits, each with a call, something heard and something to do."""
    for visit in make_visits(clinic, count, start):
        hear(make_call(visit))
        WorkItem.open(visit, WorkKind.UNANSWERED, TUESDAY)


def queries_of(get: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        get()
    return len(captured)


@pytest.mark.parametrize("model", LISTS)
def test_a_list_takes_as_many_queries_for_60_rows_as_for_10(
    desk: Client, clinic: Clinic, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "list_per_page", 5)
    url = page(model, action="changelist")
    a_busy_desk(clinic, 10)
    desk.get(url)
    few = queries_of(lambda: desk.get(url))
    a_busy_desk(clinic, 50, start=10)
    assert queries_of(lambda: desk.get(url)) == few
    assert few <= 16


def test_the_home_page_takes_as_many_queries_for_25_calls_as_for_5(
    desk: Client, clinic: Clinic
) -> None:
    a_busy_desk(clinic, 5)
    desk.get("/admin/")
    few = queries_of(lambda: desk.get("/admin/"))
    a_busy_desk(clinic, 20, start=5)
    assert queries_of(lambda: desk.get("/admin/")) == few


def test_the_page_of_a_visit_takes_as_many_queries_for_many_calls(
    desk: Client, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    url = page("reminders_appointment", visit)
    hear(make_call(visit))
    desk.get(url)
    few = queries_of(lambda: desk.get(url))
    for n in range(8):
        hear(make_call(visit, TUESDAY - timedelta(days=n)))
    assert queries_of(lambda: desk.get(url)) == few


@pytest.mark.parametrize("model", LISTS)
def test_no_list_shows_a_full_number(desk: Client, clinic: Clinic, model: str) -> None:
    a_busy_desk(clinic, 3)
    shown = desk.get(page(model, action="changelist")).content.decode()
    assert any(told in shown for told in ("Patient 1", "+1••••••0151", "“yes”"))
    for number in PhoneNumber.objects.all():
        assert number.e164 not in shown
        assert number.e164[2:] not in shown


def test_nor_does_any_page_but_the_numbers_own(desk: Client, clinic: Clinic) -> None:
    a_busy_desk(clinic, 1)
    visit = Appointment.objects.get()
    attempt = visit.call_visits.get().attempt
    urls = [
        "/admin/",
        "/admin/today/",
        "/admin/reports/",
        page("reminders_appointment", visit),
        page("reminders_appointment", visit, "cancel"),
        page("reminders_appointment", visit, "history"),
        page("reminders_patient", visit.patient, "history"),
        page("calls_callattempt", attempt),
    ]
    for url in urls:
        assert phone(150) not in desk.get(url).content.decode(), url


def test_the_autocomplete_tells_two_of_one_name_apart_by_the_masked_number(
    desk: Client, clinic: Clinic
) -> None:
    make_patient("p1", phone(150))
    make_patient("p2", phone(151))
    found = desk.get(
        "/admin/autocomplete/",
        {
            "term": "Ana",
            "app_label": "reminders",
            "model_name": "appointment",
            "field_name": "patient",
        },
    ).json()["results"]
    assert {result["text"] for result in found} == {
        "Ana Ortiz · +1••••••0150 · p1",
        "Ana Ortiz · +1••••••0151 · p2",
    }


def names(desk: Client, **query: str) -> list[str]:
    response = desk.get(page("reminders_appointment", action="changelist"), query)
    assert response.status_code == 200, response["Location"]
    return [row.patient.name for row in response.context["cl"].result_list]


def visit_of(name: str, clinic: Clinic, starts_at: datetime) -> None:
    number = phone(Patient.objects.count())
    make_appointment(
        clinic, make_patient(f"of-{number[1:]}", number, name=name), starts_at=starts_at
    )


def test_the_list_begins_today_and_the_past_is_one_click_away(desk: Client, clinic: Clinic) -> None:
    visit_of("Past", clinic, TUESDAY - timedelta(days=2))
    visit_of("Soon", clinic, TUESDAY + timedelta(hours=1))
    visit_of("Next", clinic, TUESDAY + timedelta(days=1))
    visit_of("Later", clinic, THURSDAY)
    assert names(desk) == ["Soon", "Next", "Later"]
    assert names(desk, when="today") == ["Soon"]
    assert names(desk, when="tomorrow") == ["Next"]
    assert names(desk, when="week") == ["Soon", "Next"]
    assert names(desk, when="past") == ["Past"]
    assert names(desk, when="all") == ["Past", "Soon", "Next", "Later"]


def test_today_is_each_clinics_own_day(desk: Client, clinic: Clinic) -> None:
    """At 14:00 in New York it is Wednesday in Auckland already."""
    far = make_clinic("far", name="Far", time_zone="Pacific/Auckland")
    visit_of("Auckland, Tuesday 23:00", far, TUESDAY - timedelta(hours=9))
    visit_of("Auckland, Wednesday 09:00", far, TUESDAY + timedelta(hours=1))
    visit_of("New York, Tuesday 23:00", clinic, TUESDAY + timedelta(hours=9))
    assert names(desk, when="today") == ["Auckland, Wednesday 09:00", "New York, Tuesday 23:00"]


def test_a_search_looks_into_the_past_too(desk: Client, clinic: Clinic) -> None:
    make_appointment(clinic, make_patient(), starts_at=TUESDAY - timedelta(days=2))
    assert names(desk) == []
    assert names(desk, q="ortiz") == ["Ana Ortiz"]


@pytest.mark.parametrize(
    "text", ["+12125550151", "+1 212 555 0151", "0151", "555-0151", "Patient 1", "a-p1", "p1"]
)
def test_a_visit_is_found_by_number_name_or_id(desk: Client, clinic: Clinic, text: str) -> None:
    make_visits(clinic, 3)
    assert names(desk, q=text) == ["Patient 1"]


@pytest.mark.parametrize("text", ["lucia", "NÚÑEZ", "nunez luc", '"Lucía Núñez"', "oster"])
@pytest.mark.parametrize("model", SEARCHED)
def test_a_name_is_found_with_and_without_its_accents(
    desk: Client, clinic: Clinic, model: str, text: str
) -> None:
    a_busy_desk(clinic, 2)
    person = Patient.objects.get(external_id="p1")
    person.name = "Lucía Núñez Øster"
    person.save(update_fields=["name"])
    [row] = desk.get(page(model, action="changelist"), {"q": text}).context["cl"].result_list
    wanted = {
        "reminders_appointment": lambda: row.patient,
        "reminders_patient": lambda: row,
        "reminders_phonenumber": lambda: row.patients.get(),
        "reminders_workitem": lambda: row.appointment.patient,
        "calls_callattempt": lambda: row.visits.get().patient,
    }
    assert wanted[model]() == person


@pytest.mark.parametrize("model", SEARCHED)
def test_what_means_a_name_and_a_number_finds_both(
    desk: Client, clinic: Clinic, model: str
) -> None:
    """0151 ends the number of one; another is called so, as bodies without a name are."""
    a_busy_desk(clinic, 3)
    Patient.objects.filter(external_id="p2").update(name="Unknown 0151")
    found = desk.get(page(model, action="changelist"), {"q": "0151"}).context["cl"].result_list
    assert len(found) == 2


@pytest.mark.parametrize("model", SEARCHED)
def test_a_search_takes_as_many_queries_for_60_rows_as_for_10(
    desk: Client, clinic: Clinic, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "list_per_page", 5)
    url = f"{page(model, action='changelist')}?q=patient"
    a_busy_desk(clinic, 10)
    desk.get(url)
    few = queries_of(lambda: desk.get(url))
    a_busy_desk(clinic, 50, start=10)
    assert queries_of(lambda: desk.get(url)) == few


def test_an_id_is_found_in_small_letters_and_in_capitals(desk: Client, clinic: Clinic) -> None:
    make_appointment(clinic, make_patient("KIS-77"), starts_at=THURSDAY)
    assert names(desk, q="kis-7") == names(desk, q="KIS-7") == ["Ana Ortiz"]


def test_patients_stand_in_the_order_of_their_letters(desk: Client, clinic: Clinic) -> None:
    for n, name in enumerate(("Zoe", "Émile", "eva", "Ana")):
        make_patient(f"p{n}", phone(n), name=name)
    shown = desk.get(page("reminders_patient", action="changelist")).context["cl"].result_list
    assert [row.name for row in shown] == ["Ana", "Émile", "eva", "Zoe"]


def test_a_whole_number_is_looked_up_exactly(desk: Client, clinic: Clinic) -> None:
    make_visits(clinic, 3)
    assert names(desk, q="+12125550") == []


def test_the_questions_pick_the_right_rows(desk: Client, clinic: Clinic) -> None:
    _, answered, without = make_visits(clinic, 3)
    answered.record_answer("confirmed", TUESDAY, actor="patient")
    Patient.objects.filter(pk=without.patient_id).update(legal_basis="none")
    planning.replan_each([answered, without], TUESDAY)
    assert names(desk, answered="no") == ["Patient 0", "Patient 2"]
    assert names(desk, answered="confirmed") == ["Patient 1"]
    assert names(desk, called="yes") == ["Patient 0"]
    assert names(desk, called="no") == ["Patient 1", "Patient 2"]
    assert names(desk, called="due") == []
    assert names(desk, why="no_legal_basis") == ["Patient 2"]
    assert names(desk, status="confirmed") == ["Patient 1"]
    assert names(desk, clinic=str(clinic.pk)) == ["Patient 0", "Patient 1", "Patient 2"]
    assert names(desk, clinic="9999999") == []
    assert names(desk, clinic="x") == []


def test_a_practitioner_is_a_question_too(desk: Client, clinic: Clinic) -> None:
    visits = make_visits(clinic, 2)
    lee = Practitioner.objects.create(clinic=clinic, name="Dr. Lee")
    Appointment.objects.filter(pk=visits[0].pk).update(practitioner=lee)
    assert names(desk, practitioner=str(lee.pk)) == ["Patient 0"]
    assert names(desk, practitioner="x") == []


def test_a_row_tells_the_start_in_both_zones_and_why_it_is_not_called(
    desk: Client, clinic: Clinic
) -> None:
    patient = make_patient(time_zone="America/Los_Angeles", legal_basis="none")
    make_appointment(clinic, patient, starts_at=THURSDAY)
    shown = desk.get(page("reminders_appointment", action="changelist")).content.decode()
    assert "Thu 26 Nov 14:00 EST" in shown
    assert "11:00 for the patient" in shown
    assert "No legal basis: not called" in shown


def test_practitioners_have_a_list_that_leads_to_their_coming_visits(
    desk: Client, clinic: Clinic
) -> None:
    visits = make_visits(clinic, 2)
    lee, kim = (Practitioner.objects.create(clinic=clinic, name=n) for n in ("Dr. Lee", "Dr. Kim"))
    Appointment.objects.filter(pk=visits[0].pk).update(practitioner=lee)
    response = desk.get(page("reminders_practitioner", action="changelist"))
    menu = [item for part in response.context["sidebar_navigation"] for item in part["items"]]
    lit = [item["title"] for item in menu if item["active"]]
    assert lit == ["Practitioners"]
    shown = response.content.decode()
    for practitioner in (lee, kim):
        assert f"reminders/appointment/?practitioner={practitioner.pk}" in shown
    assert names(desk, practitioner=str(lee.pk)) == ["Patient 0"]
    elsewhere = desk.get(page("reminders_practitioner", action="changelist"), {"clinic": "999"})
    assert not elsewhere.context["cl"].result_list


def test_visits_with_practitioner_and_type_cost_no_query_each(desk: Client, clinic: Clinic) -> None:
    url = page("reminders_appointment", action="changelist")

    def visits(count: int, start: int) -> None:
        for n, visit in enumerate(make_visits(clinic, count, start)):
            who = Practitioner.objects.create(clinic=clinic, name=f"Dr. {start + n}")
            kind = VisitType.objects.create(clinic=clinic, name=f"Kind {start + n}")
            Appointment.objects.filter(pk=visit.pk).update(practitioner=who, type=kind)

    visits(2, 0)
    desk.get(url)
    few = queries_of(lambda: desk.get(url))
    visits(8, 2)
    assert queries_of(lambda: desk.get(url)) == few


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_empty_list_says_what_it_will_hold_and_one_that_fits_nothing_how_to_go_on(
    desk: Client, language: str
) -> None:
    told = set()
    for admin in site._registry.values():
        name = f"{admin.opts.app_label}_{admin.opts.model_name}"
        ask = {"headers": {"Accept-Language": language}}
        empty = desk.get(page(name, action="changelist"), **ask)
        with translation.override(language):
            words = escape(str(getattr(admin, "nothing_yet", "")))
        assert words, name
        told.add(words)
        text = empty.content.decode()
        assert "yielded" not in text
        if not empty.context["cl"].result_count:
            assert words in text, name
        if admin.search_fields:
            found = desk.get(page(name, action="changelist"), {"q": "zzzz"}, **ask).content.decode()
            assert {"en": "Nothing matches", "es": "Nada coincide"}[language] in found, name
            assert 'href="?"' in found
    assert len(told) == len(site._registry)


def test_an_empty_list_leads_to_the_page_that_adds_whoever_may_add(
    sign_in: Callable[..., Client],
) -> None:
    url = page("reminders_patient", action="changelist")
    add = f'class="desk-button primary" href="{page("reminders_patient", action="add")}"'
    eve = sign_in("view_patient")
    assert add not in eve.get(url).content.decode()
    User.objects.get().user_permissions.add(Permission.objects.get(codename="add_patient"))
    assert add in eve.get(url).content.decode()


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("calls_callattempt", "Calls"),
        ("reminders_workitem", "Work list"),
        ("api_apitoken", "API tokens"),
        ("auth_group", "Roles"),
    ],
)
def test_the_head_of_a_list_is_its_name_in_the_menu_alone(
    desk: Client, model: str, name: str
) -> None:
    text = desk.get(page(model, action="changelist")).content.decode()
    [head] = re.findall(r"<h1.*?</h1>", text, re.DOTALL)
    assert [title.strip() for title in re.findall(r"<a href=\"/[^>]*>([^<]*)</a>", head)] == [name]


@pytest.mark.parametrize(
    ("paginator", "asked"), [(CappedPaginator, ""), (CostlierPaginator, "?language=en-US")]
)
def test_a_list_that_stops_counting_says_so(
    desk: Client,
    clinic: Clinic,
    monkeypatch: pytest.MonkeyPatch,
    paginator: type[CappedPaginator],
    asked: str,
) -> None:
    a_busy_desk(clinic, 3)
    url = page("calls_callattempt", action="changelist") + asked
    for most, told in ((4, "3"), (3, "3+"), (2, "2+")):
        monkeypatch.setattr(paginator, "MOST", most)
        assert re.search(rf"\s{re.escape(told)}\s+calls", desk.get(url).content.decode()), told


def test_a_list_offers_to_show_all_only_where_it_hides_some(desk: Client, clinic: Clinic) -> None:
    a_busy_desk(clinic, 3)
    url = page("calls_callattempt", action="changelist")
    assert "Show all" not in desk.get(url).content.decode()
    assert "Show all" in desk.get(f"{url}?outcome=cancelled").content.decode()


def test_the_heads_of_a_list_are_worked_out_once(
    desk: Client, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a third of the page's time goes there: whoever changes unfold's version sees it here."""
    a_busy_desk(clinic, 3)
    asked: list[str] = []
    label = unfold_list.label_for_field

    def noted(name: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(str(name))
        return label(name, *args, **kwargs)

    monkeypatch.setattr(unfold_list, "label_for_field", noted)
    desk.get(page("calls_callattempt", action="changelist"))
    assert asked
    assert len(asked) == len(set(asked))
