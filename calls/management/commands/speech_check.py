import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls.gateway.speech import (
    Identification,
    Microphone,
    Profanity,
    Reason,
    Source,
    SpeechError,
    Transcript,
    Tuning,
    WavFile,
    pushed_wav,
    speech,
)

UNDERSTOOD, NOT_UNDERSTOOD, NOT_ASKED = 0, 1, 2
#: A WAV file of 16 kHz, 16 bit, one channel: header, and bytes in a second.
HEADER, SECOND = 44, 32_000


class Command(BaseCommand):
    help = (
        "Say in plain words what Azure Speech understands, or let it speak. "
        "Exit code 0: understood (or spoken); 1: not understood; 2: could not be asked. "
        "Without a source, look at the settings and ask whether the key is accepted."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        _what(parser)
        _how(parser)
        _cutting(parser)
        parser.add_argument("--voice", default="", help="with --say: en-US-JennyNeural")
        parser.add_argument("--out", type=Path, help="with --say, --ssml: the WAV file to write")
        parser.add_argument("--limit", type=float, default=60.0, help="seconds, at most")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = self._do(speech(), options)
        except SpeechError as error:
            self._fail(options, error, code=error.code, hint=error.hint)
        except (ValueError, OSError) as error:
            self._fail(options, error, code="Settings", hint="")
        else:
            if code:
                raise SystemExit(code)

    def _fail(self, options: dict[str, Any], error: Exception, *, code: str, hint: str) -> None:
        if options["json"]:
            said = {"error": str(error), "code": code, "hint": hint}
            self.stdout.write(json.dumps(said, ensure_ascii=False))
            raise SystemExit(NOT_ASKED)
        raise CommandError(f"{error} {hint}".strip(), returncode=NOT_ASKED)

    def _do(self, azure: Any, options: dict[str, Any]) -> int:
        if options["voices"] is not None:
            return self._voices(azure, options)
        if options["say"] is not None or options["ssml"] is not None:
            return self._speak(azure, options)
        if (source := _source(options)) is None:
            return self._settings(azure, options)
        return self._transcribe(azure, source, options)

    def _transcribe(self, azure: Any, source: Source, options: dict[str, Any]) -> int:
        transcript = azure.transcribe(
            source,
            languages=_languages(options["languages"]),
            phrases=options["phrase"],
            continuous=options["continuous"],
            detail=options["detail"],
            limit_seconds=options["limit"],
            tuning=_tuning(options),
        )
        self._tell(options, transcript.as_data(), list(_told(transcript)))
        return _code(transcript)

    def _speak(self, azure: Any, options: dict[str, Any]) -> int:
        wav = azure.synthesize(
            options["say"],
            _read(options["ssml"]) if options["ssml"] else None,
            voice=options["voice"],
            # A voice has a language; this one is for where none is named.
            locale="" if options["voice"] else _languages(options["languages"])[0],
            limit_seconds=options["limit"],
        )
        seconds = (len(wav) - HEADER) / SECOND
        out = options["out"]
        if out:
            out.write_bytes(wav)
        said = {"service": azure.connection.name, "seconds": seconds, "out": str(out or "")}
        written = f", written to {out}" if out else " (name a file with --out to keep it)"
        self._tell(options, said, [f"{_spoken_by(azure)}: {seconds:.1f} seconds{written}."])
        return UNDERSTOOD

    def _voices(self, azure: Any, options: dict[str, Any]) -> int:
        voices = azure.voices(options["voices"], limit_seconds=options["limit"])
        lines = [f"{voice.name}  {voice.locale}  {voice.gender}" for voice in voices]
        none = f"No voice for {options['voices']!r} at {azure.connection.name}."
        said = {
            "service": azure.connection.name,
            "voices": [asdict(voice) for voice in voices],
        }
        self._tell(options, said, lines or [none])
        return UNDERSTOOD if voices else NOT_UNDERSTOOD

    def _settings(self, azure: Any, options: dict[str, Any]) -> int:
        voices = azure.voices(limit_seconds=options["limit"])
        said = {"service": azure.connection.name, "voices": len(voices)}
        self._tell(options, said, [f"{_spoken_by(azure)} answers and offers {len(voices)} voices."])
        return UNDERSTOOD

    def _tell(self, options: dict[str, Any], said: dict[str, Any], lines: Sequence[str]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(said, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(lines))


def _what(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--file", type=Path, help="a WAV file")
    what.add_argument("--mic", action="store_true", help="the default microphone")
    what.add_argument("--device", help="another one, by its ALSA name: hw:1,0")
    what.add_argument("--push", type=Path, help="a WAV file, as a stream comes in")
    what.add_argument("--say", metavar="TEXT", help="speak a text")
    what.add_argument("--ssml", type=Path, help="speak the SSML of a file")
    what.add_argument("--voices", metavar="LANGUAGE", help="list voices: es, or es-US")


def _how(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--languages", default="", help="en-US (usual), or candidates: en-US,es-US")
    add("--identify", choices=[str(way) for way in Identification], help="among candidates")
    add("--continuous", action="store_true", help="all of it, not the first utterance")
    add("--detail", action="store_true", help="alternatives, confidence, every word's time")
    add("--phrase", action="append", default=[], help="an expected phrase; may be repeated")
    add("--phrase-weight", type=float, default=1.0, help="0 to 2")
    add("--profanity", choices=[str(way) for way in Profanity], default="masked")
    add("--model", default="", help="a custom model: ID, or en-US=ID,es-US=ID")


def _cutting(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--semantic", action="store_true", help="cut by meaning; needs --continuous")
    add("--silence-ms", type=int, help="silence that ends a phrase, 100 to 5000")
    add("--initial-silence-ms", type=int, help="silence at the start that ends it")
    add("--longest-segment-ms", type=int, help="20000 to 70000; needs --silence-ms")


def _source(options: dict[str, Any]) -> Source | None:
    if options["file"]:
        return WavFile(options["file"])
    if options["push"]:
        return pushed_wav(options["push"])
    if options["mic"] or options["device"]:
        return Microphone(options["device"] or "")
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"ssml: {path} cannot be read ({error})") from None


def _languages(text: str) -> list[str]:
    return [tag.strip() for tag in (text or "en-US").split(",") if tag.strip()]


def _tuning(options: dict[str, Any]) -> Tuning:
    way = options["identify"]
    return Tuning(
        identification=Identification(way) if way else None,
        phrase_weight=options["phrase_weight"],
        profanity=Profanity(options["profanity"]),
        semantic=options["semantic"],
        silence_ms=options["silence_ms"],
        initial_silence_ms=options["initial_silence_ms"],
        longest_segment_ms=options["longest_segment_ms"],
        model=options["model"],
    )


def _spoken_by(azure: Any) -> str:
    return str(azure.connection.name)[:1].upper() + str(azure.connection.name)[1:]


def _told(transcript: Transcript) -> Iterator[str]:
    yield f"{transcript.reason.upper()} by {transcript.service} (SDK {transcript.sdk_version})"
    for segment in transcript.segments:
        sure = "" if segment.confidence is None else f", confidence {segment.confidence:.2f}"
        found = segment.language_confidence
        language = f"{segment.language} ({found})" if found else segment.language
        yield f"{segment.offset:7.2f} s  {segment.text}  [{language}{sure}]"
        for word in segment.words:
            yield f"  {word.offset:7.2f} s  {word.text}"
        for other in segment.alternatives[1:]:
            yield f"           or: {other.text}"
    if transcript.no_match:
        yield f"{transcript.no_match.kind}: {transcript.no_match.hint}"
    if cancelled := transcript.cancellation:
        yield f"{cancelled.code}: {cancelled.hint}\n  {cancelled.details}"
    yield f"events: {', '.join(event.name for event in transcript.events)}"
    if transcript.stand_in:
        yield "A stand-in knows what it spoke itself and nothing else: no sign of what Azure hears."


def _code(transcript: Transcript) -> int:
    if transcript.reason is Reason.CANCELLED:
        return NOT_ASKED
    if transcript.segments:
        return UNDERSTOOD
    silent = all(event.name == "session_started" for event in transcript.events)
    timed_out = transcript.reason is Reason.TIME_LIMIT
    return NOT_ASKED if timed_out and silent else NOT_UNDERSTOOD
