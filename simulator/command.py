"""The command line of ``python -m simulator``: options given, or taken from the environment."""

from __future__ import annotations

import argparse
import base64
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from simulator.options import Options
from simulator.population import read_population
from simulator.speech.voice import AUTO, ENGINES, choose_voice

LOOPBACK = ("127.0.0.1", "localhost")
DEFAULT_PORT = 8801


def read_options(argv: Sequence[str], environ: Mapping[str, str]) -> Options:
    """The options of a run; argparse ends the process with code 2 where something is wrong.

    The environment is the product's own, so that both can be started from one file:
    ACS_CONNECTION_STRING, ACS_CALLER_ID, ACS_RESOURCE_ID, ACS_MAX_CONCURRENT_CALLS,
    CLOCK_OFFSET_SECONDS and SPEECH_KEY. An option given wins over it.
    """
    parser = _parser()
    given = parser.parse_args(argv)
    try:
        endpoint, key = _connection(environ.get("ACS_CONNECTION_STRING", ""))
        return Options(
            key=_key(given.key or key),
            caller_ids=_caller_ids(given.caller_id or environ.get("ACS_CALLER_ID", "").split(",")),
            resource_id=_required(
                given.resource_id or environ.get("ACS_RESOURCE_ID"),
                "--resource-id or ACS_RESOURCE_ID",
            ),
            port=_port(endpoint) if given.port is None else given.port,
            speed=given.speed,
            clock_offset=_number(given.clock_offset, environ, "CLOCK_OFFSET_SECONDS", 0),
            max_concurrent=_max_concurrent(given.max_concurrent, environ),
            redelivery=given.redelivery,
            redelivery_for=given.redelivery_for,
            population=read_population(given.population) if given.population else None,
            speech_keys=_speech_keys(given.speech_key or [environ.get("SPEECH_KEY", "")]),
            voice_engine=_voice_engine(given.voice_engine),
            seed=given.seed,
        )
    except ValueError as mistake:
        parser.error(str(mistake))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A stand-in for Azure Communication Services Call Automation on 127.0.0.1.",
    )
    add = parser.add_argument
    add("--port", type=int, help=f"TCP port on 127.0.0.1 (default {DEFAULT_PORT}; 0: a free one)")
    add("--key", help="access key of the pretended resource, base64")
    add("--caller-id", action="append", help="E.164 number the resource owns; may be repeated")
    add("--resource-id", help="immutable resource id, audience of the callback tokens")
    _add_line(parser)
    add("--speech-key", action="append", help="subscription key for speech; may be repeated")
    add("--voice-engine", choices=ENGINES, default=AUTO, help="what speaks (default auto)")
    return parser


def _add_line(parser: argparse.ArgumentParser) -> None:
    """What the line and the patients are like."""
    add = parser.add_argument
    add(
        "--speed",
        type=_above_0("speed"),
        default=1.0,
        help="divides every wait on the line (default 1)",
    )
    add("--clock-offset", type=float, help="seconds added to the times in events (default 0)")
    add("--max-concurrent", type=int, help="open calls per caller id (default 2)")
    add("--redelivery", action="store_true", help="send a callback again that was not taken")
    add(
        "--redelivery-for",
        type=_above_0("seconds"),
        default=300.0,
        metavar="SECONDS",
        help="for how many real seconds (default 300)",
    )
    add(
        "--population",
        metavar="SEED:SIZE[:JSON]",
        help="random patients: who answers which number (see python -m simulator.population)",
    )
    add("--seed", default="1", help="chooses delays and wordings (default 1)")


def _connection(text: str) -> tuple[str, str]:
    """Endpoint and access key of a connection string, each "" when it is not there."""
    parts = dict(part.partition("=")[::2] for part in text.split(";") if part)
    named = {name.strip().lower(): value.strip() for name, value in parts.items()}
    return named.get("endpoint", ""), named.get("accesskey", "")


def _port(endpoint: str) -> int:
    if not endpoint:
        return DEFAULT_PORT
    parts = urlsplit(endpoint)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise ValueError(
            f"the endpoint {endpoint} is not http on loopback: nothing to stand in for"
        )
    return parts.port or 80


def _key(key: str) -> str:
    key = _required(key, "--key or the accesskey of ACS_CONNECTION_STRING")
    try:
        base64.b64decode(key, validate=True)
    except ValueError:
        raise ValueError("the access key is not base64") from None
    return key


def _caller_ids(numbers: Sequence[str]) -> tuple[str, ...]:
    found = tuple(number.strip() for number in numbers if number.strip())
    _required("".join(found), "--caller-id or ACS_CALLER_ID")
    for number in found:
        if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
            raise ValueError(f"the caller id {number} is not an E.164 number")
    return found


def _speech_keys(keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(key for key in keys if key)


def _voice_engine(name: str) -> str:
    choose_voice(name)  # refused at once where espeak-ng is asked for and is not there
    return name


def _number(given: float | None, environ: Mapping[str, str], name: str, default: float) -> float:
    if given is not None:
        return given
    try:
        return float(environ.get(name) or default)
    except ValueError:
        raise ValueError(f"{name} is not a number") from None


def _max_concurrent(given: int | None, environ: Mapping[str, str]) -> int:
    number = _number(given, environ, "ACS_MAX_CONCURRENT_CALLS", 2)
    if number < 1 or number % 1:
        raise ValueError("the number of concurrent calls must be a whole number from 1")
    return int(number)


def _above_0(name: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        number = float(text)
        if not 0 < number < float("inf"):
            raise argparse.ArgumentTypeError(f"the {name} must be above 0")
        return number

    return read


def _required(value: str | None, names: str) -> str:
    if not value:
        raise ValueError(f"{names} is required")
    return value
