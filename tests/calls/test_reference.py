"""The page about the conversation says what the conversation does."""

from pathlib import Path

import pytest
from django.core.management import call_command

from calls.conversation import reference
from calls.conversation.vocabulary import Step

PAGE = Path(__file__).parents[2] / "docs/reference/conversation.md"


def test_the_page_is_what_the_code_says_now(capsys: pytest.CaptureFixture[str]) -> None:
    """After a change: manage.py describe_conversation > docs/reference/conversation.md"""
    call_command("describe_conversation")
    assert PAGE.read_text(encoding="utf-8") == capsys.readouterr().out


def test_every_step_is_on_it() -> None:
    rows = {line.split("|")[1].strip() for line in reference.page().splitlines() if "|" in line}
    assert set(map(str, Step)) <= rows
