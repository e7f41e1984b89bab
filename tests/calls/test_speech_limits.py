"""What is refused before anybody is asked: limits that the SDK does not keep, and files."""

import re
import struct
from pathlib import Path
from typing import Any

import pytest

from calls.gateway.speech.asking import Identification, Question, Tuning
from calls.gateway.speech.audio import Law, Shape, pushed_wav, read_wav, read_wav_file
from calls.gateway.speech.speaking import check

TEN = ("en-US", "es-US", "fr-FR", "de-DE", "pt-BR", "ar-EG", "it-IT", "ko-KR", "ja-JP", "vi-VN")


def question(*languages: str, **options: Any) -> Question:
    tuned = {k: options.pop(k) for k in list(options) if k in Tuning.__dataclass_fields__}
    return Question(languages=languages or ("en-US",), **options, tuning=Tuning(**tuned))


def refused(*languages: str, **options: Any) -> str:
    with pytest.raises(ValueError) as refusal:
        question(*languages, **options)
    return str(refusal.value)


def test_four_languages_may_be_told_apart_at_the_start_and_ten_all_along() -> None:
    assert question(*TEN[:4]).identification is Identification.AT_START
    assert question(*TEN, continuous=True).identification is Identification.CONTINUOUS
    assert refused(*TEN[:5]).startswith("languages: at most 4 when identified at the start")
    assert refused(*TEN, "zh-CN", continuous=True).startswith("languages: at most 10 in contin")


def test_continuous_recognition_may_decide_the_language_once() -> None:
    at_start = Identification.AT_START
    asked = question(*TEN[:4], continuous=True, identification=at_start)
    assert asked.identification is at_start
    assert refused(*TEN[:5], continuous=True, identification=at_start).startswith("languages: at m")


def test_one_utterance_cannot_decide_it_again_and_again() -> None:
    assert refused("en-US", "es-US", identification=Identification.CONTINUOUS) == (
        "identification: continuous needs continuous recognition"
    )


def test_one_language_is_not_identified() -> None:
    assert question("en-US").identification is None


def test_there_is_one_locale_for_each_base_language() -> None:
    assert (
        refused("en-US", "es-US", "en-GB") == "languages: 2 locales of 'en'; one per base language"
    )


def test_there_is_a_language() -> None:
    with pytest.raises(ValueError, match=r"^languages: name at least one"):
        Question(languages=())


@pytest.mark.parametrize("tag", ["en", "english", "en_US", "en-us", "", "en-US,es-US"])
def test_a_language_is_a_locale(tag: str) -> None:
    assert refused(tag).startswith("languages: ")


@pytest.mark.parametrize("tag", ["es-419", "zh-CN-sichuan", "sr-Latn-RS", "fil-PH"])
def test_locales_come_in_several_shapes(tag: str) -> None:
    assert question(tag).languages == (tag,)


def test_five_hundred_phrases_may_be_expected() -> None:
    assert len(question(phrases=("Maple Street",) * 500).phrases) == 500
    assert refused(phrases=("Maple Street",) * 501) == "phrases: at most 500, not 501"
    assert refused(phrases=("Maple Street", " ")) == "phrases: one of them is empty"


@pytest.mark.parametrize("weight", [-0.1, 2.1, float("nan")])
def test_a_weight_is_between_nought_and_two(weight: float) -> None:
    assert refused(phrase_weight=weight).startswith("phrase_weight: 0 to 2")
    assert question(phrase_weight=0).tuning.phrase_weight == 0
    assert question(phrase_weight=2).tuning.phrase_weight == 2


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("silence_ms", 100, 5000), ("longest_segment_ms", 20_000, 70_000)],
)
def test_times_have_limits(name: str, least: int, most: int) -> None:
    silence = {} if name == "silence_ms" else {"silence_ms": 500}
    for value in (least, most):
        question(**silence, **{name: value})
    for value in (least - 1, most + 1):
        assert refused(**silence, **{name: value}) == f"{name}: {least} to {most}, not {value}"


def test_the_longest_segment_needs_the_silence() -> None:
    assert refused(longest_segment_ms=30_000) == "longest_segment_ms: needs silence_ms beside it"


def test_semantic_segmentation_is_refused_where_it_does_not_exist() -> None:
    assert question("en-GB", continuous=True, semantic=True).tuning.semantic
    for reason, options in {
        "for continuous recognition only, not for one utterance": {"continuous": False},
        "brings no alternatives and no confidence; leave out detail": {"detail": True},
        "cuts by meaning; leave out silence_ms": {"silence_ms": 500},
    }.items():
        asked = {"continuous": True, "semantic": True, **options}
        assert refused("en-US", **asked) == f"semantic: {reason}"


