"""What each role of staff may do, as data; groups of Django's hold it.

Every upgrade sets the four groups anew to what stands here. For another mix
make a group of your own: that one is left alone.
"""

from fnmatch import fnmatchcase

from django.contrib.auth.models import Group, Permission

#: Patterns of ``app.codename``, matched against the permissions that there are:
#: a permission of a later version joins by its name.
ROLES: dict[str, tuple[str, ...]] = {
    # Works the day: visits, patients, the work list, calls, the import.
    "scheduler": (
        "reminders.*_appointment",
        "reminders.*_patient",
        "reminders.view_phonenumber",
        "reminders.change_phonenumber",
        "reminders.*_suppression",
        "reminders.view_workitem",
        "reminders.change_workitem",
        "reminders.view_clinic",
        "reminders.view_practitioner",
        "reminders.*_import*",
        "reminders.export_lists",
        "calls.*_staffrecording",
        "calls.view_transcript*",
        "reminders.see_names",
        "reminders.see_numbers",
        "calls.view_callattempt",
    ),
    # Runs a clinic: its settings, its texts, its figures; reads no names.
    "manager": (
        "reminders.view_appointment",
        "reminders.view_patient",
        "reminders.view_phonenumber",
        "reminders.view_workitem",
        "reminders.*_clinic",
        "reminders.*_practitioner",
        "reminders.*_visittype",
        "calls.view_*",
        "calls.*_callprofile",
        "calls.*_clinicwording",
        "calls.*_recording",
        "calls.*_phrasetrial",
        "reminders.export_lists",
        "reminders.stop_calls",
        "calls.add_promptapproval",
        # A test call of new texts, to a telephone of one's own.
        "calls.add_callattempt",
        "desk.view_*",
    ),
    # Reads everything and changes nothing; names are masked unless granted beside it.
    "auditor": (
        "reminders.view_*",
        "calls.view_*",
        "api.view_*",
        "desk.view_*",
        "auth.view_user",
        "auth.view_group",
    ),
    # Everything but what a superuser alone may do: rights beyond these roles.
    "administrator": (
        "reminders.*",
        "calls.*",
        "api.*",
        "desk.*",
        "auth.view_user",
        "auth.add_user",
        "auth.change_user",
        "auth.view_group",
    ),
}

#: Deleting is nobody's: what was said, and by whom, is evidence.
NEVER = "*.delete_*"


def codenames(role: str, known: list[str]) -> set[str]:
    """Those of the known permissions, as ``app.codename``, that a role has."""
    patterns = ROLES[role]
    return {
        name
        for name in known
        if any(fnmatchcase(name, pattern) for pattern in patterns) and not fnmatchcase(name, NEVER)
    }


def sync() -> None:
    """Make the groups, and give each what stands above; harmless to repeat."""
    rows = Permission.objects.values_list("pk", "content_type__app_label", "codename")
    known = {f"{app}.{codename}": pk for pk, app, codename in rows}
    for role in ROLES:
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(known[name] for name in codenames(role, list(known)))
