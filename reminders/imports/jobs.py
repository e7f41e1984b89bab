"""The life of a file: uploaded, checked in a dry run, applied, erased.

The job's row is the queue. One worker at a time works on one job, tells so with
every chunk, and is succeeded after a silence. The dry run changes nothing of ours, and
begins anew. Applying goes on at the first row that is not marked: the mark, the change and
its plan are one transaction.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, Q

from reminders.imports import columns, tables
from reminders.imports.cells import Line, guess_dates, plain
from reminders.imports.columns import Mapping, Options
from reminders.imports.consents import Consents
from reminders.imports.rows import Checked, Kind, read_line
from reminders.imports.stops import Stops
from reminders.imports.visits import Visits
from reminders.models import Clinic, ImportFile, ImportJob, ImportMapping, ImportRow
from reminders.models.fields import normal_language
from reminders.models.importing import OVER, ImportKind, ImportState, RowVerdict

log = structlog.get_logger(__name__)
Tick = Callable[[], datetime]
Item = TypeVar("Item")

#: Lines compared at once in the dry run.
LINES = 1000
#: Rows of one transaction: a caller's answer waits for one chunk at the most.
CHUNK = 250
#: A worker that said nothing for so long is dead.
SILENCE = timedelta(minutes=2)
#: What nobody applied is erased after so long.
KEPT = timedelta(days=7)
#: A deadlock's victim tries again; what fails more often is a fault.
TRIES = 5
SAMPLE = 500

KINDS: dict[str, Callable[[ImportJob], Kind]] = {
    ImportKind.VISITS: Visits,
    ImportKind.STOPS: Stops,
    ImportKind.CONSENTS: Consents,
}
WORK = (ImportState.CHECKING, ImportState.APPLYING)


class NotNow(Exception):
    """The job is in no state for that: somebody was faster."""


# -- what people do


@transaction.atomic
def upload(
    clinic: Clinic,
    kind: ImportKind,
    name: str,
    content: bytes,
    now: datetime,
    *,
    by: str,
    reach: list[int] | None = None,
) -> ImportJob:
    """Take a file in, with a guess of what its columns mean.

    Raises:
        tables.BadFile: nothing is kept of it.
    """
    table = tables.read(content)
    samples = [cells for _, cells in islice(table.rows, SAMPLE)]
    if not samples:
        raise tables.BadFile("The file has headings and no rows.")
    guessed = columns.guess(kind, table.headings)
    options = _usual_options(clinic, table.headings, guessed, samples)
    job = ImportJob.objects.create(
        clinic=clinic,
        kind=kind,
        file_name=name[:200],
        read_as=table.read_as,
        headings=table.headings,
        columns=guessed,
        options=options,
        reach=reach,
        created_at=now,
        created_by=by,
    )
    for mapping in ImportMapping.objects.filter(clinic=clinic, kind=kind).order_by("-pk"):
        if set(mapping.columns.values()) <= set(table.headings):
            # The mapping of an earlier file of this shape.
            job.columns, job.options = mapping.columns, mapping.options
            job.save(update_fields=["columns", "options"])
            break
    ImportFile.objects.create(job=job, content=content)
    return job


def _usual_options(
    clinic: Clinic, headings: list[str], guessed: dict[str, str], samples: list[list[object]]
) -> dict[str, str]:
    name = next((guessed[n] for n in ("date", "start", "at") if n in guessed), None)
    place = headings.index(name) if name else None
    days = [
        plain(cells[place])
        for cells in samples
        if place is not None and place < len(cells) and isinstance(cells[place], str)
    ]
    return {
        "dates": guess_dates(days, clinic.phone),
        "time_zone": clinic.time_zone,
        "language": "",
        "legal_basis": "none",
    }


def check(job: ImportJob, chosen: dict[str, str], options: dict[str, str], *, save_as: str) -> None:
    """Ask for a dry run with this mapping, and keep the mapping for the next file.

    Raises:
        NotNow: the job is being worked on, or over.
    """
    with transaction.atomic():
        waiting = ImportJob.objects.filter(
            pk=job.pk, state__in=(ImportState.UPLOADED, ImportState.CHECKED)
        )
        fresh = {"rows": 0, "done": 0, "counts": {}, "note": "", "worked_at": None}
        if not waiting.update(state=ImportState.CHECKING, columns=chosen, options=options, **fresh):
            raise NotNow
        if save_as:
            ImportMapping.objects.update_or_create(
                clinic=job.clinic,
                kind=job.kind,
                name=save_as,
                defaults={"columns": chosen, "options": options},
            )


def apply(job: ImportJob, *, by: str, cancel_gone: bool) -> None:
    """Ask for what the dry run showed.

    Raises:
        NotNow: it is under way, or over.
    """
    with transaction.atomic():
        checked = ImportJob.objects.filter(pk=job.pk, state=ImportState.CHECKED)
        lines = ImportRow.objects.filter(job=job.pk, applied=False)
        if not cancel_gone:
            lines = lines.exclude(verdict=RowVerdict.GONE)
        if not checked.update(
            state=ImportState.APPLYING,
            applied_by=by,
            cancel_gone=cancel_gone,
            rows=lines.count(),
            done=0,
            worked_at=None,
        ):
            raise NotNow


def cancel(job: ImportJob, now: datetime) -> None:
    """Forget a file that nobody applies.

    Raises:
        NotNow: it is being applied, or over.
    """
    with transaction.atomic():
        open_jobs = ImportJob.objects.filter(pk=job.pk).exclude(
            state__in=(*OVER, ImportState.APPLYING)
        )
        if not open_jobs.update(state=ImportState.CANCELLED, ended_at=now):
            raise NotNow
        _erase(job)


# -- what the worker does


def work(tick: Tick) -> int:
    """Carry on with whatever waits, one job after the other; returns how many were worked on."""
    count = 0
    _forget_old(tick())
    while (job := _take(tick())) is not None:
        _work_on(job, tick)
        count += 1
    return count


def _take(now: datetime) -> ImportJob | None:
    """The oldest job that nobody works on; none while another one is worked on."""
    waiting = ImportJob.objects.filter(state__in=WORK)
    alive = Q(worked_at__gt=now - SILENCE)
    if waiting.filter(alive).exists():
        return None
    job = waiting.select_related("clinic").order_by("created_at", "pk").first()
    if job is None:
        return None
    mine = ImportJob.objects.filter(pk=job.pk, state=job.state, worked_at=job.worked_at)
    job.worked_at = now
    return job if mine.update(worked_at=now) else None


def _work_on(job: ImportJob, tick: Tick) -> None:
    log.info("import", action=job.state, job=job.pk)
    try:
        if job.state == ImportState.CHECKING:
            _dry_run(job, tick)
        else:
            _apply(job, tick)
    except tables.BadFile as bad:
        _fail(job, str(bad), tick())
    except NotNow:
        log.info("import", action="left", job=job.pk)
    except Exception as error:
        # Without the error's text: it may quote a cell.
        log.error("import failed", action="import", job=job.pk, error=type(error).__name__)
        _fail(job, "Ringwell could not finish this. What was applied so far stays.", tick())


def _mine(job: ImportJob, now: datetime, **columns: object) -> None:
    """A sign of life, and progress. Raises NotNow once the job is another's, or cancelled."""
    rows = ImportJob.objects.filter(pk=job.pk, state=job.state, worked_at=job.worked_at)
    if not rows.update(worked_at=now, **columns):
        raise NotNow
    job.worked_at = now


