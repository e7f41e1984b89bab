"""Numbers of any country, in E.164."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from reminders import phones


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("+12125550142", "+12125550142"),
        ("+1 (212) 555-0142", "+12125550142"),
        ("+44 7700 900123", "+447700900123"),
        ("+33 1 99 00 12 34", "+33199001234"),
        ("+49 30 23125 000", "+493023125000"),
    ],
)
def test_a_number_of_any_country_is_read(text: str, e164: str) -> None:
    """B12."""
    assert phones.parse(text).e164 == e164


@pytest.mark.parametrize(
    "text",
    ["", "2125550142", "+1", "+1212555", "+121255501421234", "+49123456789012345", "+1212555O142"],
)
def test_what_is_no_number_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        phones.parse(text)


def test_a_possible_number_in_no_known_range_is_only_doubtful() -> None:
    assert not phones.parse("+15555550142").is_valid


COUNTRIES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


@hypothesis(max_examples=300, deadline=None)
@given(country=st.sampled_from(COUNTRIES), rest=st.text("0123456789", min_size=4, max_size=12))
def test_what_is_in_a_known_range_is_what_phonenumbers_calls_valid(country: int, rest: str) -> None:
    """The numbers of today's ranges and any digits at all."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[country]
    examples = [phonenumbers.example_number(region) for region in regions]
    known = [
        phonenumbers.format_number(n, phonenumbers.PhoneNumberFormat.E164) for n in examples if n
    ]
    for text in (f"+{country}{rest}", *known):
        try:
            parsed = phones.parse(text)
        except ValueError:
            continue
        number = phonenumbers.parse(text, None)
        assert parsed.is_valid == phonenumbers.is_valid_number(number)


def test_a_masked_number_shows_its_last_four_digits() -> None:
    assert phones.masked("+12125550123") == "+1••••••0123"


def test_a_hash_is_keyed(settings: pytest.FixtureRequest) -> None:
    first = phones.keyed_hash("+12125550123")
    settings.PHONE_HASH_KEY = "another"
    assert phones.keyed_hash("+12125550123") != first


def test_digits_are_spoken_one_by_one_in_groups() -> None:
    assert phones.spaced_digits("+12125550142") == "2 1 2, 5 5 5, 0 1 4 2"


@pytest.mark.parametrize(
    ("text", "neighbour", "e164"),
    [
        ("(212) 555-0142", "+12125550100", "+12125550142"),
        ("212/555.0142", "+15555550100", "+12125550142"),
        ("07700 900123", "+442079460100", "+447700900123"),
        ("+44 7700 900123", "+12125550100", "+447700900123"),
    ],
)
def test_a_number_is_read_as_the_neighbours_write_it(text: str, neighbour: str, e164: str) -> None:
    assert phones.parse_as_written_at(text, neighbour).e164 == e164


@pytest.mark.parametrize("text", ["", "5550142", "12", "212 555 01AB", "212555014212345", "+"])
def test_what_the_neighbours_would_not_write_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        phones.parse_as_written_at(text, "+12125550100")


def test_a_line_that_is_hardly_a_patients_is_named() -> None:
    assert phones.oddity("+18005550142") == "toll_free"
    assert phones.oddity("+12125550142") is None
