from datetime import timedelta

from django.db import migrations, models


def give_open_items_a_due_time(apps, schema_editor):
    items = apps.get_model("reminders", "WorkItem").objects.filter(done_at=None, due_at=None)
    items.update(due_at=models.F("created_at") + timedelta(hours=4))


class Migration(migrations.Migration):

    dependencies = [
        ('reminders', '0006_whose_work_by_when'),
    ]

    operations = [
        migrations.RunPython(give_open_items_a_due_time, migrations.RunPython.noop),
    ]
