"""The Celery application. Tasks carry ids only; the table is the queue."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("ringwell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
