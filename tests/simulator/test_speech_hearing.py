"""One utterance and many, through the real SDK: what was said, when, and how surely."""

from pathlib import Path

import azure.cognitiveservices.speech as sdk
import pytest

from simulator.speech.sound import Format
from simulator.testing import running
from tests.simulator import speech_client as client
from tests.simulator.speech_client import EN, ES, Recording, quiet, spoken

RECOGNIZED, NO_MATCH, CANCELED = (
    sdk.ResultReason.RecognizedSpeech,
    sdk.ResultReason.NoMatch,
    sdk.ResultReason.Canceled,
)
SECOND = 10_000_000
TONE = bytes([0, 40, 0, 216]) * 4000


@pytest.fixture(scope="module")
def whole():
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(whole):
    whole.speech_reset()
    return whole


@pytest.fixture
def three(simulator, tmp_path):
    """English, Spanish, English, with pauses between."""
    english, spanish = spoken(simulator, "Please confirm."), spoken(simulator, "Por favor.", ES)
    return Recording.at(
        tmp_path, quiet(0.3), english, quiet(0.7), spanish, quiet(1.5), english, quiet(0.1)
    )


class TestOneUtterance:
    @pytest.mark.parametrize("host", [False, True], ids=["cloud", "container"])
    def test_it_understands_what_it_spoke(self, simulator, tmp_path, host):
        recording = Recording.at(tmp_path, quiet(0.25), spoken(simulator, "Please confirm & go."))
        result = client.ask(client.config(simulator, host=host), recording)
        assert (result.reason, result.text) == (RECOGNIZED, "Please confirm & go.")
        assert abs(result.offset - SECOND // 4) < SECOND // 100
        assert abs(result.duration - 20 * 0.06 * SECOND) < SECOND // 100

    def test_it_goes_on_with_the_next_utterance(self, simulator, three):
        settings = client.config(simulator)
        audio = sdk.AudioConfig(filename=three.path)
        recognizer = sdk.SpeechRecognizer(
            settings, audio, auto_detect_source_language_config=client.candidates("en-GB", "es-MX")
        )
        results = [recognizer.recognize_once_async().get() for _ in range(3)]
        assert [result.text for result in results] == [
            "Please confirm.",
            "Por favor.",
            "Please confirm.",
        ]
        languages = [sdk.AutoDetectSourceLanguageResult(result).language for result in results]
        assert languages == ["en-GB", "es-MX", "en-GB"]

    def test_it_does_not_understand_a_strange_sound(self, simulator, tmp_path):
        result = client.ask(client.config(simulator), Recording.at(tmp_path, TONE, quiet(1)))
        assert result.reason == NO_MATCH
        assert result.no_match_details.reason == sdk.NoMatchReason.NotRecognized

    def test_it_does_not_understand_half_of_what_it_spoke(self, simulator, tmp_path):
        half = spoken(simulator, "Please confirm.")[:16_000]
        assert client.ask(client.config(simulator), Recording.at(tmp_path, half)).text == ""

    @pytest.mark.parametrize("limit", [None, "800"], ids=["to its end", "for the time allowed"])
    def test_it_tells_silence_apart(self, simulator, tmp_path, limit):
        settings = client.config(simulator)
        if limit:
            name = sdk.PropertyId.SpeechServiceConnection_InitialSilenceTimeoutMs
            settings.set_property(name, limit)
        words = [spoken(simulator, "Too late.")] if limit else []
        result = client.ask(settings, Recording.at(tmp_path, quiet(2), *words))
        assert result.no_match_details.reason == sdk.NoMatchReason.InitialSilenceTimeout

    def test_it_babbles_when_the_ledger_says_so(self, simulator, tmp_path):
        recording = Recording.at(tmp_path, TONE)
        learn(simulator, recording, text="", status="BabbleTimeout")
        result = client.ask(client.config(simulator), recording)
        assert result.no_match_details.reason == sdk.NoMatchReason.InitialBabbleTimeout

    def test_it_answers_in_detail_where_that_is_asked_for(self, simulator, tmp_path):
        settings = client.config(simulator)
        settings.output_format = sdk.OutputFormat.Detailed
        recording = Recording.at(tmp_path, TONE)
        learn(simulator, recording, text="Yes, Tuesday.", confidence=0.62, duration_ms=800)
        [best] = client.said(client.ask(settings, recording))["NBest"]
        assert (best["Confidence"], best["Lexical"]) == (0.62, "yes tuesday")
        assert [word["Word"] for word in best["Words"]] == ["yes", "tuesday"]
        first, second = best["Words"]
        assert first["Offset"] + first["Duration"] == second["Offset"]

    @pytest.mark.parametrize(
        ("option", "text"),
        [
            (None, "Oh **** it."),
            (sdk.ProfanityOption.Raw, "Oh damn it."),
            (sdk.ProfanityOption.Removed, "Oh it."),
        ],
        ids=["masked", "raw", "removed"],
    )
    @pytest.mark.parametrize("host", [False, True], ids=["cloud", "container"])
    def test_it_minds_its_language(self, simulator, tmp_path, option, text, host):
        settings = client.config(simulator, host=host)
        if option is not None:
            settings.set_profanity(option)
        recording = Recording.at(tmp_path, spoken(simulator, "Oh damn it."))
        assert client.ask(settings, recording).text == text

    def test_it_passes_a_long_phrase_whole_in_the_json(self, simulator, tmp_path):
        recording = Recording.at(tmp_path, TONE)
        learn(simulator, recording, text="a" * 3000)
        result = client.ask(client.config(simulator), recording)
        assert len(client.said(result)["DisplayText"]) == 3000

    def test_it_is_told_phrases_a_model_and_segmentation(self, simulator, tmp_path):
        settings = client.config(simulator)
        settings.endpoint_id = "11111111-2222-4333-8444-555555555555"
        settings.set_property(sdk.PropertyId.Speech_SegmentationSilenceTimeoutMs, "900")
        recording = Recording.at(tmp_path, spoken(simulator, "Dr. Okonkwo"))

        def prepare(recognizer):
            grammar = sdk.PhraseListGrammar.from_recognizer(recognizer)
            grammar.addPhrase("Okonkwo")
            grammar.addPhrase("Maple Street")
            return grammar

        client.ask(settings, recording, prepare=prepare)
        [seen] = simulator.speech_seen("recognize")
        wanted = seen["turns"][0]["wanted"]
        assert sorted(wanted["phrases"]) == ["Maple Street", "Okonkwo"]
        assert wanted["model"] == "11111111-2222-4333-8444-555555555555"
        assert wanted["segmentation_silence_ms"] == 900


class TestSounds:
    @pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100])
    def test_it_takes_every_rate(self, simulator, tmp_path, rate):
        self.check(simulator, tmp_path, Format(rate=rate), bytes([0, 40, 0, 216]) * rate)

    @pytest.mark.parametrize("tag", [6, 7], ids=["A-law", "mu-law"])
    def test_it_takes_what_telephones_send(self, simulator, tmp_path, tag):
        self.check(simulator, tmp_path, Format(tag=tag, rate=8000, bits=8), bytes([5, 133]) * 8000)

    def test_it_takes_stereo_and_8_bits(self, simulator, tmp_path):
        form = Format(channels=2, bits=8)
        self.check(simulator, tmp_path, form, bytes([20, 128, 230, 128]) * 8000)

    def test_it_takes_a_pushed_stream_that_has_no_end(self, simulator):
        stream = sdk.audio.PushAudioInputStream()
        recognizer = sdk.SpeechRecognizer(
            client.config(simulator), sdk.audio.AudioConfig(stream=stream)
        )
        stream.write(spoken(simulator, "I am here."))
        stream.write(quiet(1))
        assert recognizer.recognize_once_async().get().text == "I am here."
        stream.close()

    def check(self, simulator, folder, form, sound):
        recording = Recording.at(folder, sound, form=form)
        learn(simulator, recording, text="Understood.")
        result = client.ask(client.config(simulator), recording)
        assert (result.reason, result.text) == (RECOGNIZED, "Understood.")
        assert simulator.speech_seen("recognize")[-1]["turns"][0]["sound"]["format"] == (
            form.as_data()
        )


