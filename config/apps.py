from importlib import import_module

import structlog
from django.apps import AppConfig
from django.conf import settings

log = structlog.get_logger(__name__)


class ConfigApp(AppConfig):
    """Holds the commands that compose the others, such as ``serve``."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401  (registers the system checks)

        if settings.TRACED:
            import_module("config.tracing").begin()
        elif settings.OTEL_EXPORTER_OTLP_ENDPOINT:
            # Web and workers run no checks, and calls do not wait for traces.
            log.error("not traced", action="tracing", fault="OpenTelemetry is not installed (E011)")
