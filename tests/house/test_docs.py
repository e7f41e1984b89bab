"""What the pages name exists, and what exists is named."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from benchmarks.__main__ import COMMANDS as BENCHMARKS

ROOT = Path(__file__).resolve().parents[2]
OURS = {"api", "calls", "config", "desk", "reminders"}
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")]
    if page.name != "CHANGELOG.md"
)
COMMANDS = {name for name, app in get_commands().items() if str(app).split(".")[0] in OURS}
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


def rows_of(page: str) -> str:
    """The first columns of the page's tables."""
    lines = (ROOT / page).read_text().splitlines()
    return "\n".join(line.split("|")[1] for line in lines if line.startswith("| `"))


def test_every_command_has_a_row_and_no_row_is_left_over() -> None:
    named = re.findall(r"(?:manage\.py |, `)([a-z_]+)", rows_of("docs/reference/commands.md"))
    assert sorted(named) == sorted(COMMANDS)


def test_every_benchmark_has_a_row_and_no_row_is_left_over() -> None:
    named = re.findall(r"python -m benchmarks ([a-z]+)", rows_of("docs/reference/commands.md"))
    assert sorted(named) == sorted(BENCHMARKS)


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_every_command_that_a_page_names_exists(document: Path) -> None:
    text = document.read_text()
    django = {"migrate", "check", "createsuperuser", "shell", "makemigrations", "collectstatic"}
    django |= {"dumpdata", "loaddata", "changepassword", "compilemessages", "makemessages"}
    assert set(re.findall(r"`manage\.py ([a-z_]{3,})", text)) <= COMMANDS | django
    assert set(re.findall(r"python -m benchmarks ([a-z]+)", text)) <= set(BENCHMARKS)
    words = {"run", "test", "setup", "lock", "manage", "messages"}
    assert set(re.findall(r"`(?:\$ )?\./dev ([a-z]+)", text)) <= words


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text()):
        path, _, anchor = target.partition("#")
        aim = (document.parent / path).resolve() if path else document
        assert aim.exists(), target
        if anchor and aim.suffix == ".md":
            heads = re.findall(r"^#+ (.+)$", aim.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in slugs, target


def test_every_page_is_found_from_the_first_one() -> None:
    first = ROOT / "docs" / "README.md"
    linked = {(first.parent / target).resolve() for target in LINK.findall(first.read_text())}
    assert [name_of(p) for p in PAGES if p.is_relative_to(ROOT / "docs") and p != first] == [
        name_of(p) for p in PAGES if p.is_relative_to(ROOT / "docs") and p in linked
    ]
