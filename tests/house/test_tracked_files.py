"""What is committed fits every machine: no paths of one, no addresses to download from."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOME = "/(?:home|root|Users|work|opt/pypi)/"
FORBIDDEN = {
    "a path of one machine": rf"(?<![\w.~/{{}}<>$-]){HOME}[\w.-]+",
    "an index to download from": r"--(?:extra-)?index-url|--find-link[s]|\bindex-url *=",
    "a package host": r"\b(?:pypi\.org|pythonhosted\.org|deb\.debian\.org|registry\.npmjs\.org)\b",
    "a locked download": r'"resolved": *"http|\bregistry *= *http',
}


def tracked_texts() -> dict[str, str]:
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    texts = {}
    for name in filter(None, listing.split("\0")):
        try:
            texts[name] = (ROOT / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError):  # a picture; a file being moved
            continue
    return texts


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_names(what: str) -> None:
    found = [
        f"{name}: {match.group()}"
        for name, text in tracked_texts().items()
        for match in re.finditer(FORBIDDEN[what], text)
    ]
    assert found == []


def test_nothing_that_runs_leave_behind_is_tracked() -> None:
    left = re.compile(r"\.sqlite3|\.pem$|(^|/)\.env$|^(var|\.venv)/|__pycache__")
    assert [name for name in tracked_texts() if left.search(name)] == []


def test_every_link_in_the_docs_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
