from django.apps import AppConfig


class CallsApp(AppConfig):
    """One way to reach a patient: the telephone, through Azure."""

    name = "calls"

    def ready(self) -> None:
        from calls import checks  # noqa: F401  (registers the system checks)
