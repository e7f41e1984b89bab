"""The linter: the shipped texts pass, and each rule finds what it is for."""

from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from itertools import combinations
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.conversation import linting, wording
from calls.conversation.linting import Code, Finding, Severity, lint
from calls.conversation.script import MOST_LANGUAGES
from calls.conversation.wording import PLACEHOLDERS, Disclosure, Pack
from calls.models import ClinicWording
from reminders.models import Clinic
from tests.conftest import TUESDAY, make_clinic

PACKS = wording.packs()
ENGLISH = PACKS["en"]
SETS = [s for size in range(1, MOST_LANGUAGES + 1) for s in combinations(PACKS, size)]


def errors(*packs: Pack) -> list[Finding]:
    found = lint({pack.language: pack for pack in packs})
    return [finding for finding in found if finding.severity is Severity.ERROR]


def with_text(key: str, text: str, pack: Pack = ENGLISH) -> Pack:
    return replace(pack, texts={**pack.texts, key: text})


def with_phrases(group: str, label: str, *phrases: str, pack: Pack = ENGLISH) -> Pack:
    return pack.changed({}, {group: {label: phrases}}, {})


def with_sound(key: str, kind: str, source: str = "", pack: Pack = ENGLISH) -> Pack:
    return pack.changed({}, {}, {key: {"kind": kind, "source": source}})


def the_error(*packs: Pack) -> tuple[Code, str]:
    (finding,) = errors(*packs)
    assert finding.message.endswith(".")
    return finding.code, finding.key


@pytest.mark.parametrize("languages", SETS, ids="-".join)
def test_every_set_of_shipped_languages_that_one_call_may_have_passes(
    languages: tuple[str, ...],
) -> None:
    assert errors(*(PACKS[language] for language in languages)) == []


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_a_draft_translation_is_a_warning_and_a_reviewed_one_none(pack: Pack) -> None:
    codes = [finding.code for finding in lint({pack.language: pack})]
    assert codes == ([] if pack.reviewed else [Code.DRAFT])


def test_a_translation_that_nobody_has_read_says_so() -> None:
    assert {"ar", "de", "fr", "pt"} <= {p.language for p in PACKS.values() if not p.reviewed}


# Phrases


def test_one_phrase_may_not_mean_two_answers_of_one_question() -> None:
    pack = with_phrases("right_party", "No", "no", "speaking")
    assert the_error(pack) == (Code.SHARED_PHRASE, "right_party.No")


def test_two_languages_of_a_call_may_not_mean_two_things_by_one_phrase() -> None:
    french = with_phrases("read_back", "No", "non", "sí", pack=PACKS["fr"])
    assert errors(french) == []
    (finding,) = errors(PACKS["es"], french)
    assert (finding.code, finding.language) == (Code.SHARED_PHRASE, "fr")
    assert finding.key == "read_back.No"
    assert "Yes in es" in finding.message


def test_one_phrase_may_mean_the_same_in_many_languages() -> None:
    assert "cancelar" in PACKS["es"].phrases["menu"]["Cancel"]
    assert "cancelar" in PACKS["pt"].phrases["menu"]["Cancel"]
    assert errors(PACKS["es"], PACKS["pt"]) == []


def test_one_phrase_may_mean_different_answers_to_different_questions() -> None:
    assert "no" in ENGLISH.phrases["needs"]["Nothing"]
    assert "no" in ENGLISH.phrases["read_back"]["No"]
    assert errors(ENGLISH) == []


def test_a_phrase_of_every_question_is_found_once_where_it_clashes_with_another() -> None:
    pack = with_phrases("any", "Repeat", "unsubscribe")
    assert the_error(pack) == (Code.SHARED_PHRASE, "any.Stop")


@pytest.mark.parametrize("spelling", ["SPEAKING", "speaking!", "spéaking", " speaking "])
def test_case_accents_and_punctuation_do_not_make_another_phrase(spelling: str) -> None:
    pack = with_phrases("right_party", "No", spelling)
    assert the_error(pack) == (Code.SHARED_PHRASE, "right_party.No")


LABELS = [(group, label) for group, labels in ENGLISH.phrases.items() for label in labels]


