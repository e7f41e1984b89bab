"""What stood in the call alone is written into its reminders: two statements, some
minutes for three million of them. Apart from what changes the table, which PostgreSQL refuses in
one transaction with it."""

from typing import Any

from django.db import migrations
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

SAME_VISIT = ("appointment", "patient", "visit_starts_at")


def fill(apps: Any, schema_editor: Any) -> None:
    reminders = apps.get_model("calls", "CallVisit").objects.order_by()
    calls = apps.get_model("calls", "CallAttempt").objects.filter(pk=OuterRef("attempt"))
    reminders.update(
        clinic=Subquery(calls.values("clinic")), dialled_at=Subquery(calls.values("started_at"))
    )
    earlier = reminders.filter(
        dialled_at__lt=OuterRef("dialled_at"), **{name: OuterRef(name) for name in SAME_VISIT}
    )
    counted = earlier.values("appointment").annotate(n=Count("pk")).values("n")
    reminders.filter(dialled_at__isnull=False).update(
        ordinal=Coalesce(Subquery(counted, IntegerField()), 0) + 1
    )


class Migration(migrations.Migration):
    dependencies = [("calls", "0011_reminder_facts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
