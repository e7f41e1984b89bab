from django.db import migrations

ROLES = ("scheduler", "manager", "auditor", "administrator")


def make_groups(apps, schema_editor):
    """Their permissions follow after the migration: desk.roles.sync."""
    Group = apps.get_model("auth", "Group")
    for role in ROLES:
        Group.objects.get_or_create(name=role)


class Migration(migrations.Migration):

    dependencies = [
        ("desk", "0001_staff_profile"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    # Backwards they stay: whoever is in them must not lose their role on the way.
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
