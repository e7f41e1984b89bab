"""All checks, in the order in which one would set things up."""

from collections.abc import Iterator
from datetime import datetime

from calls.readiness import clinics, house, wire
from calls.readiness.findings import Finding


def findings(now: datetime, machine: datetime) -> Iterator[Finding]:
    """One after the other, as they are found. Rings nobody.

    ``now`` is Ringwell's time, ``machine`` the machine's own; both aware.
    """
    yield from wire.azure(machine)
    yield from house.sdk()
    yield from house.caller_ids()
    yield house.cognitive()
    yield house.resource_id()
    yield from wire.public_url()
    yield wire.key_set()
    yield house.hash_key()
    yield from clinics.texts()
    yield from clinics.voices()
    yield from clinics.capacity(now)
    yield from clinics.paused()
