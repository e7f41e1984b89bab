"""The way of a file through the browser: upload, mapping, dry run, apply."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk.models import StaffProfile
from reminders import tasks
from reminders.models import (
    Appointment,
    Clinic,
    ImportJob,
    ImportMapping,
    ImportRow,
    Suppression,
)
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk.conftest import THURSDAY, as_sent, told

HEAD = "Appt ID,Patient ID,Patient,Phone,Start\n"
ANA = "a1,p1,Ana Ortiz,+12125550142,2026-11-26 10:00\n"
BAD = "a2,p2,Bo Li,,2026-11-26 11:00\n"


def send(client: Client, clinic: Clinic, text: str, kind: str = "visits") -> HttpResponse:
    file = SimpleUploadedFile("list.csv", text.encode())
    sent = {"clinic": clinic.pk, "kind": kind, "file": file}
    return client.post(reverse("admin:imports"), sent)


def at(name: str, job: ImportJob | None = None) -> str:
    return reverse(f"admin:imports_{name}", args=[(job or ImportJob.objects.get()).pk])


def map_it(client: Client, **changes: Any) -> HttpResponse:
    """Send the mapping as it is offered, but for some changes; then the worker works."""
    form = client.get(at("job")).context["form"]
    response = client.post(at("check"), as_sent(form) | changes)
    tasks.work_imports()
    return response


def apply(client: Client, **sent: str) -> None:
    client.post(at("apply"), sent)
    tasks.work_imports()


def test_a_file_goes_from_upload_to_the_calendar(desk: Client, clinic: Clinic) -> None:
    response = send(desk, clinic, HEAD + ANA + BAD)
    assert response["Location"] == at("job")
    map_it(desk, option_legal_basis="consent")
    page = desk.get(at("job"))
    assert "Phone: is empty" in page.content.decode()
    assert "Apply: 1 new, 0 changed" in page.content.decode()
    assert not Appointment.objects.exists()
    apply(desk)
    visit = Appointment.objects.get()
    assert visit.next_call_at is not None
    assert visit.patient.legal_basis == "consent"
    done = desk.get(at("job")).content.decode()
    assert "Applied" in done
    assert "Phone: is empty" in done


def test_new_patients_have_no_legal_basis_unless_one_is_chosen(
    desk: Client, clinic: Clinic
) -> None:
    """R1."""
    send(desk, clinic, HEAD + ANA)
    map_it(desk)
    apply(desk)
    assert Appointment.objects.get().next_call_reason == "no_legal_basis"


def test_a_mapping_is_remembered_under_a_name_and_offered_again(
    desk: Client, clinic: Clinic
) -> None:
    send(desk, clinic, HEAD.replace("Phone", "Contact") + ANA)
    refused = desk.post(at("check"), as_sent(desk.get(at("job")).context["form"]))
    assert refused.context["form"].non_field_errors() == ["Choose a column for: Phone."]
    map_it(desk, column_phone="Contact", save_as="Nightly")
    assert ImportMapping.objects.get().columns["phone"] == "Contact"
    ImportJob.objects.all().delete()
    send(desk, clinic, HEAD.replace("Phone", "Contact") + ANA)
    page = desk.get(at("job"))
    assert page.context["form"]["column_phone"].value() == "Contact"
    assert "Nightly" in page.content.decode()
    ImportJob.objects.update(columns={})
    chosen = desk.get(at("job"), {"mapping": ImportMapping.objects.get().pk})
    assert chosen.context["form"]["column_phone"].value() == "Contact"


def test_one_heading_cannot_mean_two_things(desk: Client, clinic: Clinic) -> None:
    send(desk, clinic, HEAD + ANA)
    sent = as_sent(desk.get(at("job")).context["form"]) | {"column_type": "Patient"}
    refused = desk.post(at("check"), sent)
    assert refused.context["form"].non_field_errors() == ["Chosen for two things: Patient."]


def test_the_diff_shows_old_and_new_with_the_number_masked(desk: Client, clinic: Clinic) -> None:
    patient = make_patient("p1", "+12125550199")
    make_appointment(clinic, patient, external_id="a1", starts_at=THURSDAY)
    send(desk, clinic, HEAD + ANA)
    map_it(desk)
    page = desk.get(at("job"), {"show": "changed"}).content.decode()
    assert "Thu 26 Nov 14:00" in page
    assert "Thu 26 Nov 10:00" in page
    assert "+12125550142" not in page
    assert "+1••••••0142" in page


def test_names_are_shown_to_whom_they_are_for(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    client = sign_in("view_importjob", "add_importjob")
    send(client, clinic, HEAD + ANA)
    map_it(client)
    page = client.get(at("job"), {"show": "new"}).content.decode()
    assert "Ana Ortiz" not in page
    assert "A•• O••" in page


def test_what_the_file_lacks_is_cancelled_when_the_box_is_ticked(
    desk: Client, clinic: Clinic
) -> None:
    gone = make_appointment(clinic, make_patient(), external_id="old", starts_at=THURSDAY)
    send(desk, clinic, HEAD + ANA.replace("p1", "p9"))
    map_it(desk)
    assert "Cancel the 1 coming visit" in desk.get(at("job")).content.decode()
    apply(desk, cancel_gone="on")
    gone.refresh_from_db()
    assert gone.status == "cancelled"


def test_opt_outs_of_a_previous_vendor_stop_calls(desk: Client, clinic: Clinic) -> None:
    visit = make_appointment(clinic, make_patient(), starts_at=THURSDAY)
    assert visit.next_call_at is not None
    send(desk, clinic, "Phone\n(212) 555-0100\n", kind="stops")
    map_it(desk)
    page = desk.get(at("job")).content.decode()
    assert Suppression.objects.count() == 0
    assert "+1••••••0100" in page
    apply(desk)
    visit.refresh_from_db()
    assert visit.next_call_reason == "opted_out"


def test_progress_is_shown_and_the_page_can_be_left(desk: Client, clinic: Clinic) -> None:
    send(desk, clinic, HEAD + ANA)
    desk.post(at("check"), as_sent(desk.get(at("job")).context["form"]))
    page = desk.get(at("job")).content.decode()
    assert f'data-url="{at("progress")}"' in page
    assert "You can leave this page" in desk.get(at("progress")).content.decode()
    tasks.work_imports()
    assert desk.get(at("progress"))["Location"] == at("job"), "the whole page is due"


def test_a_file_that_is_no_table_is_refused_at_its_field(desk: Client, clinic: Clinic) -> None:
    response = send(desk, clinic, "PK\x03\x04 and nothing more")
    assert "cannot be read" in str(response.context["form"].errors["file"])
    assert not ImportJob.objects.exists()


def test_a_file_is_thrown_away_once(desk: Client, clinic: Clinic) -> None:
    send(desk, clinic, HEAD + ANA)
    desk.post(at("cancel"))
    assert ImportJob.objects.get().state == "cancelled"
    assert "Somebody was faster" in told(desk.post(at("cancel")))


def test_looking_uploading_and_applying_are_three_permissions(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    client = sign_in("view_importjob")
    assert client.get(reverse("admin:imports")).status_code == 200
    assert send(client, clinic, HEAD + ANA).status_code == 403
    user = User.objects.get()
    user.user_permissions.add(Permission.objects.get(codename="add_importjob"))
    send(client, clinic, HEAD + ANA)
    map_it(client)
    assert "Apply:" not in client.get(at("job")).content.decode()
    assert client.post(at("apply")).status_code == 403
    assert ImportJob.objects.get().state == "checked"


@pytest.mark.parametrize("page", ["job", "progress"])
def test_without_permission_no_page_opens(
    sign_in: Callable[..., Client], desk: Client, clinic: Clinic, page: str
) -> None:
    send(desk, clinic, HEAD + ANA)
    client = sign_in("view_patient")
    assert client.get(reverse("admin:imports")).status_code == 403
    assert client.get(at(page)).status_code == 403


def test_another_clinics_file_does_not_exist_for_me(desk: Client, clinic: Clinic) -> None:
    oak = make_clinic("oak")
    send(desk, clinic, HEAD + ANA)
    user = User.objects.create_user("eve", password="x", is_staff=True)
    verbs = ("view", "add", "change")
    names = [f"{verb}_importjob" for verb in verbs]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    StaffProfile.objects.create(user=user).clinics.add(oak)
    mine = Client()
    mine.force_login(user)
    assert "list.csv" not in mine.get(reverse("admin:imports")).content.decode()
    assert mine.get(at("job")).status_code == 404
    for button in ("check", "apply", "cancel"):
        assert mine.post(at(button)).status_code == 404
    assert send(mine, clinic, HEAD + ANA).status_code == 200, "no such choice"
    assert ImportJob.objects.count() == 1


def test_buttons_take_posts_alone(desk: Client, clinic: Clinic) -> None:
    send(desk, clinic, HEAD + ANA)
    for button in ("check", "apply", "cancel"):
        assert desk.get(at(button)).status_code == 405


def test_a_page_of_fifty_rows_asks_no_more_than_one_of_two(
    desk: Client, clinic: Clinic, django_assert_max_num_queries: Any
) -> None:
    lines = "".join(f"b{n},q{n},Ana,+1212555{n:04},2026-11-26 10:00\n" for n in range(100, 160))
    send(desk, clinic, HEAD + lines)
    map_it(desk)
    desk.get(at("job"))
    with django_assert_max_num_queries(25):
        desk.get(at("job"))


def test_the_pages_take_as_many_queries_for_60_lines_and_files_as_for_10(
    desk: Client, clinic: Clinic, django_assert_num_queries: Any
) -> None:
    def more(count: int, start: int) -> None:
        for n in range(start, start + count):
            ImportJob.objects.create(
                clinic=clinic, kind="visits", file_name="x.csv", created_at=TUESDAY, created_by="d"
            )
            ImportRow.objects.create(
                job=job, line=n, verdict="new", key=f"a{n}", values=values, diff=[["minutes", 0, n]]
            )

    send(desk, clinic, HEAD + ANA)
    map_it(desk)
    job, values = ImportJob.objects.get(), ImportRow.objects.get().values
    urls = [reverse("admin:imports"), at("job", job)]
    more(10, 2)
    few = []
    for url in urls:
        desk.get(url)
        with CaptureQueriesContext(connection) as captured:
            desk.get(url)
        few.append(len(captured))
    more(50, 12)
    for url, queries in zip(urls, few, strict=True):
        with django_assert_num_queries(queries):
            desk.get(url)