@settings(deadline=None)
@given(
    st.sampled_from(sorted(PACKS)),
    st.sampled_from(LABELS),
    st.sampled_from(LABELS),
    st.sampled_from(["", "?", "!"]),
)
def test_any_phrase_moved_under_another_answer_of_its_question_is_found(
    language: str, one: tuple[str, str], other: tuple[str, str], mark: str
) -> None:
    pack = PACKS[language]
    stolen = pack.phrases[one[0]][one[1]][0] + mark
    thief = pack.changed({}, {other[0]: {other[1]: (stolen,)}}, {})
    clashes = [f for f in errors(thief) if f.code is Code.SHARED_PHRASE]
    same_question = one[0] == other[0] or "any" in (one[0], other[0])
    if same_question and one[1] != other[1]:
        assert clashes
    elif one == other:
        assert not clashes


@pytest.mark.parametrize(
    "phrase", ["1", "12", "one", "One.", "one two", "dos", "neuf", "واحد", "٩"]
)
def test_a_digit_is_no_phrase(phrase: str) -> None:
    """A voicemail's "press one" must not confirm anything, in whatever language."""
    pack = with_phrases("menu", "Confirm", "confirm", phrase)
    assert the_error(pack) == (Code.DIGIT_PHRASE, "menu.Confirm")


@settings(deadline=None)
@given(st.sampled_from([w for pack in PACKS.values() for w in pack.lint["digits"]]))
def test_every_digit_word_that_a_language_lists_is_refused(word: str) -> None:
    pack = with_phrases("needs", "Late", word)
    assert Code.DIGIT_PHRASE in {finding.code for finding in errors(pack)}


def test_a_phrase_that_has_a_digit_among_its_words_is_one() -> None:
    assert errors(with_phrases("needs", "Ride", "one ride please")) == []


def test_a_phrase_without_a_word_is_none() -> None:
    pack = with_phrases("menu", "Confirm", "confirm", "?!")
    assert the_error(pack) == (Code.EMPTY_PHRASE, "menu.Confirm")


# R4


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("This is a call from {clinic}, {phone}. Press 9 or say stop calling.", "automated"),
        ("An automated call, {phone}. Press 9 or say stop calling.", "{clinic}"),
        ("An automated call from {clinic}. Press 9 or say stop calling.", "{phone}"),
        ("An automated call from {clinic}, {phone}. Say stop calling.", "key 9"),
        ("An automated call from {clinic}, {phone}. Press 9.", "phrase"),
        ("An automated call from {clinic}, {phone}. Press 99 or say stop calling.", "key 9"),
    ],
)
def test_an_opening_without_one_of_its_four_parts_is_refused(text: str, lacks: str) -> None:
    (finding,) = errors(with_text("opening", text))
    assert (finding.code, finding.key) == (Code.OPENING, "opening")
    assert lacks in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "This is {clinic} with an automated call, {phone}. Press 9 or say stop calling.",
        "To stop, press 9 or say stop calling. An automated call from {clinic}, {phone}.",
        "An automated call from {phone}, {clinic}. Press 9 or say stop calling.",
    ],
)
def test_an_opening_in_another_order_is_refused(text: str) -> None:
    (finding,) = errors(with_text("opening", text))
    assert finding.code is Code.OPENING
    assert "first" in finding.message


def test_key_and_phrase_may_change_places() -> None:
    text = "An automated call from {clinic}, {phone}. Say stop calling or press 9."
    assert errors(with_text("opening", text)) == []


def test_the_opening_offers_a_phrase_that_is_understood() -> None:
    """Taken off the list of phrases, it may no longer be promised."""
    pack = with_phrases("any", "Stop", "unsubscribe")
    assert the_error(pack) == (Code.OPENING, "opening")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Please pay your bill."),
        ("en", "We have an OFFER for you."),
        ("es", "Tenemos una promoción."),
        ("fr", "Profitez de nos réductions."),
        ("de", "Bitte bezahlen Sie."),
        ("pt", "Temos uma promocao."),
        ("ar", "يرجى دفع الفاتورة."),
    ],
)
def test_money_and_offers_are_refused(language: str, sentence: str) -> None:
    found = errors(with_text("thanks", sentence, PACKS[language]))
    assert {(finding.code, finding.key) for finding in found} == {(Code.MONEY, "thanks")}


def test_a_word_that_only_contains_one_of_money_is_allowed() -> None:
    assert errors(with_text("thanks", "Thank you for the reoffering of Paytons freedom.")) == []


# R5 and Azure's limits


def test_a_call_of_more_than_a_minute_is_refused_with_its_seconds() -> None:
    pack = with_text("confirmed", "word " * 100)
    (finding,) = errors(pack)
    assert (finding.code, finding.key) == (Code.LONG_CALL, "")
    assert f"{linting.path_seconds(pack):.0f} seconds" in finding.message


