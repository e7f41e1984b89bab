"""OpenAPI 3.1: what drf-spectacular finds, and what it cannot see."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

from api.appointments import SENDABLE
from api.repeating import HEADER, PATTERN
from calls.conversation.vocabulary import AttemptStatus
from reminders.models.fields import choices
from reminders.policy.vocabulary import AppointmentStatus, Reason

ID_PATTERN = r"^[A-Za-z0-9._:-]{1,64}$"

FAULTS = {
    "type": "object",
    "description": "Messages under the field they are about; other faults under detail.",
    "properties": {"detail": {"type": "string"}},
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
DETAIL = {
    "type": "object",
    "properties": {"detail": {"type": "string"}},
    "required": ["detail"],
}

#: Can be sent, and is never shown; shown to a token that may read calls.
NOT_ALWAYS = {"call_pin", "calls"}

#: Status -> (what it means, the component of its body).
REFUSALS = {
    "400": ("A field, a parameter or the body is at fault.", "Faults"),
    "401": ("The token is missing, unknown, revoked or expired.", "Detail"),
    "403": ("The token does not have the scope for this.", "Detail"),
    "404": ("There is no such row, or no such address.", "Detail"),
    "413": ("The body is larger than 1 MB.", "Detail"),
    "422": ("The Idempotency-Key belongs to another request.", "Faults"),
    "415": ("The body is not application/json.", "Detail"),
}

_SETTINGS = {
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AppointmentStatus": choices(AppointmentStatus),
        "NextCallReason": choices(Reason),
        "CallStatus": choices(AttemptStatus),
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.tell_the_rest",
    ],
}


@cache
def document() -> dict[str, Any]:
    """The document; it is the same for every token and every day."""
    with patched_settings(_SETTINGS):
        return dict(SchemaGenerator().get_schema(request=None, public=True))


def id_in_path(name: str) -> OpenApiParameter:
    """The id that the sender gave the row."""
    return OpenApiParameter(name, {"type": "string", "pattern": ID_PATTERN}, OpenApiParameter.PATH)


#: Of every POST.
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": f"^{PATTERN}$"},
    OpenApiParameter.HEADER,
    description="Sent again with the same key, a request does nothing again and has its first "
    "answer, for 24 hours.",
)


def described(name: str, key: str, body: Any) -> Any:
    """A decorator: what GET and PUT of one row take and give."""
    parameters = [id_in_path(key)]
    return extend_schema_view(
        get=extend_schema(operation_id=f"{name}_get", parameters=parameters, responses=body),
        put=extend_schema(
            operation_id=f"{name}_put",
            parameters=parameters,
            request=body,
            # 201 for a row that was made, else 200, with the same body.
            responses={200: body, 201: body},
        ),
    )


def tell_the_rest(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """What a body may hold and always holds, and each refusal an operation gives."""
    schemas = result["components"]["schemas"]
    for name in ("Clinic", "CallProfile", "Patient", "Appointment"):
        told = schemas[name]["properties"]
        schemas[name]["required"] = sorted(set(told) - NOT_ALWAYS)
        schemas[f"{name}Request"]["additionalProperties"] = False
    status = schemas["AppointmentRequest"]["properties"]["status"]
    status.clear()
    status["enum"] = [*SENDABLE, None]
    # Shown only; made because calls lie inside of what can be sent.
    for name in ("CallRequest", "RecognitionRequest"):
        schemas.pop(name, None)
    schemas.update(Faults=FAULTS, Detail=DETAIL)
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for code in _refusals(path, method):
                operation["responses"].setdefault(code, _refusal(code))
            if method == "post":
                _tell_of_work(operation["responses"]["409"])
    return result


def _refusal(code: str) -> dict[str, Any]:
    text, component = REFUSALS[code]
    body = {"$ref": f"#/components/schemas/{component}"}
    return {"description": text, "content": {"application/json": {"schema": body}}}


def _tell_of_work(conflict: dict[str, Any]) -> None:
    """A 409 is the domain's refusal, or tells that the first request is still in work."""
    told = conflict["content"]["application/json"]
    told["schema"] = {"anyOf": [told["schema"], {"$ref": "#/components/schemas/Detail"}]}


def _refusals(path: str, method: str) -> list[str]:
    """The statuses an operation may refuse with.

    A 404 even to PUT: an id with a slash in it is another address.
    """
    codes = ["401", "403"]
    if path.endswith("}/") or method == "post":
        codes.append("404")
    if method in ("put", "post") or not path.endswith("}/"):
        codes.append("400")
    if method == "post":
        codes.append("422")
    if method in ("put", "post"):
        codes += ["413"]
    if method == "put":
        codes.append("415")
    return sorted(codes)
