import pytest

from simulator.listening import Heard, hear, identify, label_of_key
from simulator.recognizing import Choice

CHOICES = (
    Choice("Yes", ("Yes", "Sí", "that's me"), "1"),
    Choice("No", ("No", "not me"), "2"),
    Choice("Cancel", ("cancel",), None),
    Choice("Stop", ("cancel these calls",), "9"),
)


@pytest.mark.parametrize(
    ("words", "label", "phrase"),
    [
        ("yes", "Yes", "yes"),
        ("YES!", "Yes", "yes"),
        ("Well, yes, speaking.", "Yes", "yes"),
        ("si", "Yes", "sí"),
        ("That's me.", "Yes", "that's me"),
        ("no", "No", "no"),
        ("cancel", "Cancel", "cancel"),
        ("please cancel these calls", "Stop", "cancel these calls"),
        ("no, cancel", "No", "no"),
    ],
)
def test_it_matches_phrases_as_whole_words(words, label, phrase):
    assert hear(words, "en", CHOICES, ["en-GB"]) == Heard(label, phrase, "en-GB")


@pytest.mark.parametrize("words", ["yesterday", "nobody", "", "?!", "mmh, er"])
def test_it_hears_nothing_in_other_words(words):
    assert hear(words, "en", CHOICES, ["en-GB"]) is None


def test_it_hears_only_languages_that_were_asked_for():
    assert hear("sí", "es", CHOICES, ["en-US", "fr-FR"]) is None
    assert hear("sí", "es", CHOICES, ["en-US", "es-MX", "es-ES"]) == Heard("Yes", "sí", "es-MX")


def test_it_identifies_the_first_locale_of_a_language():
    assert identify("es", ["en-US", "es-US", "es-ES"]) == "es-US"
    assert identify("es", ["est-EE"]) is None


def test_it_matches_keys_against_tones():
    assert label_of_key("2", CHOICES) == "No"
    assert label_of_key("*", CHOICES) is None