def _dry_run(job: ImportJob, tick: Tick) -> None:
    """Compare every line with what we know; write down what each would change."""
    job.lines.all().delete()
    kind = KINDS[job.kind](job)
    counts: Counter[str] = Counter()
    done = 0
    for chunk in _chunks(_lines(job, kind, tick), LINES):
        now = tick()
        with transaction.atomic():
            kind.compare(chunk, now)
            _store(job, chunk, counts)
            done += len(chunk)
            _mine(job, now, done=done, rows=done, counts=dict(counts))
    gone = kind.gone(tick())
    for chunk in _chunks(iter(gone), LINES):
        with transaction.atomic():
            _store(job, chunk, counts)
            _mine(job, tick(), counts=dict(counts))
    _mine(job, tick(), state=ImportState.CHECKED, counts=dict(counts))


def _lines(job: ImportJob, kind: Kind, tick: Tick) -> Iterator[Checked]:
    table = tables.read(bytes(job.file.content))
    options = Options(**job.options)
    mapping = Mapping.of(ImportKind(job.kind), table.headings, job.columns, options)
    languages = {
        normal_language(tag).partition("-")[0]: tag for tag in reversed(job.clinic.languages)
    }
    now = tick()
    for number, cells in table.rows:
        line = Line(mapping, cells, len(table.headings), job.clinic.phone, languages)
        yield read_line(kind, number, line, now)


