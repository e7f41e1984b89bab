"""Every kind of trouble that keeps a patient from being called, or from being called well."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from desk import reach, seeing, stored
from desk.base import admin_url
from desk.local import told
from desk.wording import WHY
from reminders.models import Appointment, ImportRow, Patient, PhoneNumber
from reminders.models.importing import RowVerdict
from reminders.policy.vocabulary import AppointmentStatus, LegalBasis, Reason

#: Reasons that last until somebody mends the data.
STUCK = (
    Reason.NO_LEGAL_BASIS,
    Reason.OPTED_OUT,
    Reason.QUARANTINED,
    Reason.INVALID_NUMBER,
    Reason.FACILITY_LINE,
    Reason.NO_COMMON_HOURS,
)
#: Lines of files that were left out are shown for so long.
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Trouble:
    """One row on the page: what it is, what is the matter, and where to mend it."""

    what: str
    matter: str
    link: str


Find = Callable[[Any, datetime], "QuerySet[Any]"]
Show = Callable[[Any, HttpRequest, datetime], Trouble]


@dataclass(frozen=True)
class Kind:
    """One kind of trouble; ``find`` is one query, within the person's reach."""

    name: str
    title: Any
    mend: Any
    permission: str
    find: Find
    show: Show


def _coming(now: datetime) -> Exists:
    """Patients without a visit to come disturb nobody."""
    return Exists(Appointment.objects.filter(patient=OuterRef("pk"), starts_at__gt=now))


def _patients(*conditions: Q) -> Find:
    def find(user: Any, now: datetime) -> QuerySet[Any]:
        rows = reach.patients(user).filter(*conditions, deceased_at=None)
        return rows.filter(_coming(now)).select_related("number").order_by("search_name", "pk")

    return find


def _numbers(condition: Q) -> Find:
    def find(user: Any, now: datetime) -> QuerySet[Any]:
        return _with_people(reach.numbers(user).filter(condition), user)

    return find


