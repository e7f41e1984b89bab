"""Large files: what the database is asked for a batch of lines, and how it answers."""

import pytest
from django.db import connection

from reminders.models import PhoneNumber


@pytest.mark.django_db
def test_many_numbers_are_found_without_reading_all_of_their_area() -> None:
    """The trigram index of last digits once answered this, in a table that nobody had vacuumed
    yet: half a second for 125 numbers among 5,000, and more with each batch."""
    e164s = [f"+1212555{n:04}" for n in range(3000)]
    # Row after row, as batches come in.
    for first in range(0, len(e164s), 100):
        PhoneNumber.objects.bulk_create(
            PhoneNumber(e164=e164, keyed_hash=e164) for e164 in e164s[first : first + 100]
        )
    found = PhoneNumber.objects.written(e164s[::24])
    assert {number.e164 for number in found} == set(e164s[::24])
    if connection.vendor == "postgresql":
        assert "number_digits" not in found.explain()
