from django.apps import AppConfig


class ConfigApp(AppConfig):
    """Holds the commands that compose the others, such as ``serve``."""

    name = "config"