class TestContinuous:
    @pytest.mark.parametrize("host", [False, True], ids=["cloud", "container"])
    def test_it_tells_everything_in_order(self, simulator, tmp_path, host):
        recording = Recording.at(tmp_path, quiet(0.2), spoken(simulator, "Yes."), quiet(0.3))
        heard = client.listen(client.config(simulator, host=host), recording)
        assert heard.is_over
        assert heard.names == [
            "session_started",
            "speech_start_detected",
            "recognizing",
            "speech_end_detected",
            "recognized",
            "canceled",
            "session_stopped",
        ]
        assert heard.cancellation.reason == sdk.CancellationReason.EndOfStream

    def test_it_hears_a_short_phrase_that_a_longer_one_begins_with(self, simulator, tmp_path):
        spoken(simulator, "no keep it")
        recording = Recording.at(tmp_path, spoken(simulator, "no"))
        assert client.listen(client.config(simulator), recording).texts == ["no"]

    def test_it_hears_each_phrase_once_at_its_place(self, simulator, three):
        settings = client.config(simulator)
        continuously(settings)
        heard = client.listen(
            settings,
            three,
            auto_detect_source_language_config=client.candidates("en-US", "es-US"),
        )
        assert heard.texts == ["Please confirm.", "Por favor.", "Please confirm."]
        places = [round(result.offset / SECOND, 2) for result in heard.results]
        assert places == [0.3, 1.9, 4.0]

    # While the file is still being read: a connection that is lost when it was read to its end
    # makes the SDK come back and say nothing, and wait for ever.
    @pytest.mark.parametrize(
        ("after_ms", "code"), [(2000, None), (4500, None), (2000, 1001)], ids=["", "late", "1001"]
    )
    def test_it_goes_on_after_a_lost_connection(self, simulator, tmp_path, after_ms, code):
        english, spanish = spoken(simulator, "Please confirm."), spoken(simulator, "Por favor.", ES)
        pause = quiet(1)
        recording = Recording.at(
            tmp_path, pause, english, pause, spanish, pause, english, pause, spanish, pause * 2
        )
        simulator.speech_fault("drop", "recognize", times=1, after_ms=after_ms, code=code)
        settings = client.config(simulator)
        continuously(settings)
        heard = client.listen(
            settings,
            recording,
            auto_detect_source_language_config=client.candidates("en-US", "es-US"),
        )
        assert heard.texts == ["Please confirm.", "Por favor."] * 2
        assert len(simulator.speech_seen("recognize")) == 2
        places = [round(result.offset / SECOND, 2) for result in heard.results]
        assert places == [1.0, 2.9, 4.5, 6.4]

    def test_it_follows_a_recording_through_its_segments(self, simulator, tmp_path):
        form = Format(rate=8000)
        recording = Recording.at(tmp_path, TONE * 2, quiet(0.5, form), TONE * 2, form=form)
        segments = [
            {"text": "First.", "language": "en-US", "offset_ms": 100, "duration_ms": 1500},
            {"text": "Second.", "language": "en-US", "offset_ms": 2600, "duration_ms": 1800},
        ]
        data = Path(recording.path).read_bytes()
        simulator.speech_ledger(wav=data, segments=segments)
        heard = client.listen(client.config(simulator), recording)
        assert heard.texts == ["First.", "Second."]
        assert [result.offset // 10_000 for result in heard.results] == [100, 2600]

    def test_it_knows_a_sound_by_its_hash_alone(self, simulator, tmp_path):
        recording = Recording.at(tmp_path, TONE * 3)
        client.listen(client.config(simulator), recording)
        sha256 = simulator.speech_seen("recognize")[0]["turns"][0]["sound"]["sha256"]
        segment = {"text": "A recording.", "language": "en-US", "duration_ms": 700}
        simulator.speech_ledger(sha256=sha256, segments=[segment])
        heard = client.listen(client.config(simulator), recording)
        assert heard.texts == ["A recording."]

    def test_it_passes_speaker_channel_and_sentiment(self, simulator, tmp_path):
        recording = Recording.at(tmp_path, TONE)
        sentiment = {"Negative": 0.1, "Neutral": 0.7, "Positive": 0.2}
        learn(simulator, recording, text="Fine.", speaker="Guest-1", channel=1, sentiment=sentiment)
        [result] = client.listen(client.config(simulator), recording).results
        reply = client.said(result)
        assert (reply["SpeakerId"], reply["Channel"]) == ("Guest-1", 1)
        assert reply["Sentiment"] == sentiment

    def test_it_leaves_out_the_detail_under_semantic_segmentation(self, simulator, tmp_path):
        settings = client.config(simulator)
        settings.output_format = sdk.OutputFormat.Detailed
        settings.set_property(sdk.PropertyId.Speech_SegmentationStrategy, "Semantic")
        recording = Recording.at(tmp_path, spoken(simulator, "A whole sentence."))
        [result] = client.listen(settings, recording).results
        assert "NBest" not in client.said(result)


class TestLanguages:
    def test_it_does_not_understand_another_language(self, simulator, tmp_path):
        recording = Recording.at(tmp_path, spoken(simulator, "Por favor.", ES))
        assert client.ask(client.config(simulator), recording).reason == NO_MATCH

    def test_it_understands_another_country(self, simulator, tmp_path):
        recording = Recording.at(tmp_path, spoken(simulator, "Por favor.", ES))
        settings = client.config(simulator)
        assert client.ask(settings, recording, language="es-MX").text == "Por favor."

    def test_it_decides_once_at_the_start(self, simulator, three):
        heard = client.listen(
            client.config(simulator),
            three,
            auto_detect_source_language_config=client.candidates("en-US", "es-US"),
        )
        assert heard.texts == ["Please confirm.", "", "Please confirm."]

    def test_it_says_how_sure_it_is_of_the_language(self, simulator, tmp_path):
        recording = Recording.at(tmp_path, TONE)
        learn(simulator, recording, text="Hm.", language="fr-FR", language_confidence="Low")
        result = client.ask(
            client.config(simulator),
            recording,
            auto_detect_source_language_config=client.candidates("en-US", "fr-CA"),
        )
        assert client.said(result)["PrimaryLanguage"] == {"Language": "fr-CA", "Confidence": "Low"}

    @pytest.mark.parametrize(
        ("languages", "is_continuous"),
        [
            (("en-US", "es-US", "fr-FR", "de-DE", "pt-BR"), False),
            (("en-US", "en-GB"), False),
            (tuple(f"a{each}-XX" for each in "abcdefghijk"), True),
        ],
        ids=["five at the start", "two of one language", "eleven continuously"],
    )
    def test_it_refuses_more_languages_than_the_service_takes(
        self, simulator, tmp_path, languages, is_continuous
    ):
        settings = client.config(simulator)
        if is_continuous:
            continuously(settings)
        result = client.ask(
            settings,
            Recording.at(tmp_path, TONE),
            auto_detect_source_language_config=client.candidates(*languages),
        )
        assert result.cancellation_details.code == sdk.CancellationErrorCode.BadRequest

    def test_it_takes_ten_languages_continuously(self, simulator, tmp_path):
        settings = client.config(simulator)
        continuously(settings)
        others = [f"a{each}-XX" for each in "abcdefghi"]
        result = client.ask(
            settings,
            Recording.at(tmp_path, spoken(simulator, "Yes.", EN)),
            auto_detect_source_language_config=client.candidates("en-US", *others),
        )
        assert result.text == "Yes."

    def test_it_tells_the_language_alone(self, simulator, tmp_path):
        audio = sdk.AudioConfig(
            filename=Recording.at(tmp_path, spoken(simulator, "Por favor.", ES)).path
        )
        recognizer = sdk.SourceLanguageRecognizer(
            speech_config=client.config(simulator),
            audio_config=audio,
            auto_detect_source_language_config=client.candidates("en-US", "es-US"),
        )
        result = recognizer.recognize_once_async().get()
        assert sdk.AutoDetectSourceLanguageResult(result).language == "es-US"


def continuously(settings):
    name = sdk.PropertyId.SpeechServiceConnection_LanguageIdMode
    settings.set_property(name, "Continuous")


def learn(simulator, recording, **segment):
    data = Path(recording.path).read_bytes()
    simulator.speech_ledger(wav=data, segments=[{"language": "en-US", **segment}])
