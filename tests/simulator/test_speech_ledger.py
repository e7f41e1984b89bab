"""What the stand-in is told of by the control API, and what it shows."""

import base64
import hashlib

import azure.cognitiveservices.speech as sdk
import pytest
import requests

from simulator.speech.ear import Ear, Heard, Patience
from simulator.speech.ledger import MS, Ledger, Segment, entry_of
from simulator.speech.sound import BadSound, Format, read_header, wav
from simulator.testing import running
from tests.simulator import speech_client as client
from tests.simulator.speech_client import PATIENCE, Recording, spoken

SOUND = bytes([0, 40, 0, 216]) * 4000
OTHER = bytes([0, 60, 0, 200]) * 4000
SEGMENT = {"text": "Not on Tuesday.", "language": "en-US"}


@pytest.fixture(scope="module")
def whole():
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(whole):
    whole.speech_reset()
    return whole


def post(simulator, **entry):
    address = simulator.url + "/control/speech/ledger"
    return requests.post(address, json=entry, timeout=PATIENCE)


def encoded(data):
    return base64.b64encode(data).decode()


class TestEntries:
    def test_it_learns_a_recording(self, simulator, tmp_path):
        made = post(simulator, wav=encoded(wav(Format(), SOUND)), segments=[SEGMENT])
        assert made.status_code == 201
        assert made.json()["sha256"] == hashlib.sha256(SOUND).hexdigest()
        assert made.json()["segments"][0]["duration_ms"] == 500
        recording = Recording.at(tmp_path, SOUND)
        assert client.ask(client.config(simulator), recording).text == "Not on Tuesday."

    def test_it_learns_a_hash(self, simulator, tmp_path):
        sha256 = hashlib.sha256(SOUND).hexdigest()
        assert post(simulator, sha256=sha256, segments=[SEGMENT]).status_code == 201
        recording = Recording.at(tmp_path, SOUND)
        assert client.ask(client.config(simulator), recording).text == "Not on Tuesday."

    def test_it_forgets(self, simulator, tmp_path):
        post(simulator, wav=encoded(wav(Format(), SOUND)), segments=[SEGMENT])
        address = simulator.url + "/control/speech/ledger"
        assert len(requests.get(address, timeout=PATIENCE).json()) == 1
        requests.delete(address, timeout=PATIENCE)
        recording = Recording.at(tmp_path, SOUND)
        result = client.ask(client.config(simulator), recording)
        assert result.reason == sdk.ResultReason.NoMatch

    @pytest.mark.parametrize(
        "entry",
        [
            {},
            {"segments": [SEGMENT]},
            {"wav": "!", "segments": [SEGMENT]},
            {"wav": encoded(b"no sound"), "segments": [SEGMENT]},
            {"sha256": "abc", "segments": [SEGMENT]},
            {"sha256": "0" * 64, "segments": []},
            {"sha256": "0" * 64, "segments": [{"text": "No language."}]},
            {"sha256": "0" * 64, "segments": [SEGMENT | {"status": "Perhaps"}]},
            {"sha256": "0" * 64, "segments": [SEGMENT | {"confidence": 2}]},
            {"sha256": "0" * 64, "segments": [SEGMENT | {"colour": "red"}]},
            {"sha256": "0" * 64, "segments": [SEGMENT], "colour": "red"},
        ],
        ids=range(11),
    )
    def test_it_refuses_what_is_no_entry(self, simulator, entry):
        assert post(simulator, **entry).status_code == 400

    def test_it_ends_as_the_ledger_says(self, simulator, tmp_path):
        simulator.speech_ledger(
            wav=wav(Format(), SOUND), segments=[SEGMENT | {"status": "TooManyRequests"}]
        )
        recording = Recording.at(tmp_path, SOUND)
        result = client.ask(client.config(simulator), recording)
        assert result.cancellation_details.code == sdk.CancellationErrorCode.TooManyRequests


