"""What each role may do; who may give which role and which clinic."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from desk import roles
from desk.models import StaffProfile
from reminders.models import Clinic
from tests.conftest import make_clinic
from tests.desk.conftest import fill_in, make_visits, page

Join = Callable[..., Client]
NOBODY: list[str] = []
ALL = ["scheduler", "manager", "auditor", "administrator"]

#: Every list of the admin, and whose it is. A new one has to be entered here.
LISTS = {
    "reminders_appointment": ALL,
    "reminders_patient": ALL,
    "reminders_phonenumber": ALL,
    "reminders_workitem": ALL,
    "reminders_clinic": ALL,
    "reminders_practitioner": ALL,
    "reminders_accesslog": ["auditor", "administrator"],
    "reminders_webhookendpoint": ["auditor", "administrator"],
    "reminders_webhookmessage": ["auditor", "administrator"],
    "calls_callattempt": ALL,
    "calls_recognition": ALL,
    "calls_callvisit": ALL,
    "auth_user": ["auditor", "administrator"],
    "auth_group": ["auditor", "administrator"],
    "api_apitoken": ["auditor", "administrator"],
}
#: Whose form it is to add one.
FORMS = {
    "reminders_appointment": ["scheduler", "administrator"],
    "reminders_patient": ["scheduler", "administrator"],
    "reminders_phonenumber": NOBODY,
    "reminders_workitem": NOBODY,
    "reminders_clinic": ["manager", "administrator"],
    "reminders_practitioner": ["manager", "administrator"],
    "reminders_accesslog": NOBODY,
    "reminders_webhookendpoint": ["administrator"],
    "reminders_webhookmessage": NOBODY,
    "calls_callattempt": NOBODY,
    "calls_recognition": NOBODY,
    "calls_callvisit": NOBODY,
    "auth_user": ["administrator"],
    "auth_group": NOBODY,
    "api_apitoken": ["administrator"],
}


@pytest.fixture
def join(db: None, now: object) -> Join:
    """A browser of somebody in these roles, at all clinics or some."""

    def join(*names: str, clinics: list[Clinic] | None = None) -> Client:
        user = User.objects.create_user("-".join(names) or "nobody", password="x", is_staff=True)
        user.groups.set(Group.objects.filter(name__in=names))
        profile = StaffProfile.objects.create(user=user, everywhere=clinics is None)
        profile.clinics.set(clinics or [])
        client = Client()
        client.force_login(user)
        return client

    return join


def registered() -> list[str]:
    return sorted(model._meta.label_lower.replace(".", "_") for model in admin.site._registry)


def test_every_list_has_its_roles_here() -> None:
    assert registered() == sorted(LISTS) == sorted(FORMS)


@pytest.mark.parametrize("role", ["", *ALL])
def test_a_role_opens_its_lists_and_forms_and_no_others(join: Join, role: str) -> None:
    client = join(*filter(None, [role]))
    for rules, action in ((LISTS, "changelist"), (FORMS, "add")):
        open_to = {model for model, allowed in rules.items() if role in allowed}
        answers = {model: client.get(page(model, action=action)).status_code for model in rules}
        assert {model for model, status in answers.items() if status == 200} == open_to
        assert set(answers.values()) <= {200, 403}


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("/admin/reports/", ALL),
    ],
)
def test_whose_the_pages_without_a_list_are(join: Join, url: str, allowed: list[str]) -> None:
    answers = {role: join(role).get(url).status_code for role in ALL}
    assert [role for role, status in answers.items() if status == 200] == allowed


BUTTONS = {
    ("reminders_appointment", "cancel"): ["scheduler", "administrator"],
    ("reminders_patient", "died"): ["scheduler", "administrator"],
    ("reminders_clinic", "pause"): ["manager", "administrator"],
}


@pytest.mark.parametrize(("button", "allowed"), BUTTONS.items())
def test_whose_the_buttons_are(
    join: Join, clinic: Clinic, button: tuple[str, str], allowed: list[str]
) -> None:
    model, action = button
    [visit] = make_visits(clinic, 1)
    row = {"reminders_appointment": visit, "reminders_patient": visit.patient}.get(model, clinic)
    answers = {role: join(role).get(page(model, row, action)).status_code for role in ALL}
    assert [role for role, status in answers.items() if status == 200] == allowed


def test_an_auditor_changes_nothing(join: Join) -> None:
    held = Group.objects.get(name="auditor").permissions.values_list("codename", flat=True)
    assert all(codename.startswith("view_") for codename in held)


def test_nobody_has_a_right_to_delete() -> None:
    known = ["reminders.delete_patient", "reminders.view_patient"]
    for role in ALL:
        assert roles.codenames(role, known) <= {"reminders.view_patient"}


@pytest.mark.parametrize(
    ("role", "reads"), [("scheduler", True), ("manager", False), ("auditor", False)]
)
def test_who_reads_names(join: Join, clinic: Clinic, role: str, reads: bool) -> None:
    make_visits(clinic, 1)
    shown = join(role).get(page("reminders_patient", action="changelist")).content.decode()
    assert ("Patient 0" in shown) is reads


def test_a_permission_of_a_later_version_joins_the_roles(join: Join) -> None:
    like = Permission.objects.get(codename="view_workitem")
    Permission.objects.create(codename="view_later", name="x", content_type=like.content_type)
    mine = Permission.objects.get(codename="add_clinic")
    Group.objects.get(name="scheduler").permissions.add(mine)
    call_command("sync_roles", verbosity=0)
    auditor, scheduler = (Group.objects.get(name=name) for name in ("auditor", "scheduler"))
    assert auditor.permissions.filter(codename="view_later").exists()
    assert not scheduler.permissions.filter(codename="add_clinic").exists()


# -- who gives what


def profile_of(**columns: object) -> dict[str, object]:
    """What a browser sends of the clinics."""
    return {f"staff_profile-0-{name}": value for name, value in columns.items()}


def group(name: str) -> int:
    return Group.objects.get(name=name).pk


def test_an_administrator_gives_a_role_and_clinics_by_name(join: Join, clinic: Clinic) -> None:
    client = join("administrator")
    add = page("auth_user", action="add")
    names = {"username": "sam", "password1": "a-long-password", "password2": "a-long-password"}
    sent = names | {"usable_password": "true", "groups": [group("scheduler")]}
    response = fill_in(client, add, **sent, **profile_of(clinics=[clinic.pk]))
    assert response.status_code == 302
    sam = User.objects.get(username="sam")
    assert sam.is_staff
    assert [g.name for g in sam.groups.all()] == ["scheduler"]
    assert list(sam.staff_profile.clinics.all()) == [clinic]
    assert not sam.staff_profile.everywhere


def test_an_administrator_makes_no_superuser_and_gives_no_single_right(join: Join) -> None:
    client = join("administrator")
    sam = User.objects.create_user("sam", is_staff=True)
    one = Permission.objects.get(codename="delete_user")
    sent = {"is_superuser": "on", "user_permissions": [one.pk], "groups": [group("manager")]}
    fill_in(client, page("auth_user", sam), **sent)
    sam.refresh_from_db()
    assert not sam.is_superuser
    assert not sam.user_permissions.exists()
    assert sam.groups.get().name == "manager"


def test_an_administrator_gives_no_group_that_may_do_more(join: Join) -> None:
    client = join("administrator")
    strong = Group.objects.create(name="strong")
    strong.permissions.add(Permission.objects.get(codename="delete_user"))
    sam = User.objects.create_user("sam", is_staff=True)
    response = fill_in(client, page("auth_user", sam), groups=[strong.pk])
    assert "groups" in response.context["adminform"].form.errors


@pytest.mark.parametrize("strength", ["superuser", "right", "group"])
def test_an_administrator_does_not_touch_who_may_do_more(join: Join, strength: str) -> None:
    client = join("administrator")
    boss = User.objects.create_user("boss", is_staff=True, is_superuser=strength == "superuser")
    right = Permission.objects.get(codename="delete_user")
    if strength == "right":
        boss.user_permissions.add(right)
    if strength == "group":
        boss.groups.add(Group.objects.create(name="strong"))
        boss.groups.get().permissions.add(right)
    assert client.post(page("auth_user", boss), {"username": "mine"}).status_code == 403
    sent = {"password1": "another-long-one", "password2": "another-long-one"}
    assert client.post(f"/admin/auth/user/{boss.pk}/password/", sent).status_code == 403


def test_an_administrator_of_one_clinic_gives_no_other(join: Join, clinic: Clinic) -> None:
    oak = make_clinic("oak", name="Oak Clinic")
    client = join("administrator", clinics=[clinic])
    sam = User.objects.create_user("sam", is_staff=True)
    sent = profile_of(everywhere="on", clinics=[oak.pk])
    response = fill_in(client, page("auth_user", sam), **sent)
    assert response.status_code == 200
    fill_in(client, page("auth_user", sam), **profile_of(everywhere="on", clinics=[clinic.pk]))
    profile = StaffProfile.objects.get(user=sam)
    assert (profile.everywhere, list(profile.clinics.all())) == (False, [clinic])


def test_an_administrator_of_one_clinic_sees_its_people_alone(join: Join, clinic: Clinic) -> None:
    oak = make_clinic("oak", name="Oak Clinic")
    join("scheduler", clinics=[oak])
    join("manager")
    client = join("administrator", clinics=[clinic])
    rows = client.get(page("auth_user", action="changelist")).context["cl"].result_list
    assert [row.username for row in rows] == ["administrator"]


def test_the_four_roles_are_nobodys_to_change(desk: Client) -> None:
    role = Group.objects.get(name="auditor")
    assert desk.post(page("auth_group", role), {"name": "mine"}).status_code == 403
    assert desk.post(page("auth_group", role, "delete"), {"post": "yes"}).status_code == 403
