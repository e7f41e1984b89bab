"""Counting what the callback's door refuses, so that a flood of strangers costs little.

Counts are kept in the process and written at most every few seconds: whoever
knocks a thousand times makes one write, not a thousand.
"""

import threading
import time
from collections import Counter

import structlog
from django.db import DatabaseError

from calls.models import Refusal

log = structlog.get_logger(__name__)

#: Seconds from write to write of one process.
WRITE_EVERY = 5.0


class _Kept:
    """Counts of this process that no row holds yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[int] = Counter()
        self._written = float("-inf")

    def add(self, status: int) -> None:
        with self._lock:
            self._counts[status] += 1

    def take(self, *, at_once: bool) -> Counter[int]:
        """What is to be written now, and forgotten here; empty before its time."""
        with self._lock:
            if not at_once and time.monotonic() < self._written + WRITE_EVERY:
                return Counter()
            self._written = time.monotonic()
            taken, self._counts = self._counts, Counter()
            return taken

    def give_back(self, counts: Counter[int]) -> None:
        with self._lock:
            self._counts += counts


_kept = _Kept()


def count(status: int) -> None:
    """One more was answered with ``status``."""
    _kept.add(status)
    write()


def write(*, at_once: bool = False) -> None:
    """Write what is due; the answer to a stranger does not wait for a sick database."""
    counts = _kept.take(at_once=at_once)
    for status in sorted(counts):
        try:
            Refusal.add(status, counts[status])
        except DatabaseError as error:
            _kept.give_back(Counter({status: counts[status]}))
            log.warning("not counted", action="callback", fault=type(error).__name__)
