"""Staff whose browser asks for Spanish read Spanish; machines are answered in English."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from calls.models import LineAction
from desk import roles, stored
from desk.heard import SILENCE
from reminders import planning
from reminders.models import AccessLog, Clinic, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY
from tests.desk.conftest import hear, make_call, make_visits, page

SPANISH = "es-MX,es;q=0.9,en;q=0.5"
#: Words without which no English sentence gets far, and which no Spanish one has.
ENGLISH = re.compile(
    r"\b(the|of|and|with|was|are|is|not|from|this|that|by|to|for|on|call|calls|visit|visits|"
    r"patients|day|time|when|what|who|why|yes|today|next|last|name|none|any|no one|type|"
    r"select|add|save|clinic|answer|heard|said|due|done|take)\b",
    re.IGNORECASE,
)
UNREAD = re.compile(
    r"<(script|style|template|title)\b.*?</\1>|<!--.*?-->|"
    r"<span[^>]*material-symbols[^>]*>[^<]*</span>",
    re.DOTALL,
)


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """A request leaves its language to the thread; here that is the next test's."""
    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def spanish(desk: Client) -> Client:
    """Dana's browser, which prefers Spanish."""
    desk.defaults["HTTP_ACCEPT_LANGUAGE"] = SPANISH
    return desk


def words_of(response: HttpResponse) -> str:
    """What stands on a page, and what a screen reader adds."""
    assert response.status_code == 200
    html = UNREAD.sub(" ", response.content.decode())
    spoken = re.findall(r'\s(?:aria-label|placeholder|title)="([^"]*)"', html)
    return unescape("\n".join([re.sub(r"<[^>]+>", "\n", html), *spoken]))


def english_in(text: str) -> list[str]:
    """Lines that sound English, but for the names that these tests gave."""
    names = ("Maple Street Clinic", "“yes”", "English")
    for name in names:
        text = text.replace(name, "")
    # A class of the theme's that has a ">" in its name.
    text = text.replace('.form-delete]:block relative group/parent template last" >', "")
    return [line.strip() for line in text.splitlines() if ENGLISH.search(line)]


def test_what_staff_read_is_spanish_where_the_browser_asks_for_it(
    spanish: Client, clinic: Clinic
) -> None:
    visits = make_visits(clinic, 3)
    attempt = make_call(visits[0], outcome="confirmed")
    hear(attempt)
    make_call(visits[1], outcome="cancelled", note="Azure asked this caller id to slow down.")
    make_call(visits[2], outcome="", status="connected", ended_at=None)
    freed = "Cancelled by the patient; the slot is free."
    WorkItem.open(visits[1], WorkKind.SLOT_FREE, TUESDAY, detail=freed)
    planning.replan(visits[0].pk, TUESDAY)
    pages = {
        "/admin/": ("Lo primero por hacer", "Últimas llamadas", "Cancelada por el paciente"),
        page("reminders_appointment", action="changelist"): ("¿Quién no ha respondido?",),
        page("reminders_appointment", visits[0]): ("Lo que ocurrió", "Próxima llamada"),
        page("reminders_appointment", visits[1]): ("Azure pidió a este número de origen",),
        page("reminders_appointment", action="add"): ("Elija paciente, día y hora",),
        page("reminders_appointment", visits[0], "cancel"): ("¿Cancelar la cita de",),
        page("reminders_workitem", action="changelist"): ("Hueco libre", "dé el hueco a otro"),
        page("reminders_workitem", WorkItem.objects.get()): ("Lo que ocurrió con ella",),
        page("calls_callattempt", action="changelist"): ("¿Cómo terminó?",),
        page("calls_callattempt", attempt): ("Lo que Ringwell dijo e hizo", "Cómo se decidió"),
        page("reminders_patient", action="add"): ("Base legal", "Como America/Chicago"),
        page("reminders_phonenumber", visits[0].patient.number): ("Línea de un centro",),
        page("reminders_clinic", clinic): ("Días sin llamadas", "Valor propio de Azure"),
        "/admin/calendar/": ("Qué significan los colores",),
        "/admin/imports/": ("¿Qué hay en el archivo?",),
        "/admin/reports/": ("A qué llevaron los recordatorios",),
        "/admin/quality/": ("Pacientes sin idioma",),
        "/admin/calls/stop/": ("¿Detener todas las llamadas de todas las clínicas?",),
    }
    left: dict[str, list[str]] = {}
    for address, expected in pages.items():
        response = spanish.get(address, follow=True)
        text = words_of(response)
        assert '<html lang="es"' in response.content.decode()
        assert response.headers["Content-Language"] == "es"
        for words in expected:
            assert words in text, (address, words)
        if found := english_in(re.sub(r"Patient \d", "", text)):
            left[address] = found
    assert left == {}


def test_the_login_is_in_the_language_of_the_browser(client: Client, db: None) -> None:
    response = client.get("/accounts/login/", HTTP_ACCEPT_LANGUAGE=SPANISH)
    text = words_of(response)
    assert "Iniciar sesión" in text
    assert "Contraseña" in text
    assert english_in(text) == []
    assert "Accept-Language" in response.headers["Vary"]


