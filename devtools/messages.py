"""./dev messages: gathers what staff read, and compiles the catalogues in locale/.

Run by the environment's own Python: it needs Django and Babel, unlike the rest of ./dev.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import django
from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import override
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
APPS = ("config", "desk", "api", "calls", "reminders")
#: What marks a text, with the arguments that are its singular and plural, or its context.
MARKS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
#: The same on every machine, so that two people's changes meet in the texts alone.
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "# What staff read, in another language than English. Run: ./dev messages"
CALLS = re.compile(
    r"""\b(?:n?p?gettext|_)\((?:u?'(?:\\.|[^'\\])*'|u?"(?:\\.|[^"\\])*"|[^)'"])*\)"""
)
PLACES = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")


def main() -> int:
    """Write every catalogue anew; 1 where texts wait for a translator."""
    wanted = gathered()
    left = 0
    for language in languages():
        catalog = merged(language, wanted)
        po_path(language).write_bytes(as_po(catalog))
        mo_path(language).write_bytes(as_mo(catalog))
        waiting = [message for message in catalog if message.id and not is_translated(message)]
        left += len(waiting)
        print(f"{language}: {len(catalog)} texts, {len(waiting)} to translate", flush=True)
    if left:
        print("Translate the empty msgstr in locale/, then run ./dev messages again.")
    return 1 if left else 0


def languages() -> list[str]:
    """Those staff may choose, but English, which stands in the code."""
    return [code for code, _ in settings.LANGUAGES if code != "en"]


def po_path(language: str) -> Path:
    """Where a language is translated."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def mo_path(language: str) -> Path:
    """What Django reads of it."""
    return po_path(language).with_suffix(".mo")


def gathered() -> Catalog:
    """Every text that is marked in the code, in a template, or is a label of a model."""
    # Models can be imported once Django is set up.
    labels = import_module("desk.labels")
    catalog = Catalog(charset="utf-8")
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            _add(catalog, path, path.read_text())
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = str(path.relative_to(ROOT))
        # What else templatize leaves of a template is no Python.
        calls = "\n".join(CALLS.findall(templatize(path.read_text(), origin=name)))
        _add(catalog, path, calls)
    with override(None):
        for words in filter(None, labels.english()):
            catalog.add(words, locations=[("desk/labels.py", 0)])
    return catalog


def _add(catalog: Catalog, path: Path, source: str) -> None:
    place = (str(path.relative_to(ROOT)), 0)
    for _line, words, _comments, context in extract(
        "python", io.BytesIO(source.encode()), MARKS, options={"encoding": "utf-8"}
    ):
        catalog.add(words, context=context, locations=[place])


def merged(language: str, wanted: Catalog) -> Catalog:
    """What is wanted, with what is translated already; what nobody wants any more is gone."""
    known = read(language)
    catalog = Catalog(
        locale=language,
        project="Ringwell",
        version="1",
        msgid_bugs_address="",
        charset="utf-8",
        header_comment=HEADER,
        creation_date=WHEN,
        revision_date=WHEN,
        last_translator="Ringwell",
        language_team="Ringwell",
        fuzzy=False,
    )
    for message in wanted:
        if message.id:
            old = known.get(message.id, message.context)
            string = old.string if old else ""
            if isinstance(message.id, tuple) and not isinstance(string, tuple):
                string = ("",) * catalog.num_plurals
            catalog.add(
                message.id,
                string,
                locations=sorted(set(message.locations)),
                flags=(old.flags if old else set()) & {"fuzzy"},
                context=message.context,
            )
    return catalog


def read(language: str) -> Catalog:
    """The catalogue as it lies there; empty where there is none yet."""
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def as_po(catalog: Catalog) -> bytes:
    """In the order of the texts: whoever adds one changes nothing around it."""
    file = io.BytesIO()
    write_po(file, catalog, width=96, no_location=True, sort_output=True)
    return file.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """Compiled, without what is fuzzy."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def is_translated(message: Message) -> bool:
    """Every form of it has words, and somebody stands by them."""
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(forms) and not message.fuzzy


def faults(language: str, wanted: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue, seen from what was gathered; each in a line."""
    catalog = read(language)
    for message in wanted:
        if not message.id:
            continue
        known = catalog.get(message.id, message.context)
        first = message.id[0] if isinstance(message.id, tuple) else message.id
        if known is None:
            yield f"{first!r} is missing"
        elif not is_translated(known):
            yield f"{first!r} is not translated"
        else:
            yield from _places(known)
    for message in catalog:
        if message.id and wanted.get(message.id, message.context) is None:
            first = message.id[0] if isinstance(message.id, tuple) else message.id
            yield f"{first!r} is said nowhere any more"
    if not mo_path(language).exists() or mo_path(language).read_bytes() != as_mo(catalog):
        yield "the .mo is not compiled from this .po"


def _places(message: Message) -> Iterator[str]:
    """A singular may leave out its number; no form has a place that the English has not."""
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    known = [sorted(match.group() for match in PLACES.finditer(each)) for each in ids]
    for form in forms:
        if sorted(match.group() for match in PLACES.finditer(form)) not in known:
            yield f"{ids[0]!r} has other places in {form!r}"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.exit(main())
