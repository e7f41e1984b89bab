"""Making appointments: whom, when, how often, and what is told before anything is saved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from desk.models import StaffProfile
from desk.scheduling.sheet import Sheet
from reminders import planning
from reminders.models import Appointment, Clinic, Patient, PhoneNumber, Practitioner, VisitType
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk.conftest import told

PAGE = "/admin/reminders/appointment/add/"
CHECK = f"{PAGE}check/"
PATIENTS = f"{PAGE}patients/"


@pytest.fixture
def nora(clinic: Clinic) -> Patient:
    return make_patient("new", "+12125550177", name="Nora New")


def typed(clinic: Clinic, patient: Patient | None = None, **changes: Any) -> dict[str, Any]:
    """What the browser sends for an ordinary visit: Thursday 26 November, 10:00."""
    sent = {
        "patient": patient.pk if patient else "",
        "clinic": clinic.pk,
        "day": "2026-11-26",
        "hour": "10:00",
        "minutes": "30",
        "times": "1",
        "every": "1",
        "press": "save",
    }
    return sent | changes


def newcomer(**changes: Any) -> dict[str, Any]:
    """What the browser sends for somebody whom nobody knows yet."""
    sent = {"new": "on", "new-name": "Nora New", "new-phone": "(212) 555-0177"}
    return sent | {"new-legal_basis": "consent"} | changes


def sheet(response: Any) -> Sheet:
    """What the page was made from."""
    assert response.status_code == 200, "the visit was saved"
    judged: Sheet = response.context["sheet"]
    return judged


def wrong(response: Any) -> dict[str, Any]:
    """What stands at the fields of a page that was sent back."""
    return dict(sheet(response).form.errors)


def remarks(response: Any) -> list[str]:
    """What stands against the dates."""
    return [remark.text for slot in sheet(response).slots for remark in slot.remarks]


def plan(desk: Client, sent: dict[str, Any]) -> str:
    """What the page says while somebody types."""
    words: str = desk.post(CHECK, sent).json()["plan"]
    return " ".join(words.split())


# -- one visit


def test_a_visit_is_saved_and_planned_and_the_plan_is_told(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    response = desk.post(PAGE, typed(clinic, nora))
    visit = Appointment.objects.get()
    assert visit.starts_at == datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
    assert (visit.patient, visit.clinic, visit.minutes) == (nora, clinic, 30)
    assert visit.next_call_at == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    assert "Next call Mon 23 Nov 10:00 – reminder" in told(response)
    assert [(event.kind, event.actor) for event in visit.events.all()] == [
        ("created", "staff dana")
    ]


def test_the_page_leads_on_to_the_next_visit_of_the_same_day(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    roy = Practitioner.objects.create(clinic=clinic, name="Dr. Roy")
    response = desk.post(PAGE, typed(clinic, nora, practitioner=roy.pk, minutes="45"))
    form = desk.get(response["Location"]).context["form"]
    assert form.initial["clinic"] == clinic
    assert form.initial["practitioner"] == roy
    assert f"{form.initial['day']} {form.initial['minutes']}" == "2026-11-26 45"


def test_a_visit_gets_an_id_of_our_own_where_none_is_given(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    desk.post(PAGE, typed(clinic, nora))
    assert Appointment.objects.get().external_id.startswith("desk-")


def test_a_given_id_is_kept_and_no_other_visit_may_have_it(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    desk.post(PAGE, typed(clinic, nora, external_id="their-7"))
    assert Appointment.objects.get().external_id == "their-7"
    again = desk.post(PAGE, typed(clinic, nora, external_id="their-7", day="2026-12-03"))
    assert "already" in wrong(again)["external_id"][0]


def test_the_only_clinic_is_chosen_already(desk: Client, clinic: Clinic) -> None:
    assert desk.get(PAGE).context["form"]["clinic"].value() == clinic.pk


def test_the_address_may_fill_in_the_slot_and_nonsense_in_it_is_ignored(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    query = {"clinic": clinic.pk, "start": "2026-11-26T10:30", "patient": nora.pk, "minutes": "20"}
    initial = desk.get(PAGE, query).context["form"].initial
    assert (initial["day"], initial["hour"]) == ("2026-11-26", "10:30")
    assert (initial["patient"], initial["minutes"]) == (nora, "20")
    nonsense = {"clinic": "x", "start": "soon", "patient": "9" * 30, "minutes": "-1"}
    assert desk.get(PAGE, nonsense).status_code == 200


def test_the_start_is_read_on_the_clocks_of_the_clinic_chosen(desk: Client, nora: Patient) -> None:
    west = make_clinic("west", name="West", time_zone="America/Los_Angeles")
    desk.post(PAGE, typed(west, nora))
    assert Appointment.objects.get().starts_at == datetime(2026, 11, 26, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour", "words"),
    [
        ("2027-03-14", "02:30", "does not exist"),
        ("2027-11-07", "01:30", "comes twice"),
        ("2026-11-16", "10:00", "past"),
    ],
)
def test_a_time_that_clocks_never_or_twice_show_or_that_is_past_is_refused_at_every_press(
    desk: Client, clinic: Clinic, nora: Patient, day: str, hour: str, words: str
) -> None:
    response = desk.post(PAGE, typed(clinic, nora, day=day, hour=hour))
    assert words in remarks(response)[0]
    agreed = sheet(response).warned
    desk.post(PAGE, typed(clinic, nora, day=day, hour=hour, agreed=agreed))
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("day", "hour", "utc"),
    [
        ("2027-03-14", "03:30", datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        ("2027-11-07", "02:30", datetime(2027, 11, 7, 7, 30, tzinfo=UTC)),
    ],
)
def test_the_hours_beside_a_clock_change_are_converted_rightly(
    desk: Client, clinic: Clinic, nora: Patient, day: str, hour: str, utc: datetime
) -> None:
    sent = typed(clinic, nora, day=day, hour=hour)
    desk.post(PAGE, sent | {"agreed": sheet(desk.post(PAGE, sent)).warned})
    assert Appointment.objects.get().starts_at == utc


@pytest.mark.parametrize("field", ["day", "hour", "minutes", "clinic"])
def test_what_is_missing_is_told_at_its_field(
    desk: Client, clinic: Clinic, nora: Patient, field: str
) -> None:
    assert field in wrong(desk.post(PAGE, typed(clinic, nora) | {field: ""}))


def test_a_practitioner_or_a_kind_of_visit_of_another_clinic_is_refused(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    other = make_clinic("west", name="West")
    roy = Practitioner.objects.create(clinic=other, name="Dr. Roy")
    scan = VisitType.objects.create(clinic=other, name="Scan")
    response = desk.post(PAGE, typed(clinic, nora, practitioner=roy.pk, type=scan.pk))
    assert "does not work at" in wrong(response)["practitioner"][0]
    assert "no kind of visit" in wrong(response)["type"][0]


# -- what is called when, before it is saved


def test_the_calls_are_told_before_anything_is_saved(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    words = plan(desk, typed(clinic, nora))
    assert "Mon 23 Nov 10:00; Wed 25 Nov 10:00 if not confirmed" in words
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("basis", "words"), [("none", "No legal basis: not called"), ("consent", "Mon 23 Nov 10:00")]
)
def test_why_nobody_is_called_is_told_before_anything_is_saved(
    desk: Client, clinic: Clinic, nora: Patient, basis: str, words: str
) -> None:
    Patient.objects.update(legal_basis=basis)
    assert words in plan(desk, typed(clinic, nora))


def test_what_was_told_is_what_is_planned(desk: Client, clinic: Clinic, nora: Patient) -> None:
    nora.time_zone = "America/Los_Angeles"
    nora.save()
    assert "Mon 23 Nov 11:00 (08:00 for the patient" in plan(desk, typed(clinic, nora))
    desk.post(PAGE, typed(clinic, nora))
    visit = Appointment.objects.get()
    assert visit.next_call_at == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def test_clocks_that_bound_the_calls_are_told(desk: Client, clinic: Clinic, nora: Patient) -> None:
    Patient.objects.update(time_zone="America/Los_Angeles")
    words = plan(desk, typed(clinic, nora))
    assert "America/Los_Angeles (11:00)" in words
    assert "calls 11:00–20:00" in words


def test_whose_clocks_are_meant_follows_the_clinic_chosen(desk: Client, clinic: Clinic) -> None:
    west = make_clinic("west", name="West", time_zone="America/Los_Angeles")
    assert desk.post(CHECK, typed(clinic)).json()["clock"] == "America/New_York"
    assert desk.post(CHECK, typed(west)).json()["clock"] == "America/Los_Angeles"


def test_half_a_form_is_checked_as_far_as_it_goes(desk: Client, clinic: Clinic) -> None:
    assert "Choose a patient, a day and a time" in plan(desk, {})
    assert "Choose the patient" in plan(desk, typed(clinic))


# -- conflicts


def twice(desk: Client, sent: dict[str, Any]) -> tuple[Any, Any]:
    """The button pressed, what it warns of read, and pressed again."""
    first = desk.post(PAGE, sent)
    return first, desk.post(PAGE, sent | {"agreed": sheet(first).warned})


def test_an_overlapping_visit_of_the_patient_is_warned_of_and_saved_at_the_second_press(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    make_appointment(clinic, nora, starts_at=datetime(2026, 11, 26, 14, 45, tzinfo=UTC))
    first, second = twice(desk, typed(clinic, nora))
    assert remarks(first) == ["Nora New has a visit then already: 09:45–10:15."]
    assert "1 visit saved" in told(second)
    assert Appointment.objects.count() == 2


def test_the_same_minute_twice_is_refused(desk: Client, clinic: Clinic, nora: Patient) -> None:
    make_appointment(clinic, nora, starts_at=datetime(2026, 11, 26, 15, 0, tzinfo=UTC))
    first, second = twice(desk, typed(clinic, nora))
    assert "at this very time already" in remarks(first)[0]
    assert sheet(second).slots[0].is_blocked
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    ("starts", "minutes", "overlaps"),
    [(0, 30, True), (29, 30, True), (30, 30, False), (-45, 45, False)],
)
def test_a_practitioner_with_two_visits_at_once_is_warned_of(
    desk: Client, clinic: Clinic, nora: Patient, starts: int, minutes: int, overlaps: bool
) -> None:
    roy = Practitioner.objects.create(clinic=clinic, name="Dr. Roy")
    make_appointment(
        clinic,
        make_patient("other", "+12125550178"),
        starts_at=datetime(2026, 11, 26, 15, 0, tzinfo=UTC) + timedelta(minutes=starts),
        minutes=minutes,
        practitioner=roy,
    )
    response = desk.post(PAGE, typed(clinic, nora, practitioner=roy.pk, press="check"))
    assert any("Dr. Roy has another visit" in text for text in remarks(response)) is overlaps


def test_a_cancelled_visit_is_in_nobodys_way(desk: Client, clinic: Clinic, nora: Patient) -> None:
    start = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
    make_appointment(clinic, nora, starts_at=start, status="cancelled")
    desk.post(PAGE, typed(clinic, nora))
    assert Appointment.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hour": "08:30"}, "Outside the hours of Maple Street Clinic that day: 09:00–20:00"),
        ({"hour": "19:45"}, "Outside the hours"),
        ({"day": "2026-11-29"}, "has no hours on Sunday 29 November"),
        ({"day": "2026-11-27"}, "is closed on Friday 27 November"),
    ],
)
def test_closed_doors_are_warned_of(
    desk: Client, clinic: Clinic, nora: Patient, changes: dict[str, str], words: str
) -> None:
    Clinic.objects.update(closures=["2026-11-27"])
    first, _ = twice(desk, typed(clinic, nora, **changes))
    assert words in remarks(first)[0]
    assert Appointment.objects.count() == 1


def test_the_second_press_agrees_to_the_warnings_that_were_read_and_to_no_others(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    first = desk.post(PAGE, typed(clinic, nora, hour="08:30"))
    agreed = sheet(first).warned
    other = desk.post(PAGE, typed(clinic, nora, day="2026-11-29", agreed=agreed))
    assert "no hours" in remarks(other)[0]
    assert not Appointment.objects.exists()


# -- series


def test_a_series_keeps_its_time_on_the_wall_when_the_clocks_change(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    response = desk.post(PAGE, typed(clinic, nora, day="2027-03-04", times="3", every="1"))
    walls = [
        visit.starts_at.astimezone(clinic.zone).strftime("%d %b %H:%M %Z")
        for visit in Appointment.objects.order_by("starts_at")
    ]
    assert walls == ["04 Mar 10:00 EST", "11 Mar 10:00 EST", "18 Mar 10:00 EDT"]
    assert "3 visits saved" in told(response)


def test_a_series_keeps_its_time_in_autumn_too(desk: Client, clinic: Clinic, nora: Patient) -> None:
    desk.post(PAGE, typed(clinic, nora, day="2027-10-29", times="2", every="2"))
    offsets = [v.starts_at.astimezone(clinic.zone).tzname() for v in Appointment.objects.all()]
    assert offsets == ["EDT", "EST"]


def test_each_visit_of_a_series_is_planned(desk: Client, clinic: Clinic, nora: Patient) -> None:
    desk.post(PAGE, typed(clinic, nora, times="4", every="2"))
    rows = Appointment.objects.order_by("starts_at")
    assert [(row.starts_at - row.next_call_at).days for row in rows if row.next_call_at] == [3] * 4


def test_one_impossible_date_keeps_the_whole_series_back(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    make_appointment(clinic, nora, starts_at=datetime(2026, 12, 3, 15, 0, tzinfo=UTC))
    _, second = twice(desk, typed(clinic, nora, times="3"))
    assert [slot.is_blocked for slot in sheet(second).slots] == [False, True, False]
    assert Appointment.objects.count() == 1


def test_a_date_may_be_left_out(desk: Client, clinic: Clinic, nora: Patient) -> None:
    make_appointment(clinic, nora, starts_at=datetime(2026, 12, 3, 15, 0, tzinfo=UTC))
    desk.post(PAGE, typed(clinic, nora, times="3", leave=["2026-12-03T10:00"]))
    days = [v.starts_at.date().isoformat() for v in Appointment.objects.order_by("starts_at")]
    assert days == ["2026-11-26", "2026-12-03", "2026-12-10"]


def test_closures_in_a_series_are_told_at_their_dates(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    Clinic.objects.update(closures=["2026-12-03"])
    slots = sheet(desk.post(PAGE, typed(clinic, nora, times="3", press="check"))).slots
    assert [len(slot.remarks) for slot in slots] == [0, 1, 0]


def test_a_series_that_fails_half_way_leaves_nothing(
    desk: Client, clinic: Clinic, nora: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, planned = planning.replan, []

    def replan(pk: int, *args: Any, **kwargs: Any) -> Any:
        planned.append(pk)
        if len(planned) == 3:
            raise RuntimeError("the lights go out")
        return real(pk, *args, **kwargs)

    monkeypatch.setattr(planning, "replan", replan)
    desk.raise_request_exception = False
    assert desk.post(PAGE, typed(clinic, nora, times="4")).status_code == 500
    assert not Appointment.objects.exists()


def test_a_long_series_is_judged_in_as_many_queries_as_one_visit(
    desk: Client, clinic: Clinic, nora: Patient, django_assert_max_num_queries: Any
) -> None:
    desk.post(CHECK, typed(clinic, nora))
    with django_assert_max_num_queries(25):
        desk.post(CHECK, typed(clinic, nora, times="1"))
    with django_assert_max_num_queries(25):
        desk.post(CHECK, typed(clinic, nora, times="52"))


# -- whom


def found(desk: Client, text: str) -> list[str]:
    return [one["name"] for one in desk.post(PATIENTS, {"q": text}).json()["results"]]


@pytest.mark.parametrize(
    "text", ["nora", "New Nora", "NORA N", "new", "+12125550177", "0177", "+1 (212) 555-0177"]
)
def test_a_patient_is_found_by_name_id_or_number(
    desk: Client, clinic: Clinic, nora: Patient, text: str
) -> None:
    make_patient("other", "+12125550178", name="Omar Other")
    assert found(desk, text) == ["Nora New"]


def test_two_of_one_name_are_told_apart_and_numbers_stay_masked(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    make_patient("twin", "+12125550188", name="Nora New", birth_date="1980-05-01")
    answer = desk.post(PATIENTS, {"q": "nora"}).json()
    about = sorted(one["about"] for one in answer["results"])
    assert about == ["+1••••••0177 · new", "born 1 May 1980 · +1••••••0188 · twin"]


def test_who_may_not_read_names_is_told_no_birthdays_either(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    make_patient("twin", "+12125550188", name="Nora New", birth_date="1980-05-01")
    client = sign_in("add_appointment", "view_patient")
    (one,) = client.post(PATIENTS, {"q": "twin"}).json()["results"]
    assert one["about"] == "+1••••••0188 · twin"


def test_who_is_not_called_is_marked_in_the_list(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    nora.number.suppress(TUESDAY, source="test")
    answer = desk.post(PATIENTS, {"q": "nora"}).json()
    assert answer["results"][0]["trouble"] == "Asked for no calls"


def test_a_long_list_is_cut_and_says_so(desk: Client, clinic: Clinic) -> None:
    for n in range(12):
        make_patient(f"p{n}", f"+121255501{n:02}", name=f"Nora {n}")
    answer = desk.post(PATIENTS, {"q": "nora"}).json()
    assert (len(answer["results"]), answer["more"]) == (8, True)


def test_without_a_script_the_page_asks_whom_the_typed_name_means(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    make_patient("twin", "+12125550188", name="Nora New")
    response = desk.post(PAGE, typed(clinic, who="nora"))
    assert wrong(response)["who"] == ["Choose whom you mean."]
    page = response.content.decode()
    assert page.count('type="radio" name="patient"') == 2
    desk.post(PAGE, typed(clinic, nora, who="nora"))
    assert Appointment.objects.get().patient == nora


def test_nobody_is_ever_guessed(desk: Client, clinic: Clinic, nora: Patient) -> None:
    desk.post(PAGE, typed(clinic, who="Nora New"))
    assert not Appointment.objects.exists()
    assert "Nobody is found" in wrong(desk.post(PAGE, typed(clinic, who="zz")))["who"][0]
    assert "Type a name" in wrong(desk.post(PAGE, typed(clinic)))["who"][0]


# -- new patients


def test_a_new_patient_is_entered_beside_the_visit(desk: Client, clinic: Clinic) -> None:
    desk.post(PAGE, typed(clinic, **newcomer(**{"new-language": "es-US"})))
    visit = Appointment.objects.select_related("patient__number").get()
    assert visit.patient.name == "Nora New"
    assert visit.patient.number.e164 == "+12125550177"
    assert (visit.patient.language, visit.patient.legal_basis) == ("es-US", "consent")
    assert visit.patient.external_id.startswith("desk-")
    assert visit.next_call_reason == "touch"


def test_without_a_legal_basis_a_new_patient_is_not_called(desk: Client, clinic: Clinic) -> None:
    """R1."""
    sent = typed(clinic, **newcomer(**{"new-legal_basis": "none"}))
    assert "No legal basis: not called" in plan(desk, sent)
    desk.post(PAGE, sent)
    assert Appointment.objects.get().next_call_reason == "no_legal_basis"
    assert desk.get(PAGE).context["new"]["legal_basis"].value() == "none"


def test_the_calls_of_a_new_patient_are_told_before_anything_is_saved(
    desk: Client, clinic: Clinic
) -> None:
    words = plan(desk, typed(clinic, **newcomer()))
    assert "Mon 23 Nov 10:00; Wed 25 Nov 10:00 if not confirmed" in words
    assert not Patient.objects.exists()
    assert not PhoneNumber.objects.exists()


def about_number(desk: Client, clinic: Clinic, phone: str, **changes: str) -> str:
    sent = typed(clinic, **newcomer(**{"new-phone": phone}, **changes))
    return " ".join(desk.post(CHECK, sent).json()["number"].split())


def test_a_number_is_shown_as_it_will_be_kept(desk: Client, clinic: Clinic) -> None:
    assert "+12125550177" in about_number(desk, clinic, "212.555.0177")
    assert "area code" in about_number(desk, clinic, "5550177")
    assert "E.164" in about_number(desk, clinic, "nonsense")


def test_what_is_known_of_a_number_is_told_as_it_is_typed(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    nora.number.suppress(TUESDAY, source="test")
    PhoneNumber.objects.update(wrong_number_at=TUESDAY)
    words = about_number(desk, clinic, "2125550177", **{"new-name": "Omar Other"})
    assert "asked for no calls" in words
    assert "A stranger answered" in words
    assert "1 patient has this number already: Nora New." in words


def test_a_zone_is_checked_as_it_is_typed(desk: Client, clinic: Clinic) -> None:
    def zone(**changes: str) -> str:
        sent = typed(clinic, **newcomer(**changes))
        return " ".join(desk.post(CHECK, sent).json()["zone"].split())

    assert "Now 14:00 in America/New_York." in zone()
    assert "Now 11:00 in America/Los_Angeles." in zone(**{"new-time_zone": "America/Los_Angeles"})
    assert "not a time zone" in zone(**{"new-time_zone": "Mars/Base"})
    assert "may be in Europe/London" in zone(**{"new-phone": "+44 20 7946 0100"})


def test_somebody_who_is_perhaps_known_already_is_warned_of(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    first, _ = twice(desk, typed(clinic, **newcomer(**{"new-name": "nora new"})))
    assert "Perhaps known already: Nora New" in first.content.decode()
    assert Patient.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("phone", "12"), ("phone", ""), ("time_zone", "Mars/Base"), ("birth_date", "x")],
)
def test_a_new_patient_with_a_fault_is_not_half_saved(
    desk: Client, clinic: Clinic, field: str, value: str
) -> None:
    response = desk.post(PAGE, typed(clinic, **newcomer(**{f"new-{field}": value})))
    assert field in sheet(response).new.errors
    assert not Patient.objects.exists()
    assert not PhoneNumber.objects.exists()


def test_a_fault_of_the_date_saves_no_new_patient(desk: Client, clinic: Clinic) -> None:
    desk.post(PAGE, typed(clinic, day="2026-11-16", **newcomer()))
    assert not Patient.objects.exists()


# -- who may


def test_who_may_not_add_visits_finds_no_page(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    client = sign_in("view_appointment", "view_patient")
    for url in (PAGE, CHECK, PATIENTS):
        assert client.post(url, {"q": "nora"}).status_code == 403


def test_who_may_not_see_patients_cannot_search_them(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    client = sign_in("add_appointment")
    assert client.get(PAGE).status_code == 200
    assert client.post(PATIENTS, {"q": "nora"}).status_code == 403


def test_who_may_not_add_patients_is_not_offered_to(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    client = sign_in("add_appointment", "view_patient")
    assert "id_new" not in client.get(PAGE).content.decode()
    response = client.post(PAGE, typed(clinic, **newcomer()))
    assert "may not" in wrong(response)["new"][0]
    assert not Patient.objects.exists()


def test_other_clinics_and_their_patients_are_out_of_reach(
    sign_in: Callable[..., Client], clinic: Clinic, nora: Patient
) -> None:
    make_appointment(clinic, nora)
    client = sign_in("add_appointment", "view_patient", "see_names")
    west = make_clinic("west", name="West")
    profile = StaffProfile.objects.get()
    profile.clinics.add(west)
    StaffProfile.objects.update(everywhere=False)
    assert found(client, "nora") == []
    assert "Maple" not in client.get(PAGE).content.decode()
    assert "clinic" in wrong(client.post(PAGE, typed(clinic, nora)))
    assert "patient" in wrong(client.post(PAGE, typed(west, nora)))
    assert Appointment.objects.count() == 1


def test_a_visit_far_ahead_and_the_end_of_the_calendar_are_no_fault_of_the_page(
    desk: Client, clinic: Clinic, nora: Patient
) -> None:
    far = typed(clinic, nora, day="2200-12-30", times="52", every="26")
    assert desk.post(CHECK, far).status_code == 200
    for year in ("0001", "9999"):
        assert desk.post(CHECK, far | {"day": f"{year}-12-30"}).status_code == 200


def test_the_patients_list_is_asked_for_by_post_alone(desk: Client, clinic: Clinic) -> None:
    assert desk.get(PATIENTS, {"q": "nora"}).status_code == 405
    assert desk.get(CHECK).status_code == 405
