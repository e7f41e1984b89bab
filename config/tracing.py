"""Traces for OpenTelemetry; imported only where OTEL_EXPORTER_OTLP_ENDPOINT says where they go.

The spans go to a provider of our own, never to the global one, so no other library can put into
them what it sees: statements, addresses, messages of exceptions. What stands in one is named
here, and is never a name, a number, a text, a path or a query.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any
from uuid import UUID

import structlog
from celery import signals
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NoOpTracerProvider,
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace import TracerProvider as Provider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from calls import tracing
from calls.gateway.errors import GatewayError

log = structlog.get_logger(__name__)

#: Asked every few seconds, by machines, about the process itself.
UNTRACED = frozenset({"/healthz", "/readyz", "/workz", "/metrics"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_propagator = TraceContextTextMapPropagator()
_lock = threading.Lock()
_providers: dict[int, Provider] = {}
_task: ContextVar[tuple[Span, Token[Context]] | None] = ContextVar("task", default=None)


def begin() -> None:
    """From now on, in this process and those that it forks."""
    tracing.trace_with(_asking)
    signals.before_task_publish.connect(_publish)
    signals.task_prerun.connect(_start)
    signals.task_postrun.connect(_end)
    # A child of the worker ends without what is done at a program's exit.
    signals.worker_process_shutdown.connect(_flush)


def _provider() -> Provider:
    """The one of this process, made when first needed, after any fork: its thread and its
    connection are not inherited."""
    pid = os.getpid()
    with _lock:
        if pid not in _providers:
            _providers.clear()
            _providers[pid] = _make_provider()
        return _providers[pid]


def _make_provider() -> Provider:
    """The SDK reads the standard variables itself; one that it cannot read costs the traces,
    and no call."""
    try:
        resource = Resource.create()
        if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
            resource = resource.merge(Resource({SERVICE_NAME: "ringwell"}))
        provider = TracerProvider(resource=resource)
        exporter = OTLPSpanExporter(timeout=settings.OTEL_EXPORTER_OTLP_TIMEOUT)
        provider.add_span_processor(BatchSpanProcessor(exporter))
    except Exception as error:
        log.error("not traced", action="tracing", fault=type(error).__name__)
        return NoOpTracerProvider()
    return provider


def _tracer() -> Tracer:
    return _provider().get_tracer("ringwell")


def _flush(**_kwargs: object) -> None:
    provider = _providers.get(os.getpid())
    if isinstance(provider, TracerProvider):
        provider.shutdown()


@contextmanager
def _span(name: str, kind: SpanKind, attributes: dict[str, str]) -> Iterator[Span]:
    """A span that tells of an exception its type alone: messages quote rows and numbers."""
    with _tracer().start_as_current_span(
        name,
        kind=kind,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as error:
            _failed(span, error)
            raise


def _failed(span: Span, error: BaseException) -> None:
    span.set_attribute("error.type", type(error).__name__)
    span.set_status(StatusCode.ERROR)


class Requests:
    """The outermost middleware: a span for each request, called by its route.

    A stranger's ``traceparent`` is not followed: anybody can reach ``/callbacks/``.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer it, and say how."""
        if request.path_info in UNTRACED or request.path_info.startswith(settings.STATIC_URL):
            return self._get_response(request)
        method = request.method if request.method in METHODS else "_OTHER"
        with _span(method, SpanKind.SERVER, {"http.request.method": method}) as span:
            response = self._get_response(request)
            _describe(span, method, request, response)
            return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Django answers 500 to it; here alone its type is known."""
        get_current_span().set_attribute("error.type", type(exception).__name__)


def _describe(span: Span, method: str, request: HttpRequest, response: HttpResponseBase) -> None:
    span.set_attribute("http.response.status_code", response.status_code)
    if response.status_code >= 500:
        span.set_status(StatusCode.ERROR)
    match = request.resolver_match
    if match is None:
        return
    span.update_name(f"{method} /{match.route}")
    span.set_attribute("http.route", f"/{match.route}")
    if match.view_name == "calls:callback":
        span.set_attribute("ringwell.attempt", str(match.kwargs["attempt_id"]))


@contextmanager
def _asking(action: str, attempt_id: UUID) -> Iterator[None]:
    about = {"ringwell.action": action, "ringwell.attempt": str(attempt_id)}
    with _span(f"azure {action}", SpanKind.CLIENT, about) as span:
        try:
            yield
        except GatewayError as error:
            if error.status:
                span.set_attribute("http.response.status_code", error.status)
            raise


def _publish(headers: dict[str, Any], **_kwargs: object) -> None:
    """The task belongs to the request that asked for it."""
    _propagator.inject(headers)


def _start(task: Any, **_kwargs: object) -> None:
    parent = getattr(task.request, "traceparent", None)
    context = _propagator.extract({"traceparent": parent} if parent else {})
    span = _tracer().start_span(task.name, context, SpanKind.CONSUMER, {"celery.task": task.name})
    _task.set((span, attach(set_span_in_context(span, context))))


def _end(state: str, retval: object, **_kwargs: object) -> None:
    running = _task.get()
    if running is None:
        return
    _task.set(None)
    span, token = running
    span.set_attribute("celery.state", state)
    if isinstance(retval, Exception):
        _failed(span, retval)
    detach(token)
    span.end()
