"""What a token may do: a word for each kind of rows, and whether it reads or writes them."""

from collections.abc import Iterable
from enum import StrEnum


class Resource(StrEnum):
    """What there is to read and write."""

    CLINICS = "clinics"
    PATIENTS = "patients"
    APPOINTMENTS = "appointments"
    #: What came of calls and what was heard in them; to write is to ask for a call.
    CALLS = "calls"


class Scope(StrEnum):
    """One thing that a token may do."""

    CLINICS_READ = "clinics:read"
    CLINICS_WRITE = "clinics:write"
    PATIENTS_READ = "patients:read"
    PATIENTS_WRITE = "patients:write"
    APPOINTMENTS_READ = "appointments:read"
    APPOINTMENTS_WRITE = "appointments:write"
    CALLS_READ = "calls:read"
    CALLS_WRITE = "calls:write"


READ = tuple(scope for scope in Scope if scope.endswith(":read"))


def needed(resource: Resource, *, write: bool) -> Scope:
    """The scope that opens a door."""
    return Scope(f"{resource}:{'write' if write else 'read'}")


def within(held: Iterable[str]) -> frozenset[str]:
    """All that these scopes open: whoever writes a row is answered with it, and so reads."""
    words = frozenset(held)
    return words | {word.replace(":write", ":read") for word in words}
