"""Staff see the rows of their clinics, and no others, by whatever way they ask."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from desk.models import StaffProfile
from reminders.models import Appointment, Clinic, Patient, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk.conftest import THURSDAY, fill_in, hear, make_call, page

LISTS = (
    "reminders_appointment",
    "reminders_patient",
    "reminders_phonenumber",
    "reminders_workitem",
    "reminders_practitioner",
    "reminders_clinic",
    "calls_callattempt",
)
OURS, THEIRS = "Olive Ourton", "Theo Elsewhere"

SignIn = Callable[..., Client]


def make_visit_with_all(clinic: Clinic, name: str, number: str) -> Appointment:
    """A visit with a call, something to do, and a practitioner of the patient's name."""
    patient = make_patient(name.split()[0].lower(), number, name=name)
    visit = make_appointment(
        clinic,
        patient,
        starts_at=THURSDAY,
        practitioner=clinic.practitioners.create(name=f"Dr {name}"),
    )
    hear(make_call(visit))
    WorkItem.open(visit, WorkKind.UNANSWERED, TUESDAY)
    return visit


@pytest.fixture
def ours(db: None, now: object) -> Appointment:
    return make_visit_with_all(make_clinic(), OURS, "+12125550150")


@pytest.fixture
def theirs(db: None, now: object) -> Appointment:
    return make_visit_with_all(make_clinic("oak", name="Oak Clinic"), THEIRS, "+12125550151")


@pytest.fixture
def at_ours(ours: Appointment, theirs: Appointment, client: Client) -> Client:
    """Somebody who may do everything, at one clinic."""
    user = User.objects.create_user("olga", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    StaffProfile.objects.create(user=user).clinics.add(ours.clinic)
    client.force_login(user)
    return client


def row_of(visit: Appointment, model: str) -> object:
    return {
        "reminders_appointment": visit,
        "reminders_patient": visit.patient,
        "reminders_phonenumber": visit.patient.number,
        "reminders_workitem": visit.work_items.get(),
        "reminders_practitioner": visit.practitioner,
        "reminders_clinic": visit.clinic,
        "calls_callattempt": visit.call_visits.get().attempt,
    }[model]


@pytest.mark.parametrize("model", LISTS)
def test_a_list_has_the_rows_of_ones_own_clinics_alone(
    at_ours: Client, ours: Appointment, model: str
) -> None:
    rows = at_ours.get(page(model, action="changelist")).context["cl"].result_list
    assert list(rows) == [row_of(ours, model)]


@pytest.mark.parametrize("model", LISTS)
def test_a_row_of_another_clinic_is_not_there(
    at_ours: Client, ours: Appointment, theirs: Appointment, model: str
) -> None:
    for action in ("change", "history"):
        here = at_ours.get(page(model, row_of(ours, model), action))
        there = at_ours.get(page(model, row_of(theirs, model), action))
        assert here.status_code in (200, 302), action
        assert here.get("Location") != "/admin/", action
        assert there.status_code == 404 or there.get("Location") == "/admin/", action


BUTTONS = (
    ("reminders_appointment", "call_now"),
    ("reminders_appointment", "cancel"),
    ("reminders_workitem", "done"),
    ("reminders_patient", "died"),
    ("reminders_clinic", "pause"),
    ("calls_callattempt", "handle_again"),
)


@pytest.mark.parametrize(("model", "button"), BUTTONS)
def test_no_button_reaches_another_clinic(
    at_ours: Client, theirs: Appointment, model: str, button: str
) -> None:
    assert at_ours.post(page(model, row_of(theirs, model), button)).status_code == 404


def test_no_bulk_action_reaches_another_clinic(at_ours: Client, theirs: Appointment) -> None:
    item = theirs.work_items.get()
    sent = {"action": "done_selected", "_selected_action": [item.pk]}
    at_ours.post(page("reminders_workitem", action="changelist"), sent)
    item.refresh_from_db()
    assert item.done_at is None


@pytest.mark.parametrize("model", ["patient", "practitioner"])
def test_the_autocomplete_offers_ones_own_alone(at_ours: Client, model: str) -> None:
    asked = {"app_label": "reminders", "model_name": "appointment", "field_name": model}
    found = at_ours.get("/admin/autocomplete/", asked | {"term": ""}).json()["results"]
    assert [OURS in row["text"] for row in found] == [True]
    assert at_ours.get("/admin/autocomplete/", asked | {"term": "Theo"}).json()["results"] == []


@pytest.mark.parametrize("field", ["patient", "clinic", "practitioner"])
def test_a_form_takes_nothing_of_another_clinic(
    at_ours: Client, ours: Appointment, theirs: Appointment, field: str
) -> None:
    response = fill_in(
        at_ours, page("reminders_appointment", ours), **{field: getattr(theirs, field).pk}
    )
    assert field in response.context["adminform"].form.errors


def test_the_filters_name_no_other_clinic(at_ours: Client) -> None:
    for model in ("reminders_appointment", "calls_callattempt", "reminders_workitem"):
        shown = at_ours.get(page(model, action="changelist")).content.decode()
        assert "Oak Clinic" not in shown, model


def test_the_menu_counts_the_work_of_ones_own_clinics(at_ours: Client) -> None:
    menu = at_ours.get("/admin/").context["sidebar_navigation"]
    entry = next(item for item in menu[0]["items"] if item["title"] == "Work list")
    assert entry["badge"] == "1"


def test_a_shared_number_does_not_tell_who_else_has_it(
    at_ours: Client, ours: Appointment, theirs: Appointment
) -> None:
    Patient.objects.filter(pk=theirs.patient.pk).update(number=ours.patient.number)
    url = page("reminders_phonenumber", action="changelist")
    [row] = at_ours.get(url).context["cl"].result_list
    assert row.people == 1
    assert not at_ours.get(url, {"q": "Theo"}).context["cl"].result_list
    assert at_ours.get(url, {"q": "Olive"}).context["cl"].result_list


def test_who_has_just_been_entered_is_seen_by_who_entered_them(
    at_ours: Client, ours: Appointment
) -> None:
    add = page("reminders_patient", action="add")
    at_ours.post(add, {"name": "Nora New", "phone": "+12125550155", "legal_basis": "consent"})
    make_patient("stray", "+12125550156", name="Stray Other")
    rows = at_ours.get(page("reminders_patient", action="changelist")).context["cl"].result_list
    assert [row.name for row in rows] == ["Nora New", OURS]


@pytest.mark.parametrize("profile", [False, True])
def test_whoever_has_no_clinics_sees_no_rows(
    sign_in: SignIn, ours: Appointment, profile: bool
) -> None:
    client = sign_in("view_appointment", "view_patient", "view_clinic")
    StaffProfile.objects.update(everywhere=False)
    if not profile:
        StaffProfile.objects.all().delete()
    for model in ("reminders_appointment", "reminders_patient", "reminders_clinic"):
        assert not client.get(page(model, action="changelist")).context["cl"].result_list


def test_all_clinics_means_those_of_later_too(sign_in: SignIn, ours: Appointment) -> None:
    client = sign_in("view_clinic")
    make_clinic("elm", name="Elm Clinic")
    rows = client.get(page("reminders_clinic", action="changelist")).context["cl"].result_list
    assert [row.name for row in rows] == ["Elm Clinic", "Maple Street Clinic"]
