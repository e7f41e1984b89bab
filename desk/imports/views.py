"""The pages of imports. Everything that takes long is done by a worker; the pages look on."""

from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import clock
from desk import reach, seeing
from desk.imports.forms import KINDS, MappingForm, UploadForm
from desk.imports.shown import VERDICTS, rows_shown, said
from desk.local import told
from reminders.imports import jobs, tables
from reminders.models import ImportJob, ImportMapping
from reminders.models.importing import ImportKind, ImportState, RowVerdict

log = structlog.get_logger(__name__)

VIEW, ADD, APPLY = (f"reminders.{verb}_importjob" for verb in ("view", "add", "change"))
PAGE = 50
LATEST = 30

STATES = {
    ImportState.UPLOADED: ("warning", gettext_lazy("Tell what its columns mean")),
    ImportState.CHECKING: ("info", gettext_lazy("Is being compared")),
    ImportState.CHECKED: ("warning", gettext_lazy("Look it over and apply it")),
    ImportState.APPLYING: ("info", gettext_lazy("Is being applied")),
    ImportState.DONE: ("success", gettext_lazy("Applied")),
    ImportState.CANCELLED: ("", gettext_lazy("Thrown away")),
    ImportState.FAILED: ("danger", gettext_lazy("Failed")),
}


def _ask(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _job(request: HttpRequest, pk: int, permission: str = VIEW) -> ImportJob:
    """The job, where the person may see its clinic; else 403 or 404."""
    _ask(request, permission)
    rows = reach.within(ImportJob.objects.select_related("clinic"), request.user)
    job = rows.filter(pk=pk).first()
    if job is None:
        raise Http404
    return job


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return TemplateResponse(
        request, template, admin.site.each_context(request) | {"title": title} | context
    )


def _to(job: ImportJob) -> HttpResponse:
    return redirect("admin:imports_job", pk=job.pk)


def wake() -> None:
    """Ask a worker to look at once; the beat's look finds the same row later."""
    if settings.CELERY_BROKER_URL.startswith("memory") and not settings.ALL_IN_ONE:
        return
    try:
        current_app.send_task("reminders.work_imports", expires=30)
    except Exception as error:
        log.warning("no broker", action="wake imports", error=type(error).__name__)


def index(request: HttpRequest) -> HttpResponse:
    """The latest files, and the way in for another."""
    _ask(request, VIEW)
    may_add = request.user.has_perm(ADD)
    form = UploadForm(reach.clinics(request.user))
    if request.method == "POST":
        _ask(request, ADD)
        form = UploadForm(reach.clinics(request.user), request.POST, request.FILES)
        if form.is_valid() and (job := _upload(request, form)):
            return _to(job)
    now = clock.now()
    latest = reach.within(ImportJob.objects.select_related("clinic"), request.user)[:LATEST]
    return _page(
        request,
        "desk/imports/index.html",
        _("Import"),
        form=form if may_add else None,
        jobs=[
            {
                "row": job,
                "name": seeing.file_name(job.file_name, request),
                "kind": KINDS[ImportKind(job.kind)],
                "state": STATES[ImportState(job.state)],
                "at": told(job.created_at, job.clinic.zone, now),
            }
            for job in latest
        ],
        most_rows=f"{tables.MOST_ROWS:,}",
    )


def _upload(request: HttpRequest, form: UploadForm) -> ImportJob | None:
    """The job; None where the file is no table, which the form then says."""
    file, user = form.cleaned_data["file"], request.user
    mine = None if reach.is_everywhere(user) else reach.clinics(user).values_list("pk", flat=True)
    try:
        return jobs.upload(
            form.cleaned_data["clinic"],
            ImportKind(form.cleaned_data["kind"]),
            file.name,
            file.read(),
            clock.now(),
            by=user.get_username(),
            reach=None if mine is None else list(mine),
        )
    except tables.BadFile as bad:
        form.add_error("file", str(bad))
        return None


def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: its columns, its dry run, its progress, or what came of it."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET"])
    job = _job(request, pk)
    context: dict[str, Any] = {}
    if job.state in (ImportState.UPLOADED, ImportState.CHECKED):
        mapping = _chosen_mapping(request, job)
        context["form"] = MappingForm(job)
        context["mappings"] = ImportMapping.objects.filter(clinic=job.clinic, kind=job.kind)
        context["mapping"] = mapping
    return _job_page(request, job, **context)


