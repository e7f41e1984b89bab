"""Request bodies of the REST wire, read into typed values or refused as Azure would refuse.

What a recognition asks is read in ``recognizing``, what is to be heard in ``prompts``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from simulator import fields
from simulator.errors import invalid, not_built
from simulator.prompts import Prompt, read_prompts

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


@dataclass(frozen=True)
class CreateCall:
    """POST /calling/callConnections."""

    number: str
    caller_id: str
    callback_uri: str
    operation_context: str | None
    has_ai_resource: bool
    display_name: str | None


@dataclass(frozen=True)
class Play:
    """POST {id}:play."""

    prompts: tuple[Prompt, ...]
    loop: bool
    interrupt: bool
    operation_context: str | None
    callback_uri: str | None

    @property
    def needs_ai_resource(self) -> bool:
        return any(prompt.is_synthetic for prompt in self.prompts)

    def as_data(self) -> dict[str, Any]:
        """What was asked, in the words of the request."""
        return {"operation": "play", "loop": self.loop}


@dataclass(frozen=True)
class Transfer:
    """POST {id}:transferToParticipant."""

    number: str
    caller_id: str
    #: Who is transferred away; None: the one telephone on the call.
    transferee: str | None
    operation_context: str | None
    callback_uri: str | None


def read_create_call(body: Mapping[str, Any]) -> CreateCall:
    for unbuilt in ("mediaStreamingOptions", "transcriptionOptions", "teamsAppSource"):
        if body.get(unbuilt) is not None:
            raise not_built(f"{unbuilt} on create call")
    targets = fields.objects(body, "targets")
    if not targets:
        raise invalid("The field Targets is required.")
    if len(targets) > 1:
        raise not_built("calls to several targets")
    intelligence = fields.optional_object(body, "callIntelligenceOptions")
    return CreateCall(
        number=read_phone(targets[0], "Targets"),
        caller_id=_caller_id(body),
        callback_uri=read_callback_uri(fields.text(body, "callbackUri"), "CallbackUri"),
        operation_context=fields.optional_text(body, "operationContext"),
        has_ai_resource=bool(fields.optional_text(intelligence, "cognitiveServicesEndpoint")),
        display_name=fields.optional_text(body, "sourceDisplayName"),
    )


def read_play(body: Mapping[str, Any]) -> Play:
    prompts = read_prompts(fields.objects(body, "playSources"))
    if not prompts:
        raise invalid("The field PlaySources is required.")
    options = fields.optional_object(body, "playOptions")
    return Play(
        prompts=prompts,
        loop=fields.flag(options, "loop"),
        interrupt=fields.flag(body, "interruptCallMediaOperation"),
        operation_context=fields.optional_text(body, "operationContext"),
        callback_uri=operation_callback(body),
    )


def read_transfer(body: Mapping[str, Any]) -> Transfer:
    transferee = fields.optional_object(body, "transferee")
    return Transfer(
        number=read_phone(fields.required_object(body, "targetParticipant"), "TargetParticipant"),
        caller_id=_caller_id(body),
        transferee=read_phone(transferee, "Transferee") if transferee else None,
        operation_context=fields.optional_text(body, "operationContext"),
        callback_uri=operation_callback(body),
    )


def read_phone(identifier: Mapping[str, Any], name: str) -> str:
    """The E.164 number of a phone identifier, or a refusal that names the field."""
    value = fields.optional_object(identifier, "phoneNumber").get("value")
    if not isinstance(value, str) or not is_e164(value):
        raise invalid(f"The field {name} is invalid: an E.164 phone number is required.")
    return value


def is_e164(number: str) -> bool:
    return _E164.fullmatch(number) is not None


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    return _LOOPBACK.fullmatch(host) is not None


def read_callback_uri(uri: str, name: str) -> str:
    """An https URI, or http on loopback; anything else is refused in Azure's words."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        raise invalid(f"The field {name} is invalid.") from None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise invalid(f"The field {name} is invalid.")
    return uri


def operation_callback(body: Mapping[str, Any]) -> str | None:
    """The address that one action's events go to, if it names one."""
    uri = fields.optional_text(body, "operationCallbackUri")
    return None if uri is None else read_callback_uri(uri, "OperationCallbackUri")


def _caller_id(body: Mapping[str, Any]) -> str:
    value = fields.optional_object(body, "sourceCallerIdNumber").get("value")
    if not isinstance(value, str) or not value:
        raise invalid("The field SourceCallerIdNumber is required to call a phone number.")
    return value
