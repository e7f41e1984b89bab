"""A new key over the hashes of telephone numbers, without knowing the numbers.

An opt-out of somebody who was erased is a hash and nothing else, so it cannot
be made anew from a number. It is hashed once more instead, under the added key
(``phones.keyed_hash`` does the same to each number it is asked for).
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from reminders import phones
from reminders.models import Consent, ImportRow, Installation, PhoneNumber, Suppression
from reminders.models.importing import ImportKind, RowVerdict
from reminders.models.installation import PROBE
from reminders.models.number import ERASED_NUMBER

BATCH = 1000


class NotTheNextKey(ValueError):
    """What is kept is not under all keys but the last; nothing was changed."""


@transaction.atomic
def add_key() -> dict[str, int]:
    """Put the last of ``PHONE_HASH_KEYS_ADDED`` over all hashes; how many of which table.

    No other process may write meanwhile: it would hash without the new key.

    Raises:
        NotTheNextKey: no key is added, it was put over them before, or another key is missing.
    """
    *former, added = phones.hash_keys()
    house = Installation.objects.select_for_update().get(pk=Installation.get().pk)
    if not former:
        raise NotTheNextKey("PHONE_HASH_KEYS_ADDED names no key.")
    if house.hash_probe == phones.keyed_hash(PROBE):
        raise NotTheNextKey("The hashes are under this key already.")
    if house.hash_probe != phones.hash_under(PROBE, former):
        raise NotTheNextKey("The hashes are not under PHONE_HASH_KEY and the keys added before.")
    done = {
        "numbers": _rewrite(PhoneNumber.objects.all(), "keyed_hash", _of_number),
        "opt-outs": _rewrite(Suppression.objects.all(), "keyed_hash", _wrap("keyed_hash", added)),
        "consents": _rewrite(Consent.objects.all(), "keyed_hash", _wrap("keyed_hash", added)),
        "lines of imports": _rewrite(_imported(), "key", _wrap("key", added)),
    }
    house.hash_probe = phones.keyed_hash(PROBE)
    house.save(update_fields=["hash_probe"])
    return done


def _imported() -> QuerySet[ImportRow]:
    """Lines of a list of opt-outs are known by hash, too."""
    mine = ImportRow.objects.filter(job__kind=ImportKind.STOPS).exclude(key="")
    return mine.exclude(verdict=RowVerdict.WRONG)


def _of_number(row: PhoneNumber) -> str:
    """From the number where it is known: a row written under a wrong key is mended."""
    if row.e164.startswith(ERASED_NUMBER):
        return phones.hash_under(row.keyed_hash, [settings.PHONE_HASH_KEYS_ADDED[-1]])
    return phones.keyed_hash(row.e164)


def _wrap(column: str, key: str) -> Callable[[Any], str]:
    return lambda row: phones.hash_under(getattr(row, column), [key])


def _rewrite(rows: QuerySet[Any], column: str, made: Callable[[Any], str]) -> int:
    """In portions, by primary key, so that a large table fits."""
    count, last = 0, 0
    while portion := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for row in portion:
            setattr(row, column, made(row))
        rows.model._default_manager.bulk_update(portion, [column])
        count, last = count + len(portion), portion[-1].pk
    return count
