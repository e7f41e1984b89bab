from django.apps import AppConfig


class ApiApp(AppConfig):
    """REST, version 1."""

    name = "api"
