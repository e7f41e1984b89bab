"""A PUT's body and what it changes: strict names, all or nothing."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, models, transaction
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError, ValidationError
from rest_framework.request import Request

from api.errors import by_field
from api.models import ApiToken
from reminders.models.fields import external_id_validator

P = ParamSpec("P")
T = TypeVar("T")
Row = TypeVar("Row", bound=models.Model)

EXTERNAL_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
READ_ONLY = "This field is read-only; leave it out."
UNKNOWN = "There is no such field."


class Body(serializers.Serializer[Any]):
    """A resource, as it is shown and as it is sent.

    Fields of an existing row may be left out; a name that is not one of the
    writable fields is refused, lest a slip of the keyboard pass for success.
    """

    model: type[models.Model]

    def to_internal_value(self, data: Any) -> Any:
        """The values sent, with every fault found at once."""
        writable = {name for name, field in self.fields.items() if not field.read_only}
        strange = {
            name: [READ_ONLY if name in self.fields else UNKNOWN]
            for name in data
            if name not in writable
        }
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError({**by_field(error.detail), **strange}) from None
        if strange:
            raise ValidationError(strange)
        return values

    @classmethod
    def read(
        cls, data: Any, row: models.Model | None, *, now: datetime, by: ApiToken
    ) -> dict[str, Any]:
        """Column -> value for what was sent; null stands for the column's default.

        Raises:
            ValidationError: naming each field at fault.
        """
        if not isinstance(data, dict):
            raise ParseError("The body is not a JSON object.")
        body = cls(row, data=data, partial=row is not None, context={"now": now, "by": by})
        body.is_valid(raise_exception=True)
        return {
            name: cls._default(name) if value is None else value
            for name, value in body.validated_data.items()
        }

    @classmethod
    def _default(cls, name: str) -> Any:
        column = cls.model._meta.get_field(name)
        assert isinstance(column, models.Field)
        return column.get_default()


def write(row: models.Model, values: dict[str, Any], *, by: ApiToken) -> set[str]:
    """Save what differs, with one line of history; the names of what changed."""
    new = row._state.adding
    changed = {name for name, value in values.items() if new or getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    if new or changed:
        # The history knows users of the admin only; a token is its reason.
        row._history_user = None  # type: ignore[attr-defined]  # read by simple_history
        row._change_reason = by.signature  # type: ignore[attr-defined]  # the same
        # Columns that were not sent may be written by planning meanwhile.
        row.save(update_fields=None if new else changed)
    return changed


def whole(put: Callable[P, T]) -> Callable[P, T]:
    """All of a PUT or nothing of it, in one transaction.

    Two senders may make the same row at once: the later one finds it made and
    changes it instead.
    """

    @wraps(put)
    def put_whole(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with transaction.atomic():
                return put(*args, **kwargs)
        except IntegrityError:
            with transaction.atomic():
                return put(*args, **kwargs)

    return put_whole


def sent(request: Request) -> Any:
    """The body's value; an empty body is none."""
    if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        raise ParseError("The body is empty; send a JSON object.")
    return request.data


def refuse_bad_id(name: str, text: str) -> None:
    """A 400 under the id's name for an id that nothing can have."""
    if not EXTERNAL_ID.fullmatch(text):
        raise ValidationError({name: [str(external_id_validator.message)]})


def load(rows: "models.QuerySet[Row]", **key: str) -> Row:
    """The row of that id, or a 404 that names it."""
    (text,) = key.values()
    # A NUL in it would be a fault of the database's.
    row = rows.filter(**key).first() if EXTERNAL_ID.fullmatch(text) else None
    if row is None:
        raise missing(rows.model, text)
    return row


def missing(model: type[models.Model], text: str) -> NotFound:
    """The 404 for an id that nothing has, or that is beyond this token."""
    return NotFound(f"There is no {model._meta.verbose_name} “{text}”.")
