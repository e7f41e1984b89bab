"""Refusals as Azure words them: an HTTP status, a code that is a string, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class WireError(Exception):
    """A request that is answered with an Azure-shaped error body."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    @property
    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message}}


def invalid(message: str) -> WireError:
    """The request has a field that Azure would not take (400/8523)."""
    return WireError(400, "8523", message)


def denied(message: str) -> WireError:
    """The signature does not hold (401)."""
    return WireError(401, "401", f"Access denied: {message}")


def call_not_found(call_connection_id: str) -> WireError:
    """The call is unknown, or over (404/8522): Azure makes no difference between them."""
    return WireError(404, "8522", f"Call not found. Call connection id: {call_connection_id}.")


def not_connected() -> WireError:
    """A media action on a call that nobody has answered yet (400/8501)."""
    return WireError(400, "8501", "The call is not established: wait for CallConnected.")


def wrong_state() -> WireError:
    """An action on a call that is being transferred (400/8585)."""
    return WireError(400, "8585", "The call is being transferred: no action can be taken on it.")


def speech_not_set_up() -> WireError:
    """Text or speech on a call made without an AI resource (400/8567)."""
    return WireError(
        400,
        "8567",
        "The create call named no callIntelligenceOptions.cognitiveServicesEndpoint.",
    )


def not_built(what: str) -> WireError:
    """Azure has it, this stand-in has not (501). Never an Azure status for these paths."""
    return WireError(501, "501", f"The simulator does not offer {what}; see simulator/README.md.")


def injected(status: int, retry_after: float | None) -> WireError:
    """What a fault answers in Azure's place."""
    headers = None if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return WireError(status, str(status), "The simulator was told to fail here.", headers)
