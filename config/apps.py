from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class ConfigApp(AppConfig):
    """Holds the commands that compose the others, such as ``serve``."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401  (registers the system checks)

        if settings.TRACED:
            import_module("config.tracing").begin()
