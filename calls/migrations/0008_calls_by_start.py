from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0007_the_dossier'),
        ('reminders', '0007_due_times'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='callattempt',
            index=models.Index(fields=['started_at'], name='attempt_by_start'),
        ),
    ]
