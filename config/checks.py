"""Settings of the composition root that must hold; those of the calls are in calls/checks.py."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def check_tracing(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ringwell.E011 and E012: what stands in the way of the traces that were asked for."""
    return list(_tracing()) if settings.OTEL_EXPORTER_OTLP_ENDPOINT else []


def _tracing() -> Iterator[CheckMessage]:
    if not settings.TRACED:
        yield Error(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed.",
            hint="Install it with: pip install --require-hashes -r requirements-otel.txt, "
            "or unset OTEL_EXPORTER_OTLP_ENDPOINT.",
            id="ringwell.E011",
        )
    if settings.OTEL_EXPORTER_OTLP_PROTOCOL != "http/protobuf":
        yield Error(
            "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf: traces are sent in no other way.",
            hint="Collectors take it at port 4318, most of them.",
            id="ringwell.E012",
        )