def test_whoever_chooses_a_language_keeps_it(spanish: Client) -> None:
    assert "Hoy" in words_of(spanish.get("/admin/"))
    sent = {"language": "en", "next": "/admin/imports/"}
    chosen = spanish.post("/accounts/language/", sent, follow=True)
    assert "What is in the file?" in words_of(chosen)
    assert "Today" in words_of(spanish.get("/admin/"))


def test_a_language_is_chosen_by_a_button_of_ours_alone(db: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.post("/accounts/language/", {"language": "es"}).status_code == 403


@pytest.mark.parametrize("address", ["/api/v1/appointments", "/callbacks/x/y", "/healthz"])
def test_machines_are_answered_in_english_whoever_was_served_before(
    spanish: Client, address: str
) -> None:
    spanish.get("/admin/")
    response = spanish.get(address)
    assert translation.get_language() == settings.LANGUAGE_CODE
    assert "Accept-Language" not in response.headers.get("Vary", "")
    assert "Content-Language" not in response.headers


def test_a_stored_sentence_is_read_with_what_stands_in_it() -> None:
    with translation.override("es"):
        assert stored.read("Phone: is empty") == "Teléfono: está vacío"
        assert stored.read("Phone or Patient id") == "Teléfono o Id del paciente"
        assert stored.read("Wants another time: is empty") == "Quiere otra hora: is empty"
        assert stored.read("revoked before dialling: Calls are paused.") == (
            "revocada antes de marcar: Las llamadas están en pausa."
        )
        assert stored.read("What nobody foresaw") == "What nobody foresaw"


def test_what_another_system_changed_and_a_move_taken_back_are_told_in_spanish(
    desk: Client, clinic: Clinic
) -> None:
    (visit,) = make_visits(clinic, 1)
    visit.note("changed", TUESDAY, actor="api pms", fields=["minutes"])
    visit.note("move_undone", TUESDAY, actor="staff dana")
    answer = desk.get(page("reminders_appointment", visit), headers={"accept-language": SPANISH})
    story = unescape(answer.content.decode())
    assert "Cita modificada" in story
    assert "Traslado anulado" in story


def test_roles_are_read_in_spanish_wherever_they_stand(spanish: Client) -> None:
    roles.sync()
    rosa = User.objects.create_user("rosa", password="x", is_staff=True)
    rosa.groups.add(Group.objects.get(name="scheduler"))
    for url in (
        page("auth_user", action="changelist"),
        page("auth_user", rosa),
        page("auth_group", action="changelist"),
        page("auth_group", Group.objects.get(name="scheduler")),
    ):
        text = words_of(spanish.get(url)).casefold()
        assert "recepción" in text, url
        assert not re.search(r"^\s*(scheduler|manager|administrator)\s*$", text, re.M), url
    shown = spanish.get(page("auth_user", action="changelist"), {"role": rosa.groups.get().pk})
    assert list(shown.context["cl"].queryset) == [rosa]


def test_the_access_log_names_pages_and_people_in_spanish(spanish: Client) -> None:
    log = AccessLog.objects.create(
        at=TUESDAY, actor="staff rosa", page="admin:reminders_patient_history", kind="page"
    )
    for url in (page("reminders_accesslog", action="changelist"), page("reminders_accesslog", log)):
        text = words_of(spanish.get(url))
        assert "Paciente: historial" in text, url
        assert "personal rosa" in text, url
        assert "staff rosa" not in text, url


def test_a_call_and_its_visit_have_no_scraps_of_english(spanish: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    call = make_call(visit, end_reason="no_answer")
    choices = [{"label": label} for label in ("Repeat", "Stop", "Deceased")]
    LineAction.objects.create(
        attempt=call,
        kind="ask",
        state="done",
        created_at=TUESDAY,
        payload={"prompts": [], "listen": {"choices": choices}},
    )
    visit.record_answer("cancelled", TUESDAY, actor="patient")
    told = words_of(spanish.get(page("calls_callattempt", call)))
    assert "Repetir, Detener, " in told
    assert "sin respuesta" in told
    assert not re.search(r"\b(Repeat|Deceased|no_answer|no answer)\b", told)
    assert "por el paciente" in words_of(spanish.get(page("reminders_appointment", visit)))


def test_one_silence_is_told_in_the_same_words_on_every_page(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    call = make_call(visit)
    hear(call, phrase="", speech="", label="", input_type="", code=400, sub_code=SILENCE)
    pages = {
        "visit": page("reminders_appointment", visit),
        "call": page("calls_callattempt", call),
        "calls": page("calls_callattempt", action="changelist"),
        "heard": page("calls_recognition", action="changelist"),
    }
    for name, url in pages.items():
        text = desk.get(url).content.decode()
        assert "Said nothing" in text, name
        assert "othing understood" not in text, name
        assert "nothing said" not in text, name
