"""Many rows changed at once, with the history of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from simple_history.utils import bulk_create_with_history


def create_many(rows: Sequence[Any], actor: str, now: datetime) -> None:
    """Store new rows; their history tells who."""
    if rows:
        model = type(rows[0])
        reason = actor[:100]
        bulk_create_with_history(list(rows), model, default_change_reason=reason, default_date=now)


def update_many(rows: Sequence[Any], columns: Sequence[str], actor: str, now: datetime) -> None:
    """Store some columns of rows that exist and are locked; their history tells who.

    By key, as plain rows: Django's ``bulk_update`` makes a ladder of conditions of
    them, which takes ten times as long.
    """
    if rows:
        model = type(rows[0])
        model._default_manager.bulk_create(
            list(rows), update_conflicts=True, update_fields=list(columns), unique_fields=["pk"]
        )
        model.history.bulk_history_create(
            list(rows), update=True, default_change_reason=actor[:100], default_date=now
        )
