"""Parts of names, and last digits, found by an index where PostgreSQL can make one.

It takes an extension. Where that is not there, or this user may not create it, all of
this is left out: searches find the same, and are slower. docs/why/performance.md tells
how to make the indexes later.
"""

from django.db import DatabaseError, migrations, transaction

INDEXES = {
    "patient_name_parts": "reminders_patient USING gin (search_name gin_trgm_ops)",
    "number_digits": "reminders_phonenumber USING gin (e164 gin_trgm_ops)",
}


def make(apps, schema_editor):
    """The extension and the indexes, or neither."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if cursor.fetchone() is None:
            return
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                for name, rows in INDEXES.items():
                    cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {rows}")
        except DatabaseError:
            # Azure, for one, offers what its administrator has not allowed yet.
            return


def drop(apps, schema_editor):
    """The indexes; others may use the extension."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            for name in INDEXES:
                cursor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("reminders", "0011_names_as_searched")]

    operations = [migrations.RunPython(make, drop)]
