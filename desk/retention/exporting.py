"""Everything held of one patient as JSON: what a person may ask for (GDPR article 15)."""

from typing import Any

from django.db.models import BinaryField, QuerySet

from desk.retention.holdings import Holdings
from reminders.models import Patient

#: Never told: they open doors.
SECRET = {"secret", "call_pin"}


def export(patient: Patient) -> dict[str, Any]:
    """One list for each kind of rows; JSON-ready but for dates, which DjangoJSONEncoder knows."""
    return {name: _plain(rows) for name, rows in Holdings(patient).tables().items()}


def _plain(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    columns = [
        field.attname
        for field in rows.model._meta.concrete_fields
        if field.name not in SECRET and not isinstance(field, BinaryField)
    ]
    return list(rows.order_by("pk").distinct().values(*columns))
