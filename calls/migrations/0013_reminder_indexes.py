import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0012_fill_reminder_facts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="callvisit",
            name="clinic",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="reminders.clinic",
            ),
        ),
        migrations.AddIndex(
            model_name="callvisit",
            index=models.Index(fields=["dialled_at"], name="reminder_by_time"),
        ),
        migrations.AddConstraint(
            model_name="callvisit",
            constraint=models.CheckConstraint(
                condition=models.Q(dialled_at__isnull=True, ordinal__isnull=True)
                | models.Q(dialled_at__isnull=False, ordinal__gte=1),
                name="numbered_when_dialled",
            ),
        ),
        migrations.AddIndex(
            model_name="callvisit",
            index=models.Index(fields=["clinic", "dialled_at"], name="reminder_by_clinic"),
        ),
    ]
