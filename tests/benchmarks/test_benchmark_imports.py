"""``python -m benchmarks imports`` times a new file, the same file again, and the floor."""

import json
from pathlib import Path

import pytest

from benchmarks.imports import inside
from reminders.models import Appointment, Patient

ROWS = 40


@pytest.mark.django_db(transaction=True)
def test_each_step_is_timed_and_the_file_comes_in_whole(tmp_path: Path) -> None:
    inside.run(str(tmp_path / "figures.json"), ROWS)
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert list(figures["steps"]) == ["new: compared", "new: applied", "again: compared"]
    assert figures["floor"]["seconds"] > 0
    assert (Appointment.objects.count(), Patient.objects.count()) == (ROWS, ROWS // 2)
