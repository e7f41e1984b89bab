"""Thousands of bad requests at the callback address of a real web server, the same each time."""

import os
from pathlib import Path

import pytest

from benchmarks.door.command import knock, table
from benchmarks.door.knocks import KINDS

pytestmark = pytest.mark.thorough

#: The run on PostgreSQL knocks there, too; in other runs it is a new SQLite file.
DATABASE = os.environ.get("RINGWELL_TEST_PROCESS_DATABASE_URL", "")


def test_nobody_gets_in_nothing_breaks_and_no_row_is_written(tmp_path: Path) -> None:
    findings = knock(tmp_path, 3_000, 1, "granian", DATABASE)
    assert findings.sound, "\n".join(table(findings))
    assert set(findings.answers) == set(KINDS)
    assert sum(told.total() for told in findings.answers.values()) == 3_000
    # Else nothing would be shown by the rest: Azure itself gets in, in chunks or not.
    assert set(findings.answers["insider: unknown type"]) == {"200"}
    assert set(findings.answers["insider: oversized"]) == {"413"}


def test_the_all_in_one_server_holds_too(tmp_path: Path) -> None:
    findings = knock(tmp_path, 400, 2, "waitress")
    assert findings.sound, "\n".join(table(findings))
