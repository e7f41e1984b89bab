"""The composition root: settings, URLs, Celery, the clock. No product code."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
