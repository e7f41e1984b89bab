"""The Celery application. Tasks carry ids only; the table is the queue."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def make_app(name: str, *, current: bool) -> Celery:
    """An application with our settings and tasks."""
    made = Celery(name, set_as_current=current)
    made.config_from_object("django.conf:settings", namespace="CELERY")
    made.autodiscover_tasks()
    # By name: models cannot be imported yet.
    made.steps["worker"].add("calls.watchman:Watchman")
    return made


app = make_app("ringwell", current=True)