def _with_people(rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
    """A number that others share tells of one's own patients alone."""
    mine = Prefetch("patients", reach.patients(user).order_by("search_name"), to_attr="mine")
    return rows.order_by("-pk").prefetch_related(mine)


def _shared(user: Any, now: datetime) -> QuerySet[Any]:
    many = Patient.objects.values("number").annotate(people=Count("number")).filter(people__gt=1)
    return _with_people(reach.numbers(user).filter(pk__in=many.values("number")), user)


def _twice(user: Any, now: datetime) -> QuerySet[Any]:
    """Two rows of one name on one number, or born on one day, are likely one person."""
    others = Patient.objects.filter(search_name=OuterRef("search_name")).exclude(pk=OuterRef("pk"))
    same = Q(number=OuterRef("number")) | Q(birth_date=OuterRef("birth_date"))
    # Names that stand there once are most: the pairs are sought among the rest, which their
    # index alone tells as long as nothing but the name is counted.
    names = Patient.objects.order_by().values("search_name").annotate(n=Count("search_name"))
    repeated = names.filter(n__gt=1).values("search_name")
    rows = reach.patients(user).filter(Exists(others.filter(same)), search_name__in=repeated)
    return rows.select_related("number").order_by("search_name", "pk")


def _without_call(user: Any, now: datetime) -> QuerySet[Any]:
    rows = Appointment.objects.filter(
        status=AppointmentStatus.SCHEDULED,
        answer="",
        starts_at__gt=now,
        next_call_at=None,
        next_call_reason__in=STUCK,
    )
    return reach.within(rows, user).select_related("patient", "clinic").order_by("starts_at", "pk")


def _left_out(user: Any, now: datetime) -> QuerySet[Any]:
    rows = ImportRow.objects.filter(verdict=RowVerdict.WRONG, job__created_at__gt=now - LATELY)
    return reach.within(rows, user, "job__clinic").select_related("job").order_by("-job", "line")


def _show_patient(matter: Any) -> Show:
    def show(row: Patient, request: HttpRequest, now: datetime) -> Trouble:
        who = f"{seeing.name(row, request)} · {row.external_id}"
        return Trouble(who, str(matter), admin_url(row))

    return show


def _show_twice(row: Patient, request: HttpRequest, now: datetime) -> Trouble:
    who = f"{seeing.name(row, request)} · {row.external_id}"
    return Trouble(who, seeing.number(row.number, request), admin_url(row))


def _show_number(row: PhoneNumber, request: HttpRequest, now: datetime) -> Trouble:
    names = ", ".join(seeing.name(patient, request) for patient in row.mine[:5])  # type: ignore[attr-defined]
    return Trouble(seeing.number(row, request), names or "–", admin_url(row))


def _show_visit(row: Appointment, request: HttpRequest, now: datetime) -> Trouble:
    who = f"{seeing.name(row.patient, request)} · {told(row.starts_at, row.clinic.zone, now)}"
    return Trouble(who, WHY[row.next_call_reason], admin_url(row))


def _show_line(row: ImportRow, request: HttpRequest, now: datetime) -> Trouble:
    link = reverse("admin:imports_job", args=[row.job_id])
    return Trouble(
        f"{seeing.file_name(row.job.file_name, request)} · {row.line}",
        stored.read(row.reason),
        link,
    )


VISITS, PATIENTS, NUMBERS = (
    f"reminders.view_{model}" for model in ("appointment", "patient", "phonenumber")
)

KINDS = (
    Kind(
        "calls",
        _("Visits that nobody can be called about"),
        _("Open the visit: it says why, and what helps."),
        VISITS,
        _without_call,
        _show_visit,
    ),
    Kind(
        "basis",
        _("Patients without a legal basis"),
        _("Choose one on the patient's page where you can prove it. Without one nobody is called."),
        PATIENTS,
        _patients(Q(legal_basis=LegalBasis.NONE)),
        _show_patient(_("No legal basis")),
    ),
    Kind(
        "wrong",
        _("Numbers of somebody else"),
        _("Ask the patient for the right number, or lift the flag where it was a mistake."),
        NUMBERS,
        _numbers(Q(wrong_number_at__isnull=False) | Q(reassigned_at__isnull=False)),
        _show_number,
    ),
    Kind(
        "invalid",
        _("Numbers that do not exist"),
        _("Enter the right number on the patient's page."),
        NUMBERS,
        _numbers(Q(invalid_at__isnull=False)),
        _show_number,
    ),
    Kind(
        "doubtful",
        _("Numbers in no known range"),
        _("Most are typing errors: compare them with your records."),
        NUMBERS,
        _numbers(Q(doubtful=True, invalid_at=None)),
        _show_number,
    ),
    Kind(
        "facility",
        _("Room lines of a facility"),
        _("They are called with consent only. Take the flag away where it is no room line."),
        NUMBERS,
        _numbers(Q(facility_line=True)),
        _show_number,
    ),
    Kind(
        "shared",
        _("Numbers that patients share"),
        _("Families do. Where it is a mistake, enter the right number on the patient's page."),
        NUMBERS,
        _shared,
        _show_number,
    ),
    Kind(
        "twice",
        _("Patients who may be there twice"),
        _("Move the visits to one of them, in your practice software too if it sends both."),
        PATIENTS,
        _twice,
        _show_twice,
    ),
    Kind(
        "language",
        _("Patients without a language"),
        _("They are called in the clinic's first language. Choose theirs on the patient's page."),
        PATIENTS,
        _patients(Q(language="")),
        _show_patient(_("As the clinic")),
    ),
    Kind(
        "zone",
        _("Patients without a time zone"),
        _("They are called by the clinic's clock. Enter theirs where they live elsewhere."),
        PATIENTS,
        _patients(Q(time_zone="")),
        _show_patient(_("As the clinic")),
    ),
    Kind(
        "file",
        _("Lines of files that were left out"),
        _("Mend them where the file comes from and send it again. Missing numbers are among them."),
        "reminders.view_importjob",
        _left_out,
        _show_line,
    ),
)
