"""What the models call themselves and their columns, in the reader's language.

The models speak plain English: migrations and the API rest on it. Here their names, help
texts and choices become lazy translations of themselves, once, when all apps are there.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Field, Model
from django.utils.translation import gettext_lazy

APPS = ("reminders", "calls", "desk")


def translate() -> None:
    """Every label of our models is translated from now on, when it is read."""
    for app in APPS:
        apps.get_app_config(app).verbose_name = _lazy(apps.get_app_config(app).verbose_name)
    for model in _models():
        model._meta.verbose_name = _lazy(model._meta.verbose_name)
        model._meta.verbose_name_plural = _lazy(model._meta.verbose_name_plural)
        for field in _fields(model):
            field.verbose_name = _lazy(field.verbose_name)
            field.help_text = _lazy(field.help_text)
            if field.choices:
                field.choices = [(value, _lazy(words)) for value, words in field.choices]


def english() -> Iterator[str]:
    """Every label, for the catalogue; ask while no language is active."""
    for app in APPS:
        yield str(apps.get_app_config(app).verbose_name)
    for model in _models():
        yield from (str(model._meta.verbose_name), str(model._meta.verbose_name_plural))
        for field in _fields(model):
            yield from (str(field.verbose_name), str(field.help_text))
            yield from (str(words) for _, words in field.choices or ())


def _models() -> Iterator[type[Model]]:
    """Ours; the rows of their histories go by the same names."""
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            if not model.__name__.startswith("Historical"):
                yield model


def _fields(model: type[Model]) -> "Iterator[Field[Any, Any]]":
    return (field for field in model._meta.get_fields() if isinstance(field, Field))


def _lazy(words: Any) -> Any:
    # An empty msgid is the head of the catalogue.
    return gettext_lazy(str(words)) if words else words
