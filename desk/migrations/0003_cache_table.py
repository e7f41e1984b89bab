from django.core.management import call_command
from django.db import migrations

TABLE = "ringwell_cache"


def make(apps, schema_editor):
    """Where wrong passwords are counted by all processes, unless CACHE_URL says Redis."""
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


def drop(apps, schema_editor):
    schema_editor.execute(f"DROP TABLE IF EXISTS {TABLE}")


class Migration(migrations.Migration):

    dependencies = [("desk", "0002_roles")]

    operations = [migrations.RunPython(make, drop)]
