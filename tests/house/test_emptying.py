"""Between two tests that commit, the database is as a migration leaves it."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from reminders.models import Clinic, Patient
from tests.conftest import make_clinic, make_patient
from tests.emptying import Emptying


def test_what_was_written_goes_and_what_a_migration_leaves_stays(transactional_db: None) -> None:
    flushed: list[Any] = []

    def flush(test: Any) -> None:
        flushed.append(test)
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)

    emptying = Emptying(flush)
    emptying.after("the first")
    roles, permissions = names_of_roles(), Permission.objects.count()
    assert roles

    make_patient("p1")
    make_clinic()
    emptying.after("one that wrote")
    assert not Clinic.objects.exists()
    assert not Patient.objects.exists()
    assert (names_of_roles(), Permission.objects.count()) == (roles, permissions)
    assert flushed == ["the first"]

    Group.objects.order_by("pk").first().permissions.clear()  # type: ignore[union-attr]
    make_clinic()
    emptying.after("one that changed a role")
    assert not Clinic.objects.exists()
    assert names_of_roles() == roles
    assert flushed == ["the first", "one that changed a role"]


def names_of_roles() -> dict[str, int]:
    """Of how many permissions each consists."""
    return {group.name: group.permissions.count() for group in Group.objects.all()}
