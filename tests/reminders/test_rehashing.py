"""Another key over the opt-outs: nobody who said stop is called, known or forgotten."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from calls.models import Pulse
from reminders import phones
from reminders.models import Consent, ImportJob, ImportRow, Installation, PhoneNumber, Suppression
from reminders.models.importing import ImportKind, RowVerdict
from tests.conftest import TUESDAY, make_clinic, make_patient

NUMBER, FORGOTTEN = "+12125550142", "+12125550143"
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture(autouse=True)
def _stopped(db: None) -> None:
    assert Installation.knows_hash_key()
    Installation.pause(TUESDAY)


def add() -> str:
    told = StringIO()
    call_command("add_phone_hash_key", stdout=told)
    return told.getvalue()


def test_a_known_and_a_forgotten_number_stay_opted_out(settings: Any) -> None:
    known, erased = PhoneNumber.obtain(NUMBER), PhoneNumber.obtain(FORGOTTEN)
    for number in (known, erased):
        number.suppress(TUESDAY, source="call")
    PhoneNumber.objects.filter(pk=erased.pk).update(e164="erased-1")
    settings.PHONE_HASH_KEYS_ADDED = ["second"]
    assert not PhoneNumber.obtain(NUMBER).opted_out
    assert not Installation.knows_hash_key()
    assert add() == ("under the new key: 2 numbers, 2 opt-outs, 0 consents, 0 lines of imports\n")
    assert Installation.knows_hash_key()
    assert PhoneNumber.obtain(NUMBER).opted_out
    # The forgotten one comes back as the row it was, and is not called either.
    assert PhoneNumber.obtain(FORGOTTEN) == erased
    assert PhoneNumber.obtain(FORGOTTEN).opted_out


def test_it_can_be_done_again_with_a_third_key_and_never_twice_with_one(settings: Any) -> None:
    PhoneNumber.obtain(NUMBER).suppress(TUESDAY, source="call")
    for keys in (["second"], ["second", "third"]):
        settings.PHONE_HASH_KEYS_ADDED = keys
        add()
    with pytest.raises(CommandError, match="under this key already"):
        add()
    assert PhoneNumber.obtain(NUMBER).opted_out


@pytest.mark.parametrize("keys", [[], ["second", "third"]])
def test_a_key_that_is_not_the_next_one_changes_nothing(settings: Any, keys: list[str]) -> None:
    PhoneNumber.obtain(NUMBER).suppress(TUESDAY, source="call")
    before = list(Suppression.objects.values_list("keyed_hash", flat=True))
    settings.PHONE_HASH_KEYS_ADDED = keys
    with pytest.raises(CommandError):
        add()
    assert list(Suppression.objects.values_list("keyed_hash", flat=True)) == before


def test_nothing_is_changed_beside_a_running_worker_or_while_calls_go_out(settings: Any) -> None:
    settings.PHONE_HASH_KEYS_ADDED = ["second"]
    Pulse.beat(["calls"], TUESDAY - timedelta(seconds=30))
    with pytest.raises(CommandError, match=r"alive .*\(calls\)"):
        add()
    Pulse.objects.all().delete()
    Installation.resume(TUESDAY)
    with pytest.raises(CommandError, match="drain"):
        add()


def test_consents_and_waiting_lists_follow(settings: Any) -> None:
    hashed = phones.keyed_hash(NUMBER)
    patient = make_patient(phone=NUMBER)
    common = {"given_by": "x", "how": "spoken", "given_at": TUESDAY, "recorded_at": TUESDAY}
    Consent.objects.create(keyed_hash=hashed, patient=patient, recorded_by="dana", **common)
    job = ImportJob.objects.create(clinic=make_clinic(), kind=ImportKind.STOPS, created_at=TUESDAY)
    for line, verdict in enumerate((RowVerdict.NEW, RowVerdict.WRONG), start=1):
        ImportRow.objects.create(job=job, line=line, verdict=verdict, key=hashed)
    settings.PHONE_HASH_KEYS_ADDED = ["second"]
    add()
    new = phones.keyed_hash(NUMBER)
    assert Consent.objects.get().keyed_hash == new
    assert [row.key for row in ImportRow.objects.order_by("line")] == [new, hashed]


def test_every_column_with_a_hash_of_a_number_is_known_to_it() -> None:
    found = {
        m.__name__ for m in apps.get_models() for f in m._meta.fields if f.name == "keyed_hash"
    }
    assert found == {"PhoneNumber", "Suppression", "Consent"}


def test_without_an_added_key_hashes_are_what_they_were(settings: Any) -> None:
    """The backups of all the years are under it."""
    settings.PHONE_HASH_KEY, settings.PHONE_HASH_KEYS_ADDED = "k", []
    wanted = "d38fb12c"
    assert phones.keyed_hash(NUMBER).startswith(wanted)
