"""Azure Communication Services Call Automation, behind a small Protocol.

Facts of the SDK relied on here (1.6.0b1, measured on the wire): its own
retries are off; ``from_connection_string`` would force https, so the string
is split here; a trailing slash would enter the signed host; extra keywords of
``play_media`` are swallowed.
"""

import base64
import binascii
import inspect
import os
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import requests
from azure.communication.callautomation import (
    CallAutomationClient,
    CallConnectionClient,
    DtmfTone,
    FileSource,
    PhoneNumberIdentifier,
    RecognitionChoice,
    RecognizeInputType,
    SsmlSource,
    TextSource,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    HttpResponseError,
    ServiceRequestError,
)
from azure.core.pipeline import transport
from azure.core.pipeline.transport import RequestsTransport
from django.conf import settings
from requests.adapters import HTTPAdapter

from calls.conversation.actions import (
    INPUT_TYPES,
    Ask,
    ForChoices,
    ForKeys,
    ForSpeech,
    ForSpeechOrKeys,
    Listen,
    Prompt,
    PromptKind,
    Say,
    Transfer,
)
from calls.gateway.errors import GatewayError

CONNECT_SECONDS = 2
READ_SECONDS = 4
T = TypeVar("T")

#: More than any number of threads one process has on the line.
POOL = 64


@dataclass(frozen=True, kw_only=True)
class Dial:
    """A create call; a repeat carries the same two repeatability values."""

    number: str
    caller_id: str
    callback_url: str
    repeatability_id: uuid.UUID
    first_sent_at: datetime


@dataclass(frozen=True)
class Call:
    """What Azure says of a call."""

    connection_id: str
    state: str
    server_call_id: str
    correlation_id: str


@dataclass(frozen=True)
class Abilities:
    """What can be asked of Azure."""

    language_list: bool
    sentiment: bool


class CallGateway(Protocol):
    """What Ringwell does on a line. Every failure is a ``GatewayError``."""

    def dial(self, dial: Dial) -> Call:
        """Ring a number; returns when Azure accepted."""

    def ask(self, connection_id: str, number: str, ask: Ask) -> None:
        """Say the prompts and listen."""

    def say(self, connection_id: str, number: str, say: Say) -> None:
        """Say something and listen to nothing."""

    def transfer(self, connection_id: str, caller_id: str, transfer: Transfer) -> None:
        """Connect the patient with another number, which sees our caller id."""

    def hang_up(self, connection_id: str) -> None:
        """End the call for everyone; a call that is over already is fine."""

    def look(self, connection_id: str) -> Call | None:
        """The state of a call; None when it is gone."""


def abilities(api_version: str) -> Abilities:
    """What SDK and api-version ("": the SDK's own) can do. Both features came in a preview and
    went again: no other api-version has them, nor has the SDK's later GA release."""
    if api_version and not api_version.endswith("-preview"):
        return Abilities(language_list=False, sentiment=False)
    return _abilities_of_the_sdk()


@cache
def _abilities_of_the_sdk() -> Abilities:
    parameters = inspect.signature(CallConnectionClient.start_recognizing_media).parameters
    speech = str(parameters["speech_language"].annotation) if parameters else ""
    return Abilities(
        language_list="List" in speech or "Sequence" in speech or "list" in speech,
        sentiment="enable_sentiment_analysis" in parameters,
    )


def endpoint_and_key(connection_string: str) -> tuple[str, str]:
    """Split ``endpoint=…;accesskey=…``; http stays http, a trailing slash goes.

    Raises:
        ValueError: naming the part that is missing or wrong.
    """
    parts = dict(p.split("=", 1) for p in connection_string.split(";") if "=" in p)
    parts = {name.strip().lower(): value.strip() for name, value in parts.items()}
    for name in ("endpoint", "accesskey"):
        if not parts.get(name):
            raise ValueError(f"ACS_CONNECTION_STRING has no {name}=…")
    try:
        base64.b64decode(parts["accesskey"], validate=True)
    except binascii.Error:
        raise ValueError("the accesskey in ACS_CONNECTION_STRING is not base64") from None
    return parts["endpoint"].rstrip("/"), parts["accesskey"]


