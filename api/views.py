"""The doors of the API: load, one call into the domain, report."""

from collections.abc import Iterable
from typing import Any, NoReturn

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
from calls.placing import Refusal
from config import clock
from reminders.models import AccessLog, Patient
from reminders.models.access import AccessKind


class Door(APIView):
    """What all doors have: JSON only, bounded bodies, no OPTIONS."""

    http_method_names = ["get", "head", "put", "post"]
    content_negotiation_class = AlwaysJSON

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the bearer is known, and before a body is read."""
        super().initial(request, *args, **kwargs)
        assert isinstance(request.auth, ApiToken)
        if request.method not in SAFE_METHODS and not request.auth.may_write:
            raise PermissionDenied("This token may read, and not write.")
        refuse_too_large(request)


def actor(request: Request) -> str:
    """The name under which this request's changes are written down."""
    assert isinstance(request.auth, ApiToken)
    return request.auth.actor


def note_look(request: Request, patients: Iterable[int]) -> None:
    """Names and whole numbers go out with the answer: who saw whom is kept (R16)."""
    match = request.resolver_match
    page = match.view_name if match else ""
    AccessLog.keep(actor(request), AccessKind.API, page, patients, clock.now(), numbers=True)


def made_or_changed(body: Any, made: bool) -> Response:
    """201 for a new row, else 200; the body is that of a GET."""
    return Response(body, status=status.HTTP_201_CREATED if made else status.HTTP_200_OK)


@schema.described("clinic", "slug", clinics.ClinicBody)
class ClinicView(Door):
    """One clinic."""

    def get(self, request: Request, slug: str) -> Response:
        """Show a clinic."""
        return Response(clinics.ClinicBody(load(clinics.shown(), slug=slug)).data)

    def put(self, request: Request, slug: str) -> Response:
        """Make or change a clinic. Fields left out keep their value."""
        clinic, made = clinics.put(slug, sent(request), clock.now(), actor=actor(request))
        return made_or_changed(clinics.ClinicBody(clinic).data, made)


@schema.described("patient", "external_id", patients.PatientBody)
class PatientView(Door):
    """One patient."""

    def get(self, request: Request, external_id: str) -> Response:
        """Show a patient."""
        patient = load(Patient.objects.select_related("number"), external_id=external_id)
        note_look(request, [patient.pk])
        return Response(patients.PatientBody(patient).data)

    def put(self, request: Request, external_id: str) -> Response:
        """Make or change a patient. Fields left out keep their value."""
        patient, made = patients.put(external_id, sent(request), clock.now(), actor=actor(request))
        note_look(request, [patient.pk])
        return made_or_changed(patients.PatientBody(patient).data, made)


@schema.described("appointment", "external_id", appointments.AppointmentBody)
class AppointmentView(Door):
    """One visit."""

    def get(self, request: Request, external_id: str) -> Response:
        """Show a visit with its next call and the calls so far."""
        visit = load(appointments.shown(), external_id=external_id)
        return Response(appointments.AppointmentBody(visit).data)

    def put(self, request: Request, external_id: str) -> Response:
        """Make, change, move or end a visit. Fields left out keep their value."""
        visit, made = appointments.put(
            external_id, sent(request), clock.now(), actor=actor(request)
        )
        return made_or_changed(appointments.AppointmentBody(visit).data, made)


@extend_schema_view(
    post=extend_schema(
        operation_id="appointment_call_now",
        parameters=[schema.id_in_path("external_id")],
        request=None,
        responses={202: calling.CallShown, 409: calling.Refused},
    )
)
class CallNowView(Door):
    """A call at once, for one visit."""

    def post(self, request: Request, external_id: str) -> Response:
        """Call without waiting for the cadence; every other rule holds."""
        asked = appointments.call_now(external_id, clock.now(), actor=actor(request))
        if isinstance(asked, Refusal):
            return Response(calling.Refused(asked).data, status=status.HTTP_409_CONFLICT)
        return Response(calling.CallShown(asked).data, status=status.HTTP_202_ACCEPTED)


@extend_schema_view(get=extend_schema(operation_id="clinic_list"))
class ClinicList(Door, lists.ListView):
    """List clinics, a page at a time."""

    queryset = clinics.shown()
    serializer_class = clinics.ClinicBody
    filterset_class = lists.ClinicFilter


@extend_schema_view(get=extend_schema(operation_id="patient_list"))
class PatientList(Door, lists.ListView):
    """List patients, a page at a time."""

    queryset = Patient.objects.select_related("number")
    serializer_class = patients.PatientBody
    filterset_class = lists.PatientFilter

    def paginate_queryset(self, queryset: Any) -> Any:
        """The page, and who is on it written down."""
        page = super().paginate_queryset(queryset)
        note_look(self.request, [patient.pk for patient in page or ()])
        return page


@extend_schema_view(get=extend_schema(operation_id="appointment_list"))
class AppointmentList(Door, lists.ListView):
    """List visits, a page at a time."""

    queryset = appointments.shown()
    serializer_class = appointments.AppointmentBody
    filterset_class = lists.AppointmentFilter


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
