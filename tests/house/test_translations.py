"""What staff read stands in every language they may choose: whole, and compiled."""

from pathlib import Path

import pytest
from babel.messages import Catalog

from devtools import messages

MEND = (
    "Run ./dev messages, translate what it left empty in {path}, run it again, "
    "and commit the .po and the .mo."
)


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    return messages.gathered()


@pytest.mark.parametrize("language", messages.languages())
def test_every_text_is_translated_and_compiled(language: str, wanted: Catalog) -> None:
    wrong = list(messages.faults(language, wanted))
    mend = MEND.format(path=messages.po_path(language).relative_to(messages.ROOT))
    assert not wrong, "\n".join([mend, *wrong])


@pytest.mark.parametrize(
    "text",
    ["Last calls", "Waits for a free line", "call-back number", "Type to search"],
    ids=["of a template", "of the code", "of a model", "of the theme"],
)
def test_texts_are_gathered_wherever_they_stand(text: str, wanted: Catalog) -> None:
    assert wanted.get(text) is not None


def test_whatever_is_wrong_with_a_catalogue_is_named(
    wanted: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    po, mo = (path("es").read_bytes() for path in (messages.po_path, messages.mo_path))
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    messages.po_path("es").parent.mkdir(parents=True)
    changes = {
        'msgid "Last calls"\nmsgstr "Últimas llamadas"': 'msgid "Last calls"\nmsgstr ""',
        'msgid "Today"': '#, fuzzy\nmsgid "Today"',
        'Paused: %(clinic)s."\nmsgstr "En pausa: %(clinic)s.': (
            'Paused: %(clinic)s."\nmsgstr "En pausa: %(clinica)s.'
        ),
        'msgid "Whom do you mean?"': 'msgid "Whom did you mean?"',
    }
    text = po.decode()
    for now, then in changes.items():
        assert now in text
        text = text.replace(now, then)
    messages.po_path("es").write_text(text)
    messages.mo_path("es").write_bytes(mo)
    assert set(messages.faults("es", wanted)) == {
        "'Last calls' is not translated",
        "'Today' is not translated",
        "'Paused: %(clinic)s.' has other places in 'En pausa: %(clinica)s.'",
        "'Whom do you mean?' is missing",
        "'Whom did you mean?' is said nowhere any more",
        "the .mo is not compiled from this .po",
    }
