"""Synthesis through the real SDK: sound, boundaries, voices, formats; and that it is understood."""

import os
import queue
import stat
import subprocess
import sys

import azure.cognitiveservices.speech as sdk
import pytest

from simulator.speech import formats, ssml, voices
from simulator.speech.sound import A_LAW, MU_LAW, Format, read_header
from simulator.speech.ssml import BadSsml, Pause, Words
from simulator.speech.voice import COMMAND, ToneVoice, choose_voice, resampled
from simulator.testing import running
from tests.simulator import speech_client as client
from tests.simulator.speech_client import EN, ES, FR, PATIENCE, Recording

MADE = sdk.ResultReason.SynthesizingAudioCompleted
OUTPUT = sdk.SpeechSynthesisOutputFormat
DOCUMENT = f"""<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">
  <voice name="{EN}">Good <emphasis>morning</emphasis>.<break time="600ms"/>Press one.</voice>
  <voice name="{ES}">Buenos días.</voice>
</speak>"""


@pytest.fixture(scope="module")
def whole():
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(whole):
    whole.speech_reset()
    return whole


class TestSound:
    @pytest.mark.parametrize("host", [False, True], ids=["cloud", "container"])
    def test_it_lasts_60_ms_a_character(self, simulator, host):
        result = client.say(simulator, "Good morning.", host=host)
        assert result.reason == MADE
        form, sound = read_header(result.audio_data)
        assert (form, form.ticks(len(sound))) == (Format(), 13 * 600_000)

    @pytest.mark.parametrize(
        ("fmt", "form"),
        [
            (OUTPUT.Raw8Khz16BitMonoPcm, Format(rate=8000)),
            (OUTPUT.Riff8Khz16BitMonoPcm, Format(rate=8000)),
            (OUTPUT.Riff22050Hz16BitMonoPcm, Format(rate=22_050)),
            (OUTPUT.Riff24Khz16BitMonoPcm, Format(rate=24_000)),
            (OUTPUT.Riff44100Hz16BitMonoPcm, Format(rate=44_100)),
            (OUTPUT.Riff8Khz8BitMonoMULaw, Format(tag=MU_LAW, rate=8000, bits=8)),
            (OUTPUT.Riff8Khz8BitMonoALaw, Format(tag=A_LAW, rate=8000, bits=8)),
        ],
        ids=["raw 8", "8", "22.05", "24", "44.1", "mu-law", "A-law"],
    )
    def test_it_comes_in_the_format_asked_for_and_is_understood(
        self, simulator, tmp_path, fmt, form
    ):
        result = client.say(simulator, "Good morning.", fmt=fmt)
        assert result.reason == MADE, result.cancellation_details
        is_raw = not result.audio_data.startswith(b"RIFF")
        sound = result.audio_data if is_raw else read_header(result.audio_data)[1]
        assert abs(form.ticks(len(sound)) - 13 * 600_000) < 10_000
        recording = Recording.at(tmp_path, sound, form=form)
        assert client.ask(client.config(simulator), recording).text == "Good morning."

    def test_it_refuses_a_compressed_format(self, simulator):
        result = client.say(simulator, "Hello.", fmt=OUTPUT.Audio16Khz32KBitRateMonoMp3)
        assert "Unsupported output format" in result.cancellation_details.error_details

    def test_it_is_the_same_every_time_and_another_for_another_voice(self, simulator):
        first, again, other = (
            client.say(simulator, "Hello.", voice).audio_data for voice in (EN, EN, FR)
        )
        assert first == again != other

    def test_it_streams_to_a_file(self, simulator, tmp_path):
        output = sdk.audio.AudioOutputConfig(filename=str(tmp_path / "said.wav"))
        synthesizer = sdk.SpeechSynthesizer(client.config(simulator), output)
        assert synthesizer.speak_text_async("Hello.").get().reason == MADE
        del synthesizer
        recording = Recording(str(tmp_path / "said.wav"))
        assert client.ask(client.config(simulator), recording).text == "Hello."


class TestDocuments:
    def test_it_speaks_several_voices_with_pauses(self, simulator, tmp_path):
        result = client.say(simulator, DOCUMENT, ssml=True)
        recording = Recording.at(tmp_path, read_header(result.audio_data)[1])
        settings = client.config(simulator)
        mode = sdk.PropertyId.SpeechServiceConnection_LanguageIdMode
        settings.set_property(mode, "Continuous")
        heard = client.listen(
            settings,
            recording,
            auto_detect_source_language_config=client.candidates("en-US", "es-US"),
        )
        assert heard.texts == ["Good morning.", "Press one.", "Buenos días."]
        [entry] = simulator.speech_known()
        assert entry["voice"] == f"{EN}, {ES}"

    @pytest.mark.parametrize(
        ("document", "why"),
        [
            (DOCUMENT.replace(ES, "es-US-NobodyNeural"), "Unsupported voice"),
            (DOCUMENT.replace("</voice>", ""), "not XML"),
            (DOCUMENT.replace("<speak", "<!DOCTYPE speak []><speak"), "Declarations"),
            ('<speak version="1.0" xml:lang="en-US"></speak>', "nothing to say"),
        ],
        ids=["voice", "XML", "entities", "empty"],
    )
    def test_it_refuses_a_document_with_its_reason(self, simulator, document, why):
        result = client.say(simulator, document, ssml=True)
        details = result.cancellation_details
        assert details.error_code == sdk.CancellationErrorCode.BadRequest
        assert why in details.error_details

    def test_it_reads_languages_aliases_and_pauses(self):
        document = (
            f'<speak xml:lang="en-US"><voice name="{EN}">A <sub alias="doctor">Dr.</sub> says'
            '<break strength="weak"/><lang xml:lang="fr-FR">bonjour</lang></voice></speak>'
        )
        speaker = voices.BY_NAME[EN.lower()]
        assert ssml.read_ssml(document) == [
            Words("A doctor says", speaker, "en-US"),
            Pause(500),
            Words("bonjour", speaker, "fr-FR"),
        ]

    def test_it_needs_a_language(self):
        with pytest.raises(BadSsml, match="xml:lang"):
            ssml.read_ssml("<speak>Hello.</speak>")


