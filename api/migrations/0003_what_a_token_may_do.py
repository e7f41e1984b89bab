"""Scopes and clinics of tokens. A token there is keeps what it could do: everything, or
to read everything."""

from django.db import migrations, models
from django.utils import timezone

READ = ["appointments:read", "calls:read", "clinics:read", "patients:read"]
WRITE = ["appointments:write", "calls:write", "clinics:write", "patients:write"]


def keep_what_they_could_do(apps, schema_editor):
    tokens = apps.get_model("api", "ApiToken").objects
    tokens.filter(may_write=True).update(scopes=sorted(READ + WRITE), everywhere=True)
    tokens.filter(may_write=False).update(scopes=READ, everywhere=True)


def keep_who_writes(apps, schema_editor):
    # What the version before cannot tell would be more than the token was given: it ends.
    for token in apps.get_model("api", "ApiToken").objects.all():
        token.may_write = token.everywhere and token.scopes == sorted(READ + WRITE)
        may_read = token.everywhere and token.scopes == READ
        if not token.may_write and not may_read and token.revoked_at is None:
            token.revoked_at = timezone.now()
        token.save(update_fields=["may_write", "revoked_at"])


class Migration(migrations.Migration):

    dependencies = [
        ('api', '0002_token_scope_and_expiry'),
        ('reminders', '0008_imports'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='apitoken',
            options={'ordering': ['name', '-pk'], 'verbose_name': 'API token'},
        ),
        migrations.AddField(
            model_name='apitoken',
            name='scopes',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='everywhere',
            field=models.BooleanField(default=False, verbose_name='all clinics'),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='clinics',
            field=models.ManyToManyField(blank=True, related_name='api_tokens', to='reminders.clinic'),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='made_by',
            field=models.CharField(default='shell', editable=False, max_length=160),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='revoked_by',
            field=models.CharField(default='', editable=False, max_length=160),
        ),
        migrations.RunPython(keep_what_they_could_do, keep_who_writes),
        migrations.RemoveField(
            model_name='apitoken',
            name='may_write',
        ),
    ]