def _chosen_mapping(request: HttpRequest, job: ImportJob) -> ImportMapping | None:
    """A remembered mapping that was chosen above the form; shown, not saved yet."""
    asked = request.GET.get("mapping", "")
    rows = ImportMapping.objects.filter(clinic=job.clinic, kind=job.kind)
    mapping = rows.filter(pk=int(asked)).first() if asked.isdecimal() else None
    if mapping is not None:
        job.columns, job.options = mapping.columns, job.options | mapping.options
    return mapping


def _job_page(request: HttpRequest, job: ImportJob, **context: Any) -> HttpResponse:
    user = request.user
    show = request.GET.get("show", "")
    verdicts = [v for v in VERDICTS if v is not RowVerdict.SAME]
    stored = job.counts if job.state == ImportState.CHECKED else {}
    first = next((v for v in (RowVerdict.WRONG, *verdicts) if stored.get(v)), RowVerdict.WRONG)
    verdict = RowVerdict(show) if show in tuple(verdicts) else first
    pages = Paginator(job.lines.filter(verdict=verdict).order_by("pk"), PAGE)
    page = pages.get_page(request.GET.get("page"))
    return _page(
        request,
        "desk/imports/job.html",
        seeing.file_name(job.file_name, request),
        job=job,
        kind=KINDS[ImportKind(job.kind)],
        state=STATES[ImportState(job.state)],
        counts=[(v, words, job.counts.get(v, 0)) for v, words in VERDICTS.items()],
        verdict=verdict,
        verdict_words=VERDICTS[verdict],
        page=page,
        rows=rows_shown(job, page.object_list, request, clock.now()),
        gone=job.counts.get(RowVerdict.GONE, 0),
        left=job.counts.get("left", 0),
        something=any(job.counts.get(v) for v in ("new", "changed", "gone")),
        is_visits=job.kind == ImportKind.VISITS,
        apply_words=said(job),
        may_change=user.has_perm(ADD),
        may_apply=user.has_perm(APPLY),
        percent=100 * job.done // job.rows if job.rows else 0,
        **context,
    )


def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part that renews itself; once the worker is done, the whole page is due."""
    job = _job(request, pk)
    if job.state not in jobs.WORK:
        return _to(job)
    percent = 100 * job.done // job.rows if job.rows else 0
    context = {"job": job, "percent": percent}
    return TemplateResponse(request, "desk/imports/progress.html", context)


def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the mapping, and ask for the dry run."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    job = _job(request, pk, ADD)
    form = MappingForm(job, request.POST)
    if not form.is_valid():
        return _job_page(request, job, form=form)
    name = form.cleaned_data["save_as"].strip()
    return _do(request, job, lambda: jobs.check(job, form.chosen(), form.options(), save_as=name))


def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for what the dry run showed."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    job = _job(request, pk, APPLY)
    gone = request.POST.get("cancel_gone") == "on"
    by = request.user.get_username()
    return _do(request, job, lambda: jobs.apply(job, by=by, cancel_gone=gone))


def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the file away."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    job = _job(request, pk, ADD)
    return _do(request, job, lambda: jobs.cancel(job, clock.now()))


def _do(request: HttpRequest, job: ImportJob, act: Any) -> HttpResponse:
    try:
        with transaction.atomic():
            act()
            transaction.on_commit(wake)
    except jobs.NotNow:
        words = _("Somebody was faster: this is how it is now.")
        messages.warning(request, words)
    return _to(job)


def urls(view: Any) -> list[tuple[str, Any, str]]:
    """(route, view, name) of every page, wrapped as the site wants them."""
    return [
        ("imports/", view(index), "imports"),
        ("imports/<int:pk>/", view(job_page), "imports_job"),
        ("imports/<int:pk>/progress/", view(progress), "imports_progress"),
        ("imports/<int:pk>/check/", view(check), "imports_check"),
        ("imports/<int:pk>/apply/", view(apply), "imports_apply"),
        ("imports/<int:pk>/cancel/", view(cancel), "imports_cancel"),
    ]