class TestBoundaries:
    def test_it_tells_where_each_word_is(self, simulator):
        settings = client.config(simulator)
        synthesizer = sdk.SpeechSynthesizer(speech_config=settings, audio_config=None)
        found = queue.Queue()
        synthesizer.synthesis_word_boundary.connect(
            lambda event: found.put((event.text, event.audio_offset // 10_000))
        )
        assert synthesizer.speak_text_async("Press one.").get().reason == MADE
        # The events come on a thread of their own, maybe after the result.
        told = [found.get(timeout=PATIENCE) for _ in range(3)]
        assert told == [("Press", 0), ("one", 360), (".", 540)]


class TestVoices:
    @pytest.mark.parametrize("host", [False, True], ids=["cloud", "container"])
    def test_it_lists_them(self, simulator, host):
        settings = client.config(simulator, host=host)
        if not host:
            settings.set_property(
                sdk.PropertyId.SpeechServiceConnection_VoicesListEndpoint,
                simulator.speech_voices_endpoint,
            )
        synthesizer = sdk.SpeechSynthesizer(speech_config=settings, audio_config=None)
        result = synthesizer.get_voices_async("es-US").get()
        assert result.reason == sdk.ResultReason.VoicesListRetrieved, result.error_details
        names = {voice.short_name for voice in result.voices}
        assert names == {"es-US-PalomaNeural", "es-US-AlonsoNeural"}

    def test_it_has_a_man_and_a_woman_in_every_language(self):
        found = {(each.locale[:2], each.gender) for each in voices.SPEAKERS}
        languages = ("en", "es", "fr", "de", "pt", "ar")
        assert found == {(each, gender) for each in languages for gender in ("Female", "Male")}

    def test_it_finds_a_voice_for_every_locale(self):
        assert voices.default_of("pt-BR").locale == "pt-BR"
        assert voices.default_of("es-AR").locale.startswith("es-")
        assert voices.default_of("ja-JP").locale == "en-US"


class TestEspeak:
    @pytest.fixture
    def command(self, tmp_path, monkeypatch):
        """Something on the PATH that speaks as espeak-ng does: 22,050 Hz, sizes unknown."""
        script = tmp_path / "bin" / COMMAND
        script.parent.mkdir()
        script.write_text(
            f"#!{sys.executable}\n"
            "import struct, sys\n"
            "text = sys.stdin.read()\n"
            "assert sys.argv[1:] == ['-v', 'es+f3', '--stdout', '--stdin']\n"
            "head = struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 0x7FFFF024, b'WAVE', b'fmt ', 16,\n"
            "    1, 1, 22050, 44100, 2, 16, b'data', 0x7FFFF000)\n"
            "sys.stdout.buffer.write(head + struct.pack('<h', 9000) * 2205 * len(text))\n"
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")

    @pytest.mark.usefixtures("command")
    def test_it_speaks_where_it_is_installed(self, tmp_path):
        with running(voice_engine="auto") as simulator:
            sound = client.spoken(simulator, "Hola.", ES)
            assert len(sound) == 16_000  # 100 ms a letter, at 16 kHz
            recording = Recording.at(tmp_path, sound)
            settings = client.config(simulator)
            assert client.ask(settings, recording, language="es-US").text == "Hola."

    def test_it_is_left_alone_where_it_is_missing_or_not_wanted(self, monkeypatch):
        monkeypatch.setenv("PATH", "")
        assert isinstance(choose_voice("auto"), ToneVoice)
        with pytest.raises(ValueError, match=COMMAND):
            choose_voice("espeak")

    def test_it_is_refused_on_the_command_line(self):
        arguments = "--key a2V5 --caller-id +15555550100 --resource-id r --voice-engine espeak"
        ended = subprocess.run(
            [sys.executable, "-B", "-m", "simulator", *arguments.split()],
            env={"PATH": ""},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (ended.returncode, COMMAND in ended.stderr) == (2, True)


def test_it_keeps_the_length_at_another_rate():
    samples = ToneVoice().say(Words("aa", voices.SPEAKERS[0], "en-US"), 22_050)
    assert len(resampled(samples, 22_050, 8000)) == len(samples) * 8000 // 22_050


@pytest.mark.parametrize(
    ("sample", "mu", "a"),
    [
        (0, 0xFF, 0xD5),
        (1000, 0xCE, 0xFA),
        (-1000, 0x4E, 0x7A),
        (32_767, 0x80, 0xAA),
        (-32_768, 0x00, 0x2A),
    ],
)
def test_it_writes_by_g711(sample, mu, a):
    assert (formats.mu_law(sample), formats.a_law(sample)) == (mu, a)