class TestSeen:
    def test_it_shows_what_was_asked_without_the_sound(self, simulator, tmp_path):
        recording = Recording.at(tmp_path, spoken(simulator, "Yes."))
        client.ask(client.config(simulator, host=True), recording)
        shown = requests.get(simulator.url + "/control/speech", timeout=PATIENCE).json()
        assert (shown["voice"], shown["known"]) == ("tone", 1)
        said, heard = shown["connections"]
        assert (said["operation"], heard["operation"]) == ("synthesize", "recognize")
        assert heard["path"] == "/speech/recognition/interactive/cognitiveservices/v1"
        assert heard["query"]["language"] == "en-us"
        assert heard["config"]["context"]["system"]["version"].startswith("1.")
        assert heard["headers"]["User-Agent"].startswith("SpeechSDK-Python/")
        [turn] = heard["turns"]
        assert turn["context"]["phraseDetection"]["language"] == "en-us"
        assert turn["sound"]["sha256"] == hashlib.sha256(spoken(simulator, "Yes.")).hexdigest()
        assert turn["answers"][-2]["body"]["DisplayText"] == "Yes."

    def test_it_forgets_with_the_rest(self, simulator):
        spoken(simulator, "Yes.")
        requests.delete(simulator.url + "/control/speech", timeout=PATIENCE)
        assert (simulator.speech_seen(), simulator.speech_known()) == ([], [])
        spoken(simulator, "Yes.")
        simulator.reset()
        assert simulator.speech_seen() == []


class TestTheEar:
    """What needs no network: which of several sounds it is, and when that is certain."""

    PATIENCE = Patience(initial=5000 * MS, within=500 * MS, longest=30_000 * MS)

    def hear(self, known, *pieces):
        ledger = Ledger()
        for text, sound in known.items():
            segment = Segment(text=text, language="en-US", duration=Format().ticks(len(sound)))
            ledger.add(entry_of(Format(), sound, (segment,)))
        ear, told = Ear(Format(), ledger), []
        for number, piece in enumerate(pieces, 1):
            ear.sound += piece
            while (found := ear.next(self.PATIENCE, ended=number == len(pieces))) is not None:
                told.append((number, found))
        return [(number, found.segment.text) for number, found in told if isinstance(found, Heard)]

    def test_it_waits_while_it_could_still_be_more(self):
        known = {"Yes.": SOUND, "Yes, please.": SOUND + OTHER}
        quiet = bytes(3200)
        assert self.hear(known, SOUND, quiet, b"") == [(2, "Yes.")]
        assert self.hear(known, SOUND, OTHER, b"") == [(2, "Yes, please.")]
        assert self.hear(known, SOUND, b"") == [(2, "Yes.")]

    def test_it_hears_the_same_again(self):
        pause = bytes(32_000)
        assert self.hear({"Yes.": SOUND}, SOUND + pause + SOUND, b"") == [
            (1, "Yes."),
            (1, "Yes."),
        ]

    def test_it_does_not_hear_half(self):
        assert self.hear({"Yes.": SOUND}, SOUND[:8000], b"") == []


class TestHeaders:
    def test_it_reads_an_extensible_one(self):
        plain = wav(Format(), SOUND)
        chunk = plain[20:36] + (22).to_bytes(2, "little") + bytes(6) + b"\x01\x00" + bytes(14)
        chunk = b"\xfe\xff" + chunk[2:]
        header = b"RIFF" + bytes(4) + b"WAVEfmt " + len(chunk).to_bytes(4, "little") + chunk
        assert read_header(header + b"data" + bytes(4) + SOUND) == (Format(), SOUND)

    @pytest.mark.parametrize(
        "data",
        [b"", b"ID3", wav(Format(tag=2), b""), wav(Format(channels=9), b""), b"RIFF....WAVE"],
        ids=["empty", "mp3", "ADPCM", "9 channels", "no format"],
    )
    def test_it_knows_what_is_none(self, data):
        with pytest.raises(BadSound):
            read_header(data)