def _store(job: ImportJob, chunk: list[Checked], counts: Counter[str]) -> None:
    counts.update(str(line.verdict) for line in chunk)
    news = [line.row(job) for line in chunk if line.verdict is not RowVerdict.SAME]
    ImportRow.objects.bulk_create(news, batch_size=500)


def _apply(job: ImportJob, tick: Tick) -> None:
    kind = KINDS[job.kind](job)
    rows = job.lines.filter(applied=False).order_by("pk")
    if not job.cancel_gone:
        rows = rows.exclude(verdict=RowVerdict.GONE)
    tries = 0
    while chunk := list(rows[:CHUNK]):
        try:
            _apply_chunk(job, kind, chunk, tick())
            tries = 0
        except DatabaseError:
            tries += 1
            if tries >= TRIES:
                raise
            log.warning("import chunk again", action="import", job=job.pk, tries=tries)
    now = tick()
    with transaction.atomic():
        _mine(job, now, state=ImportState.DONE, ended_at=now)
        _erase(job)


@transaction.atomic
def _apply_chunk(job: ImportJob, kind: Kind, chunk: list[ImportRow], now: datetime) -> None:
    _mine(job, now, done=F("done") + len(chunk))
    told = kind.apply(chunk, now)
    ImportRow.objects.filter(pk__in=[row.pk for row in chunk]).update(applied=True)
    for reason in set(told.left.values()):
        left = ImportRow.objects.filter(
            pk__in=[pk for pk, why in told.left.items() if why == reason]
        )
        left.update(verdict=RowVerdict.WRONG, reason=reason)
    if told.left:
        counts = ImportJob.objects.values_list("counts", flat=True).get(pk=job.pk)
        counts["left"] = counts.get("left", 0) + len(told.left)
        ImportJob.objects.filter(pk=job.pk).update(counts=counts)


def _fail(job: ImportJob, note: str, now: datetime) -> None:
    with transaction.atomic():
        rows = ImportJob.objects.filter(pk=job.pk, state=job.state)
        if rows.update(state=ImportState.FAILED, note=note[:500], ended_at=now):
            _erase(job)


def _erase(job: ImportJob) -> None:
    """The file and what its lines told; of a wrong line stay number and reason."""
    ImportFile.objects.filter(job=job.pk).delete()
    ImportRow.objects.filter(job=job.pk).exclude(verdict=RowVerdict.WRONG).delete()
    ImportRow.objects.filter(job=job.pk).update(key="", values={}, diff=[])


def _forget_old(now: datetime) -> None:
    """What nobody applied for a week is erased."""
    idle = ImportJob.objects.filter(
        created_at__lt=now - KEPT, state__in=(ImportState.UPLOADED, ImportState.CHECKED)
    )
    for job in idle:
        cancel(job, now)


def _chunks(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while chunk := list(islice(items, size)):
        yield chunk
