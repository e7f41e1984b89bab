"""The work list: whose, by when, what was said, what came of it, and who was faster."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from desk.worklist.forms import hands
from reminders import planning
from reminders.models import Appointment, Clinic, Contact, WorkItem
from reminders.models.workitem import Undo, WorkKind
from reminders.risk import risk_of
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import make_visits, page, phone, told

LIST, VISIT = "reminders_workitem", "reminders_appointment"
URL = page(LIST, action="changelist")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def item(clinic: Clinic) -> WorkItem:
    visit = make_appointment(clinic, make_patient())
    WorkItem.open(visit, WorkKind.NEEDS_REVIEW, TUESDAY, detail="Said yes and pressed 2.")
    return WorkItem.objects.get()


@pytest.fixture
def eve(db: None) -> User:
    return User.objects.create_user("eve", is_staff=True)


def dana() -> User:
    return User.objects.get(username="dana")


def patients(desk: Client, **query: str) -> list[str]:
    rows = desk.get(URL, query).context["cl"].result_list
    return [row.appointment.patient.name if row.appointment else "-" for row in rows]


def trail(item: WorkItem) -> list[tuple[str, str, str]]:
    return [(note.kind, note.by, note.text) for note in item.notes.all()]


# -- done, and back again


def test_done_keeps_who_when_and_what_came_of_it(desk: Client, item: WorkItem) -> None:
    response = desk.post(
        page(LIST, item, "done"), {"result": "confirmed", "text": "She is coming by bus."}
    )
    item.refresh_from_db()
    assert (item.done_by, item.done_at, item.result) == ("dana", TUESDAY, "confirmed")
    assert trail(item) == [("done", "dana", "She is coming by bus.")]
    assert "Done: Needs review." in told(response)
    shown = desk.get(page(LIST, item)).content.decode()
    assert "Done by dana, Tue 17 Nov 14:00. They are coming." in shown
    assert "She is coming by bus." in shown


def test_a_result_that_cannot_come_of_it_is_refused(desk: Client, item: WorkItem) -> None:
    response = desk.post(page(LIST, item, "done"), {"result": "slot_given"})
    assert "Select a valid choice" in response.content.decode()
    item.refresh_from_db()
    assert item.done_at is None


def test_who_was_first_stays(desk: Client, item: WorkItem) -> None:
    WorkItem.objects.update(done_at=TUESDAY, done_by="eve")
    response = desk.post(page(LIST, item, "done"))
    item.refresh_from_db()
    assert item.done_by == "eve"
    assert "Somebody did this already: eve." in told(response)
    assert trail(item) == []


def test_done_leads_back_to_where_it_was_pressed_but_never_elsewhere(
    desk: Client, item: WorkItem
) -> None:
    url = page(LIST, item, "done")
    assert desk.post(url, {"next": "/admin/"})["Location"] == "/admin/"
    assert desk.post(f"{url}?next=/admin/")["Location"] == "/admin/"
    assert desk.post(url, {"next": "https://example.org/"})["Location"] == URL


def test_done_is_taken_back_by_the_button_of_the_list(desk: Client, item: WorkItem) -> None:
    item.take(dana(), TUESDAY)
    desk.post(page(LIST, item, "done"))
    assert page(LIST, item, "undo") in desk.get(URL, {"list": "done"}).content.decode()
    response = desk.post(page(LIST, item, "undo"))
    item.refresh_from_db()
    assert (item.done_at, item.done_by, item.owner) == (None, "", dana())
    assert "stands on the list again" in told(response)
    assert [kind for kind, _by, _text in trail(item)] == ["taken", "done", "undone"]


@pytest.mark.parametrize(
    ("done_at", "by", "expected"),
    [
        (TUESDAY - DAY + HOUR, "eve", Undo.UNDONE),
        (TUESDAY - DAY, "eve", Undo.TOO_LATE),
        (TUESDAY, "ringwell", Undo.TOO_LATE),
        (None, "", Undo.TOO_LATE),
    ],
)
def test_only_what_a_person_did_of_late_is_taken_back(
    item: WorkItem, done_at: datetime | None, by: str, expected: Undo
) -> None:
    WorkItem.objects.update(done_at=done_at, done_by=by)
    assert item.undo(TUESDAY, by="dana") is expected
    left = WorkItem.objects.get()
    assert (left.done_at is None) == (expected is Undo.UNDONE or done_at is None)


def test_what_stands_on_the_list_again_is_not_doubled_by_an_undo(
    desk: Client, item: WorkItem
) -> None:
    item.finish(TUESDAY, by="dana")
    assert item.appointment
    WorkItem.open(item.appointment, WorkKind.NEEDS_REVIEW, TUESDAY, detail="once more")
    response = desk.post(page(LIST, item, "undo"))
    assert "stands on the list already" in told(response)
    assert WorkItem.objects.filter(done_at=None).get().detail == "once more"


# -- whose it is


def test_two_take_the_same_and_one_is_told_who_was_faster(
    desk: Client, item: WorkItem, eve: User
) -> None:
    shown = desk.get(URL).content.decode()
    assert page(LIST, item, "take") in shown
    item.take(eve, TUESDAY)
    response = desk.post(page(LIST, item, "take"))
    item.refresh_from_db()
    assert item.owner == eve
    assert "eve has taken this meanwhile." in told(response)
    assert trail(item) == [("taken", "eve", "")]


def test_it_is_given_only_by_who_saw_whose_it_was(desk: Client, item: WorkItem) -> None:
    may = Permission.objects.get(codename="change_workitem")
    kim, lee = (User.objects.create_user(name, is_staff=True) for name in ("kim", "lee"))
    for user in (kim, lee):
        user.user_permissions.add(may)
    give = page(LIST, item, "give")
    assert "Given to kim" in told(desk.post(give, {"to": kim.pk, "was": ""}))
    stale = desk.post(give, {"to": lee.pk, "was": ""})
    assert "kim has taken this meanwhile." in told(stale)
    desk.post(give, {"to": "", "was": kim.pk})
    item.refresh_from_db()
    assert item.owner is None
    assert trail(item) == [("given", "dana", "kim"), ("let_go", "dana", "")]


def test_work_is_given_to_staff_who_may_do_it_and_to_nobody_else(
    desk: Client, item: WorkItem, eve: User
) -> None:
    gone = User.objects.create_superuser("gone", is_active=False)
    assert list(hands()) == [dana()]
    for user in (eve, gone):
        response = desk.post(page(LIST, item, "give"), {"to": user.pk, "was": ""})
        assert "Select a valid choice" in response.content.decode()
    item.refresh_from_db()
    assert item.owner is None


def test_a_note_is_kept_with_who_and_when(desk: Client, item: WorkItem) -> None:
    desk.post(page(LIST, item, "note"), {"text": "Call after four."})
    assert "required" in desk.post(page(LIST, item, "note"), {"text": ""}).content.decode()
    shown = desk.get(page(LIST, item)).content.decode()
    assert "Note by dana" in shown
    assert "Call after four." in shown


def test_several_are_taken_and_done_at_once_and_who_was_second_is_told(
    desk: Client, clinic: Clinic, eve: User
) -> None:
    for visit in make_visits(clinic, 3):
        WorkItem.open(visit, WorkKind.UNANSWERED, TUESDAY)
    first, *_rest = items = list(WorkItem.objects.all())
    first.take(eve, TUESDAY)
    chosen = {"_selected_action": [item.pk for item in items]}
    taken = told(desk.post(URL, {"action": "take_selected"} | chosen))
    assert "2 are yours." in taken
    assert "1 was left: somebody was faster." in taken
    assert patients(desk, list="mine") == ["Patient 1", "Patient 2"]
    first.finish(TUESDAY, by="eve")
    assert "2 marked as done." in told(desk.post(URL, {"action": "done_selected"} | chosen))
    assert patients(desk) == []


# -- the list


def test_the_questions_pick_the_right_rows(desk: Client, clinic: Clinic, eve: User) -> None:
    mine, hers, late, over = make_visits(clinic, 4)
    for visit in (mine, hers, over):
        WorkItem.open(visit, WorkKind.OTHER_TIME, TUESDAY)
    WorkItem.open(late, WorkKind.CALL_BACK, TUESDAY - 2 * HOUR)
    mine.work_items.get().take(dana(), TUESDAY)
    hers.work_items.get().take(eve, TUESDAY)
    over.work_items.get().finish(TUESDAY, by="eve")
    assert patients(desk) == ["Patient 2", "Patient 0", "Patient 1"]
    assert patients(desk, list="mine") == ["Patient 0"]
    assert patients(desk, list="free") == ["Patient 2"]
    assert patients(desk, list="overdue") == ["Patient 2"]
    assert patients(desk, list="done") == ["Patient 3"]
    assert len(patients(desk, list="all")) == 4
    assert patients(desk, kind="call_back") == ["Patient 2"]
    assert patients(desk, clinic="999") == []


def test_overdue_comes_first_and_says_so(desk: Client, clinic: Clinic) -> None:
    later, overdue = make_visits(clinic, 2)
    WorkItem.open(later, WorkKind.OTHER_TIME, TUESDAY - 3 * HOUR)
    WorkItem.open(overdue, WorkKind.CALL_BACK, TUESDAY - 2 * HOUR)
    shown = desk.get(URL).content.decode()
    assert patients(desk) == ["Patient 1", "Patient 0"]
    assert "Tue 17 Nov 13:00 · overdue" in shown
    assert shown.count("overdue</span>") == 1


def test_a_row_tells_the_words_and_no_full_number(desk: Client, clinic: Clinic) -> None:
    wants, cancelled = make_visits(clinic, 2)
    WorkItem.open(wants, WorkKind.OTHER_TIME, TUESDAY, detail="Wants another time: mornings")
    WorkItem.open(cancelled, WorkKind.SLOT_FREE, TUESDAY, detail="Cancelled by the patient.")
    cancelled.note("told_reason", TUESDAY, actor="patient", text="my car broke down")
    for shown in (desk.get(URL).content.decode(), desk.get("/admin/").content.decode()):
        for words in ("Wants another time: mornings", "“my car broke down”", "+1••••••0150"):
            assert words in shown
        assert phone(150) not in shown


def test_unanswered_visits_stand_by_their_risk_with_its_reasons(
    desk: Client, clinic: Clinic
) -> None:
    safe, risky = make_visits(clinic, 2)
    for days in (30, 60):
        make_appointment(
            clinic,
            risky.patient,
            external_id=f"missed-{days}",
            starts_at=TUESDAY - days * DAY,
            status="no_show",
        )
    for visit in (safe, risky):
        WorkItem.open(visit, WorkKind.UNANSWERED, TUESDAY, risk=lambda v=visit: risk_of(v))
    assert patients(desk, kind="unanswered") == ["Patient 1", "Patient 0"]
    shown = desk.get(URL, {"kind": "unanswered"}).content.decode()
    assert "High risk" in shown
    assert "May miss the visit: 2 missed visits (6 points)" in shown
    assert "May miss the visit: new patient (2 points)" in shown


def test_planning_rates_whom_it_gives_up(clinic: Clinic) -> None:
    """An unanswered visit comes onto the list by the planner alone, with its risk."""
    soon = make_appointment(clinic, make_patient(), starts_at=TUESDAY + HOUR)
    [found] = WorkItem.objects.filter(appointment=soon, kind=WorkKind.UNANSWERED)
    assert found.risk == 2
    assert found.risk_facts["is_new"] is True
    assert found.due_at == TUESDAY


def test_the_rows_tell_the_risk(clinic: Clinic) -> None:
    patient = make_patient()
    visit = make_appointment(clinic, patient, starts_at=TUESDAY + 40 * DAY)
    visit.note("created", TUESDAY, actor="staff dana")
    for n, (status, days) in enumerate((("attended", 9), ("no_show", 8), ("cancelled", 7))):
        make_appointment(
            clinic,
            patient,
            external_id=f"before-{n}",
            starts_at=TUESDAY - days * DAY,
            status=status,
        )
    one_ring = Contact.claim(visit, patient.number, TUESDAY, ref := uuid4())
    Contact.claim(visit, patient.number, TUESDAY, ref)
    Contact.objects.filter(ref=one_ring.ref).update(result="no_answer")
    risk = risk_of(visit)
    assert (risk.no_shows, risk.is_new, risk.lead_days, risk.unheard) == (1, False, 40, 1)


def test_the_menu_counts_all_work_and_mine_apart(desk: Client, clinic: Clinic) -> None:
    def badges(**query: str) -> dict[str, tuple[str | None, bool]]:
        menu = desk.get(URL, query).context["sidebar_navigation"]
        return {
            item["title"]: (item.get("badge"), item["active"])
            for item in menu[0]["items"]
            if "ork" in item["title"]
        }

    assert badges() == {"Work list": (None, True)}
    for visit in make_visits(clinic, 3):
        WorkItem.open(visit, WorkKind.UNANSWERED, TUESDAY)
    assert badges() == {"Work list": ("3", True)}
    WorkItem.objects.earliest("pk").take(dana(), TUESDAY)
    assert badges() == {"Work list": ("3", True), "My work": ("1", False)}
    assert badges(list="mine") == {"Work list": ("3", False), "My work": ("1", True)}


def test_an_item_of_the_house_belongs_to_no_visit(desk: Client, clinic: Clinic) -> None:
    WorkItem.open(None, WorkKind.PROVIDER_DOWN, TUESDAY, detail="9 of 10 calls failed.")
    house = WorkItem.objects.get()
    for url in (URL, page(LIST, house), "/admin/"):
        shown = desk.get(url).content.decode()
        assert "Ringwell itself" in shown
        assert "9 of 10 calls failed." in shown
    desk.post(page(LIST, house, "done"))
    house.refresh_from_db()
    assert house.done_by == "dana"


def test_an_item_leads_to_its_visit(desk: Client, item: WorkItem) -> None:
    shown = desk.get(page(LIST, item)).content.decode()
    assert page(VISIT, item.appointment) in shown
    assert "Said yes and pressed 2." in shown


def test_who_may_only_look_sees_no_button(sign_in: Callable[..., Client], item: WorkItem) -> None:
    client = sign_in("view_workitem", "see_names")
    for url in (URL, page(LIST, item)):
        shown = client.get(url).content.decode()
        assert "Ana Ortiz" in shown
        for act in ("take", "give", "note", "done", "undo"):
            assert page(LIST, item, act) not in shown


def test_following_a_link_does_nothing(desk: Client, item: WorkItem) -> None:
    for act in ("take", "give", "note", "done", "undo"):
        assert desk.get(page(LIST, item, act)).status_code == 405


def test_the_list_takes_as_many_queries_for_many_rows(desk: Client, clinic: Clinic) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get(url)
        return len(captured)

    def busy(count: int, start: int) -> None:
        for visit in make_visits(clinic, count, start):
            visit.note("told_reason", TUESDAY, actor="patient", text="ill")
            WorkItem.open(visit, WorkKind.SLOT_FREE, TUESDAY)

    busy(2, 0)
    urls = (URL, page(LIST, WorkItem.objects.earliest("pk")))
    queries(URL)  # Only the first request of a session writes down that it came.
    few = [queries(url) for url in urls]
    busy(20, 2)
    WorkItem.objects.earliest("pk").write_note("one more", TUESDAY, by="dana")
    assert [queries(url) for url in urls] == few
    assert max(few) <= 16


def test_settling_by_itself_says_so_and_is_no_persons_doing(desk: Client, clinic: Clinic) -> None:
    visit = make_appointment(clinic, make_patient(), starts_at=TUESDAY + HOUR)
    Appointment.objects.get(pk=visit.pk).record_answer("confirmed", TUESDAY, actor="patient")
    planning.replan(visit.pk, TUESDAY)
    shown = desk.get(URL, {"list": "done"}).content.decode()
    assert "The reason was gone by itself" in shown
    assert "Undo" not in shown
