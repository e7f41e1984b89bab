import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0010_refusals"),
        ("reminders", "0013_one_turn_at_a_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="callvisit",
            name="clinic",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="reminders.clinic",
            ),
        ),
        migrations.AddField(
            model_name="callvisit",
            name="dialled_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="callvisit",
            name="ordinal",
            field=models.PositiveSmallIntegerField(null=True),
        ),
    ]
