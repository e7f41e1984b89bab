"""What is searched for: by name, by id, by number; each by an index of its own.

A row is found where every word typed is part of the patient's name, or where what was
typed is the beginning of an id, a whole number, or the last digits of one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import lookup_spawns_duplicates
from django.db.models import Q, QuerySet
from django.utils.text import smart_split, unescape_string_literal

from reminders import phones
from reminders.models import Patient, PhoneNumber
from reminders.names import folded

#: More words are in no name, and each is looked for.
MOST_WORDS = 6


@dataclass(frozen=True)
class Paths:
    """How the rows of a list lead to what is searched; "" where they are it themselves."""

    #: To their patients; None where nobody's name may be looked for.
    patient: str | None
    #: To their number; None for none.
    number: str | None
    #: To ids, which are looked for by their beginning.
    ids: tuple[str, ...]


def find(
    rows: QuerySet[Any], text: str, paths: Paths, people: QuerySet[Patient] | None = None
) -> QuerySet[Any]:
    """Those of the rows that a text means; ``people`` are those whose names count, or all.

    Each way is asked first whether it leads anywhere. Nearly always one does, and that
    one alone is followed: no index helps with an "or" over several tables.
    """
    every = Patient.objects.all() if people is None else people
    ways = list(_ways(rows.model, text.strip(), paths, every))
    if len(ways) == 1:
        return rows.filter(ways[0])
    if not ways:
        return rows.none()
    keys = [_keys(rows.model, way) for way in ways]
    return rows.filter(pk__in=keys[0].union(*keys[1:]))


def _ways(model: Any, text: str, paths: Paths, people: QuerySet[Patient]) -> Iterator[Q]:
    number = number_query(text) if paths.number is not None else None
    if number is not None:
        numbers = PhoneNumber.objects.filter(number)
        if numbers.exists():
            yield _leading(model, paths.number or "", numbers)
        if text.startswith("+"):
            # Nothing but a number begins so: no name is looked for in vain.
            return
    if paths.patient is not None:
        named = people.filter(_name_query(text))
        if named.exists():
            yield _leading(model, paths.patient, named)
    for path in paths.ids:
        way = _id_query(path, text)
        if model.objects.filter(way).exists():
            yield way


def _leading(model: Any, path: str, found: QuerySet[Any]) -> Q:
    """The rows that lead to what was found, none of them twice."""
    keys = found.order_by().values("pk")
    if not path:
        return Q(pk__in=keys)
    way = Q(**{f"{path}__in": keys})
    return Q(pk__in=_keys(model, way)) if lookup_spawns_duplicates(model._meta, path) else way


def _keys(model: Any, way: Q) -> QuerySet[Any, Any]:
    return model.objects.filter(way).order_by().values("pk")  # type: ignore[no-any-return]


def _name_query(text: str) -> Q:
    """Every word is part of the name; what stands in quotes is one word."""
    query = Q()
    for bit in list(smart_split(text))[:MOST_WORDS]:
        quoted = bit[0] in "\"'" and bit[0] == bit[-1] and len(bit) > 1
        word = unescape_string_literal(bit) if quoted else bit
        query &= Q(search_name__contains=folded(word))
    return query


def _id_query(path: str, text: str) -> Q:
    """The beginning of an id, in small or capital letters whichever is typed."""
    query = Q()
    for spelling in sorted({text, text.upper(), text.lower()}):
        query |= Q(**{f"{path}__startswith": spelling})
    return query


def number_query(text: str) -> Q | None:
    """How to find a phone number by what was typed; None where it is no number.

    A whole number in E.164 is looked up exactly. Fewer digits (four at least)
    are taken as the last ones, since those are what our masks show.
    """
    try:
        return Q(e164=phones.parse(text).e164)
    except ValueError:
        digits = "".join(c for c in text if c not in " -.()+\u00a0")
    if len(digits) >= 4 and digits.isascii() and digits.isdigit():
        return Q(e164__endswith=digits)
    return None
