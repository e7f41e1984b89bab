"""The doors of the API: load, one call into the domain, report."""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import appointments, calling, clinics, lists, patients, schema
from api.bodies import load, sent
from api.models import ApiToken
from api.parsing import AlwaysJSON, refuse_too_large
from api.repeating import once
from api.scopes import Resource, Scope, needed
from calls.placing import Refusal
from config import clock
from reminders.models import AccessLog, Appointment, Clinic, Patient
from reminders.models.access import AccessKind


class Door(APIView):
    """What all doors have: JSON only, bounded bodies, no OPTIONS."""

    #: Whose scope opens it; None: any token does.
    resource: Resource | None = None
    http_method_names = ["get", "head", "put", "post"]
    content_negotiation_class = AlwaysJSON

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the bearer is known, and before a body is read."""
        super().initial(request, *args, **kwargs)
        if self.resource is not None:
            scope = needed(self.resource, write=request.method not in SAFE_METHODS)
            if not token(request).may(scope):
                raise PermissionDenied(f"This token does not have the scope {scope}.")
        refuse_too_large(request)


def token(request: Request) -> ApiToken:
    """Who is asking: no door opens without one."""
    assert isinstance(request.auth, ApiToken)
    return request.auth


def note_look(request: Request, patients: Iterable[int], *, numbers: bool) -> None:
    """Something that tells of people goes out with the answer: who saw whom is kept (R16)."""
    match = request.resolver_match
    page = match.view_name if match else ""
    by = token(request).actor
    AccessLog.keep(by, AccessKind.API, page, patients, clock.now(), numbers=numbers)


def note_words(request: Request, visits: Iterable[Appointment]) -> None:
    """What somebody said on the phone may hold their name."""
    if token(request).may(Scope.CALLS_READ):
        heard = [visit.patient_id for visit in visits if calling.holds_words(visit)]
        if heard:
            note_look(request, heard, numbers=False)


def made_or_changed(body: Any, made: bool) -> Response:
    """201 for a new row, else 200; the body is that of a GET."""
    return Response(body, status=status.HTTP_201_CREATED if made else status.HTTP_200_OK)


@schema.described("clinic", "slug", clinics.ClinicBody)
class ClinicView(Door):
    """One clinic."""

    resource = Resource.CLINICS

    def get(self, request: Request, slug: str) -> Response:
        """Show a clinic."""
        return Response(clinics.ClinicBody(load(clinics.shown(token(request)), slug=slug)).data)

    def put(self, request: Request, slug: str) -> Response:
        """Make or change a clinic. Fields left out keep their value."""
        clinic, made = clinics.put(slug, sent(request), clock.now(), by=token(request))
        return made_or_changed(clinics.ClinicBody(clinic).data, made)


@schema.described("patient", "external_id", patients.PatientBody)
class PatientView(Door):
    """One patient."""

    resource = Resource.PATIENTS

    def get(self, request: Request, external_id: str) -> Response:
        """Show a patient."""
        patient = load(patients.shown(token(request)), external_id=external_id)
        note_look(request, [patient.pk], numbers=True)
        return Response(patients.PatientBody(patient).data)

    def put(self, request: Request, external_id: str) -> Response:
        """Make or change a patient. Fields left out keep their value."""
        patient, made = patients.put(external_id, sent(request), clock.now(), by=token(request))
        note_look(request, [patient.pk], numbers=True)
        return made_or_changed(patients.PatientBody(patient).data, made)


@schema.described("appointment", "external_id", appointments.AppointmentBody)
class AppointmentView(Door):
    """One visit."""

    resource = Resource.APPOINTMENTS

    def get(self, request: Request, external_id: str) -> Response:
        """Show a visit with its next call and the calls so far."""
        visit = load(appointments.shown(token(request)), external_id=external_id)
        return Response(self._told(request, visit))

    def put(self, request: Request, external_id: str) -> Response:
        """Make, change, move or end a visit. Fields left out keep their value."""
        visit, made = appointments.put(external_id, sent(request), clock.now(), by=token(request))
        return made_or_changed(self._told(request, visit), made)

    def _told(self, request: Request, visit: Appointment) -> Any:
        note_words(request, [visit])
        return appointments.AppointmentBody(visit, context={"by": token(request)}).data


@extend_schema_view(
    post=extend_schema(
        operation_id="appointment_call_now",
        parameters=[schema.id_in_path("external_id"), schema.IDEMPOTENCY_KEY],
        request=None,
        responses={202: calling.CallShown, 409: calling.Refused},
    )
)
class CallNowView(Door):
    """A call at once, for one visit."""

    resource = Resource.CALLS

    @once
    def post(self, request: Request, external_id: str) -> Response:
        """Call without waiting for the cadence; every other rule holds."""
        asked = appointments.call_now(external_id, clock.now(), by=token(request))
        if isinstance(asked, Refusal):
            return Response(calling.Refused(asked).data, status=status.HTTP_409_CONFLICT)
        return Response(calling.CallShown(asked).data, status=status.HTTP_202_ACCEPTED)


@extend_schema_view(get=extend_schema(operation_id="clinic_list"))
class ClinicList(Door, lists.ListView):
    """List clinics, a page at a time."""

    resource = Resource.CLINICS
    queryset = Clinic.objects.none()
    serializer_class = clinics.ClinicBody
    filterset_class = lists.ClinicFilter

    def rows(self, by: ApiToken) -> "QuerySet[Clinic]":
        """The token's clinics."""
        return clinics.shown(by)


@extend_schema_view(get=extend_schema(operation_id="patient_list"))
class PatientList(Door, lists.ListView):
    """List patients, a page at a time."""

    resource = Resource.PATIENTS
    queryset = Patient.objects.none()
    serializer_class = patients.PatientBody
    filterset_class = lists.PatientFilter

    def rows(self, by: ApiToken) -> "QuerySet[Patient]":
        """The token's patients."""
        return patients.shown(by)

    def paginate_queryset(self, queryset: Any) -> Any:
        """The page, and who is on it written down."""
        page = super().paginate_queryset(queryset)
        note_look(self.request, [patient.pk for patient in page or ()], numbers=True)
        return page


@extend_schema_view(get=extend_schema(operation_id="appointment_list"))
class AppointmentList(Door, lists.ListView):
    """List visits, a page at a time."""

    resource = Resource.APPOINTMENTS
    queryset = Appointment.objects.none()
    serializer_class = appointments.AppointmentBody
    filterset_class = lists.AppointmentFilter

    def rows(self, by: ApiToken) -> "QuerySet[Appointment]":
        """The token's visits."""
        return appointments.shown(by)

    def paginate_queryset(self, queryset: Any) -> Any:
        """The page, and whose words are on it written down."""
        page = super().paginate_queryset(queryset)
        note_words(self.request, page or ())
        return page


class SchemaView(Door):
    """This API in OpenAPI's words, for whoever has a token."""

    schema = None

    def get(self, request: Request) -> Response:
        """The document, made once."""
        return Response(schema.document())


class NoSuchAddress(Door):
    """Everything else under /api/v1/: a 404 in JSON, and no redirect of a PUT."""

    schema = None

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> NoReturn:
        """All methods come here, since there is none of its own."""
        raise NotFound("There is no such address; every address of this API ends in a slash.")