def is_loopback(url: str) -> bool:
    """True for an address on this machine."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def make_client(connection_string: str, api_version: str) -> CallAutomationClient:
    """The SDK's client with our time limits, without its retries.

    Raises:
        ValueError: the connection string is none.
    """
    endpoint, key = endpoint_and_key(connection_string)
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=POOL))
    session.mount("https://", HTTPAdapter(pool_maxsize=POOL))
    loopback = is_loopback(endpoint)
    session.trust_env = not loopback
    requests_transport = RequestsTransport(
        session=session,
        session_owner=False,
        connection_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        use_env_settings=not loopback,
    )
    version = {"api_version": api_version} if api_version else {}
    return CallAutomationClient(
        endpoint, AzureKeyCredential(key), transport=requests_transport, retry_total=0, **version
    )


class AcsGateway:
    """The real SDK. One instance per process: see :func:`gateway`."""

    def __init__(self, connection_string: str, *, api_version: str, cognitive: str) -> None:
        self._client = make_client(connection_string, api_version)
        # The SDK's signer loads another HTTP client at its first signature, which takes a quarter
        # of a second: better now than while somebody holds the line.
        with suppress(ImportError):
            getattr(transport, "AioHttpTransport")  # noqa: B009
        self._cognitive = cognitive
        self._able = abilities(api_version)

    def dial(self, dial: Dial) -> Call:
        properties = through(
            lambda: self._client.create_call(
                PhoneNumberIdentifier(dial.number),
                dial.callback_url,
                source_caller_id_number=PhoneNumberIdentifier(dial.caller_id),
                cognitive_services_endpoint=self._cognitive or None,
                headers={
                    "Repeatability-Request-ID": str(dial.repeatability_id),
                    "Repeatability-First-Sent": format_datetime(dial.first_sent_at, usegmt=True),
                },
            )
        )
        return _call(properties)

    def ask(self, connection_id: str, number: str, ask: Ask) -> None:
        sentiment = ask.sentiment and self._able.sentiment and not isinstance(ask.listen, ForKeys)
        extra = {"enable_sentiment_analysis": True} if sentiment else {}
        prompts = {"play_prompt": [_source(p) for p in ask.prompts]} if ask.prompts else {}
        through(
            lambda: self._connection(connection_id).start_recognizing_media(
                RecognizeInputType(INPUT_TYPES[type(ask.listen)]),
                PhoneNumberIdentifier(number),
                interrupt_prompt=ask.interrupt_prompt,
                interrupt_call_media_operation=ask.interrupt_media,
                operation_context=ask.context,
                **self._listening(ask.listen),
                **prompts,
                **extra,
            )
        )

    def say(self, connection_id: str, number: str, say: Say) -> None:
        through(
            lambda: self._connection(connection_id).play_media(
                [_source(prompt) for prompt in say.prompts],
                [PhoneNumberIdentifier(number)],
                operation_context=say.context,
            )
        )

    def transfer(self, connection_id: str, caller_id: str, transfer: Transfer) -> None:
        through(
            lambda: self._connection(connection_id).transfer_call_to_participant(
                PhoneNumberIdentifier(transfer.number),
                operation_context=transfer.context,
                source_caller_id_number=PhoneNumberIdentifier(caller_id),
            )
        )

    def _listening(self, listen: Listen) -> dict[str, Any]:
        """The parameters of one input type; those of another are never sent along."""
        silence: dict[str, Any] = {"initial_silence_timeout": listen.initial_silence}
        match listen:
            case ForChoices():
                return silence | self._speech(listen) | {"choices": _choices(listen)}
            case ForKeys():
                return silence | _keys(listen)
            case ForSpeech():
                end = {"end_silence_timeout": listen.end_silence}
                return silence | self._speech(listen) | end
            case ForSpeechOrKeys():
                end = {"end_silence_timeout": listen.end_silence}
                return silence | self._speech(listen) | end | _keys(listen)

    def _speech(self, listen: ForChoices | ForSpeech | ForSpeechOrKeys) -> dict[str, Any]:
        one_language = len(listen.languages) == 1 or not self._able.language_list
        languages = listen.languages[0] if one_language else list(listen.languages)
        model = {"speech_recognition_model_endpoint_id": listen.model} if listen.model else {}
        return {"speech_language": languages} | model

    def hang_up(self, connection_id: str) -> None:
        try:
            through(lambda: self._connection(connection_id).hang_up(True))
        except GatewayError as error:
            if not error.gone:
                raise

    def look(self, connection_id: str) -> Call | None:
        try:
            return _call(through(lambda: self._connection(connection_id).get_call_properties()))
        except GatewayError as error:
            if error.gone:
                return None
            raise

    def _connection(self, connection_id: str) -> CallConnectionClient:
        return self._client.get_call_connection(connection_id)


def _choices(listen: ForChoices) -> list[RecognitionChoice]:
    return [
        RecognitionChoice(
            label=choice.label,
            phrases=list(choice.phrases),
            tone=DtmfTone(choice.tone) if choice.tone else None,
        )
        for choice in listen.choices
    ]


def _keys(listen: ForKeys | ForSpeechOrKeys) -> dict[str, Any]:
    stops = [DtmfTone(tone) for tone in listen.stop_tones]
    return {
        "dtmf_max_tones_to_collect": listen.max_tones,
        "dtmf_inter_tone_timeout": listen.inter_tone,
    } | ({"dtmf_stop_tones": stops} if stops else {})


def _source(prompt: Prompt) -> TextSource | SsmlSource | FileSource:
    endpoint = prompt.voice_endpoint or None
    match prompt.kind:
        case PromptKind.TEXT:
            return TextSource(
                text=prompt.text,
                source_locale=prompt.locale,
                voice_name=prompt.voice or None,
                custom_voice_endpoint_id=endpoint,
            )
        case PromptKind.SSML:
            return SsmlSource(ssml_text=prompt.source, custom_voice_endpoint_id=endpoint)
        case PromptKind.FILE:
            return FileSource(prompt.source)


def _call(properties: Any) -> Call:
    return Call(
        connection_id=properties.call_connection_id or "",
        state=str(properties.call_connection_state or "unknown"),
        server_call_id=properties.server_call_id or "",
        correlation_id=properties.correlation_id or "",
    )


def through(ask_azure: Callable[[], T]) -> T:
    """Ask Azure; whatever goes wrong leaves as a ``GatewayError``."""
    try:
        return ask_azure()
    except HttpResponseError as error:
        raise _refusal(error) from error
    except ServiceRequestError as error:
        raise GatewayError(
            "Azure could not be reached", permanent=False, may_have_happened=False
        ) from error
    except Exception as error:
        # Timeouts, dropped connections, empty or unreadable answers: Azure
        # may have done it.
        raise GatewayError(
            f"No readable answer from Azure ({type(error).__name__})",
            permanent=False,
            may_have_happened=True,
        ) from error


def _refusal(error: HttpResponseError) -> GatewayError:
    status = error.status_code or 0
    code = str(getattr(error.error, "code", "") or "")
    refused = 400 <= status < 500
    transient = status in (408, 429)
    return GatewayError(
        f"Azure answered {status} {code}".strip(),
        permanent=refused and not transient,
        may_have_happened=not refused,
        status=status,
        code=code,
        gone=status == 404,
        retry_after=_retry_after(error),
    )


def _retry_after(error: HttpResponseError) -> float | None:
    headers = error.response.headers if error.response is not None else {}
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return None


_lock = threading.Lock()
_gateways: dict[tuple[object, ...], AcsGateway] = {}


def gateway() -> CallGateway:
    """The one gateway of this process, made when first needed, after any fork."""
    key = (
        os.getpid(),
        settings.ACS_CONNECTION_STRING,
        settings.ACS_API_VERSION,
        settings.ACS_COGNITIVE_SERVICES_ENDPOINT,
    )
    with _lock:
        if key not in _gateways:
            _gateways.clear()
            _gateways[key] = AcsGateway(
                settings.ACS_CONNECTION_STRING,
                api_version=settings.ACS_API_VERSION,
                cognitive=settings.ACS_COGNITIVE_SERVICES_ENDPOINT,
            )
        return _gateways[key]