@settings(deadline=None)
@given(st.integers(0, 300))
def test_a_text_takes_as_long_as_its_words_at_130_a_minute(words: int) -> None:
    pack = with_text("thanks", "word " * words)
    assert linting.seconds_of(pack, "thanks") == pytest.approx(words * 60 / 130)


def test_the_seconds_count_what_is_filled_in() -> None:
    assert linting.seconds_of(with_text("thanks", "{phone}"), "thanks") > 4


def test_a_text_off_the_way_to_a_confirmation_takes_none_of_its_minute() -> None:
    assert errors(with_text("voicemail", "word " * 200)) == []


def test_a_text_of_more_characters_than_azure_speaks_is_refused() -> None:
    assert the_error(with_text("thanks", "a" * 4001)) == (Code.LONG_TEXT, "thanks")
    assert errors(with_text("thanks", "a" * 4000)) == []


def test_the_limit_counts_what_is_filled_in() -> None:
    text = "{phone}" * 200
    assert len(text) < 4000
    assert the_error(with_text("thanks", text)) == (Code.LONG_TEXT, "thanks")


# Completeness and placeholders


@pytest.mark.parametrize("key", sorted(ENGLISH.texts.keys() - set(linting.PATH)))
def test_a_missing_text_is_found(key: str) -> None:
    texts = {k: text for k, text in ENGLISH.texts.items() if k != key}
    assert the_error(replace(ENGLISH, texts=texts)) == (Code.MISSING, key)


def test_a_text_that_nobody_would_hear_is_found() -> None:
    assert the_error(with_text("menuu", "You have an appointment.")) == (Code.UNKNOWN, "menuu")


@pytest.mark.parametrize(("group", "label"), [g for g in LABELS if g != ("any", "Stop")])
def test_an_answer_that_no_phrase_means_is_found(group: str, label: str) -> None:
    assert the_error(with_phrases(group, label)) == (Code.MISSING, f"{group}.{label}")


@pytest.mark.parametrize(("group", "label"), [("menu", "Yes"), ("weather", "Rain")])
def test_an_answer_that_the_question_does_not_have_is_found(group: str, label: str) -> None:
    phrases = {**ENGLISH.phrases, group: {**ENGLISH.phrases.get(group, {}), label: ("hurray",)}}
    pack = replace(ENGLISH, phrases=phrases)
    assert the_error(pack) == (Code.UNKNOWN, f"{group}.{label}")


@pytest.mark.parametrize(
    "text",
    [
        "For {when}.",
        "Your {visit_type}.",
        "Your number {external_id}.",
        "Dear {name}.",
        "Dear {}.",
        "Dear {patient",
        "Dear patient}.",
        "Dear {patient.email}.",
        "Dear {patient!r}.",
        "Dear {patient:>40}.",
        "Dear {patient:{when}}.",
    ],
)
def test_a_placeholder_that_its_text_may_not_have_is_refused(text: str) -> None:
    assert the_error(with_text("wrong_person", text)) == (Code.PLACEHOLDER, "wrong_person")


@settings(deadline=None)
@given(st.sampled_from(sorted(PLACEHOLDERS)), st.sampled_from(sorted(wording.BEFORE_IDENTITY)))
def test_before_identity_only_public_placeholders_pass(name: str, key: str) -> None:
    pack = with_text(key, f"{ENGLISH.texts[key]} {{{name}}}")
    codes = {finding.code for finding in errors(pack)}
    assert (Code.PLACEHOLDER in codes) == (PLACEHOLDERS[name] is not Disclosure.PUBLIC)


# Sounds

SPEAK = '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis">{}</speak>'


def ssml(words: str) -> str:
    return SPEAK.replace("{}", words)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "Thank you.",
        "<speak>Thank you.",
        "<voice>Thank you.</voice>",
        ssml("Thank you & goodbye."),
        ssml("Thank you, {practitioner}."),
        ssml("For {when}."),
        ssml("Thank {you."),
        "<!DOCTYPE speak [<!ENTITY a 'b'>]>" + ssml("&a;"),
    ],
)
def test_ssml_that_azure_or_the_rules_would_refuse_is_found(document: str) -> None:
    assert the_error(with_sound("thanks", "ssml", document)) == (Code.SSML, "thanks")


def test_good_ssml_passes() -> None:
    pack = with_sound("thanks", "ssml", ssml("Thank <emphasis>you</emphasis>, {patient}."))
    assert errors(pack) == []


def test_ssml_may_not_leave_out_the_time_of_the_visit() -> None:
    assert the_error(with_sound("confirmed", "ssml", ssml("Thank you."))) == (
        Code.SSML,
        "confirmed",
    )