def test_semantic_segmentation_is_refused_in_a_locale_that_has_none() -> None:
    said = refused("en-US", "ar-EG", continuous=True, semantic=True)
    assert said == "semantic: not known to exist for ar-EG"


def test_a_model_belongs_to_a_language() -> None:
    assert question("en-US", model="A").models == {"en-US": "A"}
    assert question("en-US", "es-US", model="en-US=A, es-US=B").models == {
        "en-US": "A",
        "es-US": "B",
    }
    assert question("es-US", model="en-US=A").models == {}
    assert refused("en-US", "es-US", model="A").startswith("model: one id for several languages")
    assert refused("en-US", model="en-US=").startswith("model: write an id")


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_every_wait_has_a_limit(seconds: float) -> None:
    assert refused(limit_seconds=seconds).startswith("limit_seconds: ")


@pytest.mark.parametrize(
    ("reason", "text", "ssml", "voice"),
    [
        ("text: give a text or SSML", None, None, "v"),
        ("text: give a text or SSML", " ", None, "v"),
        ("text: give a text or SSML", "a", "<speak/>", "v"),
        ("text: at most 10000 letters", "a" * 10_001, None, "v"),
        ("voice: name a voice or a locale", "a", None, ""),
        ("ssml: not well-formed", None, "<speak>", "v"),
        ("ssml: the outermost element is <speak>", None, "<voice/>", "v"),
    ],
)
def test_what_cannot_be_spoken_is_named(
    reason: str, text: str | None, ssml: str | None, voice: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}"):
        check(text, ssml, voice, "")


def riff(form: bytes, data: bytes = b"\1\2" * 8, before: bytes = b"") -> bytes:
    chunks = before + b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


def form(tag: int = 1, channels: int = 1, rate: int = 16_000, bits: int = 16) -> bytes:
    return struct.pack("<HHIIHH", tag, channels, rate, rate * channels * bits // 8, 2, bits)


@pytest.mark.parametrize(
    ("written", "shape"),
    [
        (form(), Shape()),
        (form(rate=44_100, channels=2), Shape(rate=44_100, channels=2)),
        (form(bits=8), Shape(bits=8)),
        (form(6, bits=8, rate=8000), Shape(rate=8000, bits=8, law=Law.A_LAW)),
        (form(7, bits=8, rate=8000), Shape(rate=8000, bits=8, law=Law.MU_LAW)),
        (form(0xFFFE) + struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14), Shape()),
    ],
)
def test_wav_files_of_many_kinds_are_read(written: bytes, shape: Shape) -> None:
    read = read_wav(riff(written, before=b"LIST\5\0\0\0abcde\0"), "a.wav")
    assert (read.shape, read.samples) == (shape, b"\1\2" * 8)


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("is empty", b""),
        ("is no WAV file", b"ID3\4" + bytes(400)),
        ("is a WAV file without a format", b"RIFF\4\0\0\0WAVE"),
        ("holds no sound", riff(form(), b"")),
        ("is compressed (WAV format 85)", riff(form(85))),
        ("has 24 bits", riff(form(bits=24))),
        ("has 16 bits, 0 channels", riff(form(channels=0))),
    ],
)
def test_a_file_that_cannot_be_heard_is_named_with_the_reason(
    tmp_path: Path, reason: str, content: bytes
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(ValueError) as refusal:
        read_wav_file(path)
    assert f"{path} {reason}" in str(refusal.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^audio: there is no file .*a\.wav$"):
        read_wav_file(tmp_path / "a.wav")
    with pytest.raises(ValueError, match=r"^audio: .* is a folder$"):
        read_wav_file(tmp_path)


def test_a_recorder_that_was_cut_off_left_sizes_that_are_wrong() -> None:
    whole = riff(form())
    for size in (b"\xff\xff\xff\xff",):
        cut = whole.replace(b"data" + struct.pack("<I", 16), b"data" + size)
        assert read_wav(cut, "a.wav").samples == b"\1\2" * 8


def test_a_file_is_pushed_in_pieces_of_a_tenth_of_a_second() -> None:
    pushed = pushed_wav(riff(form(rate=8000), bytes(4000)))
    assert [len(piece) for piece in pushed.chunks] == [1600, 1600, 800]
    assert pushed.shape == Shape(rate=8000)
