from typing import Any

from django.apps import AppConfig

from config import clock


def date_by_our_clock(instance: Any, history_instance: Any, **kwargs: Any) -> None:
    """When a row was changed; simple_history asks the machine, whose clock may be another."""
    if not hasattr(instance, "_history_date"):
        history_instance.history_date = clock.now()


class RemindersApp(AppConfig):
    """The domain: may we ring, and when. It knows no telephone."""

    name = "reminders"

    def ready(self) -> None:
        """The history of edits goes by the one clock, as all else does."""
        # simple_history's models can be imported only once the apps are there.
        from simple_history.signals import pre_create_historical_record

        pre_create_historical_record.connect(date_by_our_clock)
