"""Names as they are searched: without case and accents, in a column of their own."""

from django.db import migrations, models

import reminders.models.patient

AT_ONCE = 2000


def fill(apps, schema_editor):
    """From the names; the column itself knows how."""
    Patient = apps.get_model("reminders", "Patient")
    rows = Patient.objects.using(schema_editor.connection.alias).order_by("pk")
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        rows.bulk_create(
            chunk, update_conflicts=True, update_fields=["search_name"], unique_fields=["pk"]
        )
        last = chunk[-1].pk


class Migration(migrations.Migration):
    dependencies = [("reminders", "0010_calendar_feeds")]

    operations = [
        migrations.AlterModelOptions(
            name="patient",
            options={
                "ordering": ["search_name"],
                "permissions": [
                    ("see_names", "Can read the names of patients"),
                    ("see_numbers", "Can read whole telephone numbers on a patient's page"),
                ],
            },
        ),
        migrations.AddField(
            model_name="patient",
            name="search_name",
            field=reminders.models.patient.SearchName(default="", editable=False, max_length=600),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["search_name"], name="patient_by_name"),
        ),
    ]