def test_the_opening_in_ssml_is_judged_by_what_it_says() -> None:
    words = "An automated call from {clinic}, <break/>{phone}. Press 9 or say stop calling."
    assert errors(with_sound("opening", "ssml", ssml(words))) == []
    assert the_error(with_sound("opening", "ssml", ssml("Hello."))) == (Code.OPENING, "opening")


def test_ssml_may_not_speak_of_money_either() -> None:
    pack = with_sound("thanks", "ssml", ssml("Please <emphasis>pay</emphasis>."))
    assert the_error(pack) == (Code.MONEY, "thanks")


@pytest.mark.parametrize("key", sorted(ENGLISH.texts))
def test_a_recording_can_say_nothing_of_a_patient(key: str) -> None:
    text = ENGLISH.texts[key]
    of_a_patient = any(f"{{{name}}}" in text for name in PLACEHOLDERS.keys() - wording.RECORDABLE)
    found = errors(with_sound(key, "file", "0" * 64))
    assert [finding.code for finding in found] == ([Code.RECORDING] if of_a_patient else [])


def test_a_sound_of_no_text_or_of_no_known_kind_is_found() -> None:
    assert the_error(with_sound("thankss", "file", "0" * 64)) == (Code.UNKNOWN, "thankss")
    assert the_error(with_sound("thanks", "mp3")) == (Code.UNKNOWN, "thanks")


_texts = st.text(st.sampled_from("{}:!.[]ab 9<>&%") | st.characters(), max_size=40)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(ENGLISH.texts)) | _texts, _texts, max_size=4),
    st.dictionaries(
        st.sampled_from(["menu", "any"]),
        st.dictionaries(st.sampled_from(["Confirm", "Stop"]), st.lists(_texts, max_size=3)),
    ),
    st.dictionaries(
        st.sampled_from(sorted(ENGLISH.texts)),
        st.fixed_dictionaries({"kind": st.sampled_from(["ssml", "file", ""]), "source": _texts}),
        max_size=2,
    ),
)
def test_whatever_a_clinic_types_is_judged_and_never_fails(
    texts: dict[str, str], phrases: dict[str, Any], sounds: dict[str, Any]
) -> None:
    pack = ENGLISH.changed(texts, phrases, sounds)
    judged = errors(pack)
    if not judged:
        values = linting.sample_values(pack)
        wording.fill_public(pack, values)
        wording.fill_visit(pack, values)


# The command


def run(*words: str) -> str:
    out = StringIO()
    call_command("lint_prompts", *words, stdout=out, stderr=out)
    return out.getvalue()


def change(clinic: Clinic, texts: Mapping[str, str]) -> None:
    ClinicWording.objects.create(
        clinic=clinic, language="en", texts=texts, made_by="Dana", made_at=TUESDAY
    )


def test_lint_prompts_without_clinics_judges_the_shipped_texts(db: None) -> None:
    said = run().splitlines()
    drafts = sorted(pack.language for pack in PACKS.values() if not pack.reviewed)
    assert [line.split(": ")[1] for line in said] == drafts
    assert all(line.startswith("warning shipped: ") for line in said)


def test_lint_prompts_says_that_a_clinics_texts_are_good(db: None) -> None:
    make_clinic(languages=["en-GB", "en-US"])
    assert run("maple") == "ok      maple: en-GB\n"


def test_lint_prompts_judges_what_waits_for_approval_beside_what_is_spoken(db: None) -> None:
    change(make_clinic(languages=["en-US"]), {"thanks": "Please pay."})
    out = StringIO()
    with pytest.raises(CommandError, match="1 errors"):
        call_command("lint_prompts", "maple", stdout=out)
    assert out.getvalue().splitlines() == [
        "ok      maple: en-US",
        "error   maple, waiting for approval: en-US thanks: "
        "“pay” speaks of money or offers, which a reminder may not.",
    ]


def test_lint_prompts_judges_a_clinics_languages_together(clinic: Clinic) -> None:
    row = ClinicWording(clinic=clinic, language="en", made_by="Dana", made_at=TUESDAY)
    row.phrases = {"read_back": {"No": ["no", "correcto"]}}
    row.save()
    with pytest.raises(CommandError, match="1 errors"):
        run("maple")


def test_lint_prompts_judges_one_clinic_or_all(db: None) -> None:
    make_clinic(languages=["en-US"])
    change(make_clinic("oak"), {"thanks": "Please pay."})
    assert "ok" in run("maple")
    with pytest.raises(CommandError):
        run()
    with pytest.raises(CommandError, match="no clinic “elm”"):
        run("elm")
