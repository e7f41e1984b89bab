"""Ask for each page of the admin and time it. Run inside ``manage.py shell``."""

import json
import math
import statistics
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse

from benchmarks.admin.rows import build
from calls.models import CallAttempt
from calls.warming import warm_up
from config import clock
from desk.reports.reports import REPORTS
from reminders.models import Appointment, Clinic, Patient, Practitioner


def run(path: str, visits: int, rounds: int) -> None:
    """Fill the database where it is empty, measure every page, write the figures down."""
    began = time.monotonic()
    built = build(visits)
    seconds = time.monotonic() - began if built else None
    warm_up()
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(User.objects.get(username="benchmark"))
    figures = {name: _measure(browser, url, rounds) for name, url in pages().items()}
    Path(path).write_text(json.dumps({"pages": figures, "built": seconds}), encoding="utf-8")


def pages() -> dict[str, str]:
    """Every list, plain, filtered and searched; pages of one row; every report."""
    return {**_lists(), **_rows(), **_reports()}


def _list(model: str, query: str = "") -> str:
    return reverse(f"admin:{model}_changelist") + (f"?{query}" if query else "")


def _lists() -> dict[str, str]:
    today = clock.now().date()
    month = f"days={today - timedelta(days=30)}..{today}"
    visit = Appointment.objects.order_by("pk")[500 % max(1, Appointment.objects.count())]
    clinic, who = Clinic.objects.first(), Practitioner.objects.first()
    assert clinic
    assert who
    patient, person = Patient.objects.get(pk=visit.patient_id), "reminders_patient"
    visits, calls, heard = "reminders_appointment", "calls_callattempt", "calls_recognition"
    reminders, number = "calls_callvisit", "reminders_phonenumber"
    family = patient.name.split()[1]
    # Django turns no page that there is not.
    far = min(100, max(1, Appointment.objects.count() // 50))
    return {
        "appointments": _list(visits),
        "appointments, any time": _list(visits, "when=all"),
        "appointments, past": _list(visits, "when=past"),
        "appointments of a clinic": _list(visits, f"clinic={clinic.pk}"),
        "appointments with somebody": _list(visits, f"practitioner={who.pk}&when=all"),
        "appointments, not answered": _list(visits, "answered=no"),
        "appointments, due": _list(visits, "called=due"),
        "appointments, missed": _list(visits, "status=no_show&when=all"),
        "appointments, missed though reached": _list(
            visits, f"status=no_show&when=all&standing=reached&{month}"
        ),
        "appointments, a late page": _list(visits, f"when=all&p={far}"),
        "appointments by name": _list(visits, f"q={patient.name.replace(' ', '+')}"),
        "appointments by family": _list(visits, f"q={family}"),
        "appointments by nobody's name": _list(visits, "q=Zzyzx"),
        "appointments by id": _list(visits, f"q={visit.external_id}"),
        "appointments by number": _list(visits, f"q=%2B{patient.number.e164[1:]}"),
        "appointments by last digits": _list(visits, f"q={patient.number.e164[-4:]}"),
        "patients": _list(person),
        "patients by name": _list(person, f"q={patient.name.replace(' ', '+')}"),
        "patients by nobody's name": _list(person, "q=Zzyzx"),
        "patients who may be called": _list(person, "may=yes"),
        "numbers": _list(number),
        "numbers by last digits": _list(number, f"q={patient.number.e164[-4:]}"),
        "calls": _list(calls),
        "calls of today": _list(calls, "when=today"),
        "calls, confirmed": _list(calls, "outcome=confirmed"),
        "calls, asked for staff": _list(calls, "outcome=staff_requested"),
        "calls in Spanish": _list(calls, "language=es-US"),
        "calls, negative": _list(calls, "sentiment=negative"),
        "calls with events to handle": _list(calls, "events=open"),
        "calls by name": _list(calls, f"q={patient.name.replace(' ', '+')}"),
        "calls by nobody's name": _list(calls, "q=Zzyzx"),
        "calls by number": _list(calls, f"q=%2B{patient.number.e164[1:]}"),
        "calls, a late page": _list(calls, f"p={far}"),
        "reminders": _list(reminders),
        "reminders of a month, confirmed": _list(reminders, f"{month}&led=confirmed"),
        "reminders of a month at 10": _list(reminders, f"{month}&hour=10"),
        "reminders of a month, second": _list(reminders, f"{month}&attempt=2"),
        "heard": _list(heard),
        "heard in a month, not understood": _list(heard, f"{month}&understanding=not_understood"),
        "work list": _list("reminders_workitem"),
        "work list, done": _list("reminders_workitem", "list=done"),
    }


def _rows() -> dict[str, str]:
    visit = Appointment.objects.filter(starts_at__gt=clock.now()).order_by("starts_at").first()
    call = CallAttempt.objects.order_by("-queued_at").first()
    assert visit
    assert call
    search = {"app_label": "reminders", "model_name": "appointment", "field_name": "patient"}
    query = "&".join(f"{key}={value}" for key, value in search.items())
    found = {
        "today": reverse("admin:index"),
        "one appointment": reverse("admin:reminders_appointment_change", args=[visit.pk]),
        "new appointment": reverse("admin:reminders_appointment_add"),
        "one patient": reverse("admin:reminders_patient_change", args=[visit.patient_id]),
        "one call": reverse("admin:calls_callattempt_change", args=[call.pk]),
        "autocomplete": f"{reverse('admin:autocomplete')}?{query}&term=ort",
    }
    for name in ("calendar", "quality", "imports", "appointments_new"):
        with suppress(NoReverseMatch):
            found[name] = reverse(f"admin:{name}")
    return found


def _reports() -> dict[str, str]:
    today = clock.now().date()
    found = {}
    for span in (14, 92, 365):
        asked = f"first={today - timedelta(days=span - 1)}&last={today}"
        for slug in REPORTS:
            found[f"report {slug}, {span} days"] = f"{reverse('admin:report', args=[slug])}?{asked}"
    who = Practitioner.objects.first()
    assert who
    for slug in ("days", "hours", "attendance"):
        asked = f"first={today - timedelta(days=364)}&last={today}&practitioner={who.pk}"
        found[f"report {slug} of one, 365 days"] = f"{reverse('admin:report', args=[slug])}?{asked}"
    return found


def _measure(browser: Client, url: str, rounds: int) -> dict[str, Any]:
    """Milliseconds of each round after the first, and the number of queries."""
    asked: list[tuple[float, str]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            asked.append(((time.perf_counter() - began) * 1000, sql))

    browser.get(url)
    with connection.execute_wrapper(note):
        response = browser.get(url)
    if response.status_code != 200:
        raise SystemExit(f"{url} answered {response.status_code}")
    times, work = [], []
    for _ in range(rounds):
        began, worked = time.perf_counter(), time.process_time()
        browser.get(url)
        times.append((time.perf_counter() - began) * 1000)
        work.append((time.process_time() - worked) * 1000)
    return {
        "url": url,
        # What others do on the same cores makes a request wait, and is not in this.
        "cpu": statistics.median(work),
        "median": statistics.median(times),
        "p95": sorted(times)[math.ceil(0.95 * len(times)) - 1],
        "queries": len(asked),
        "slowest": max(asked),
    }
