from django.apps import AppConfig


class RemindersApp(AppConfig):
    """The domain: may we ring, and when. It knows no telephone."""

    name = "reminders"
