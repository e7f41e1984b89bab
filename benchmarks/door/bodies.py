"""Bodies: an event as Azure sends it, events gone wrong at every position, and no events at all."""

import json
import uuid
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from random import Random
from typing import Any

from simulator import events

CALL = events.CallRef("11111111-2222-4333-8444-555555555555")
AT = datetime(2026, 11, 17, 19, 0, 1, 123456, tzinfo=UTC)
GENUINE = (
    events.call_connected(CALL, AT),
    events.recognized_choice(
        CALL,
        AT,
        context="menu.2",
        label="Confirm",
        phrase="confirm",
        confidence=0.9,
        language="en-US",
        sentiment="positive",
    ),
    events.recognized_key(CALL, AT, context="menu.2", label="Cancel"),
    events.recognize_failed(CALL, AT, context="menu.2"),
    events.call_disconnected(CALL, AT),
)
#: What may stand where something else belongs.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e308, 2**31, 2**63, 10**400),
    *("", " ", "x" * 129, "y" * 20_000, "😀" * 200, "­", "\u202e", "9999-12-31T23:59:59-14:00"),
    *([], {}, [[]], [None], {"": {}}, {"code": {"code": []}}, ["one"] * 500),
)
#: Neither database keeps these, so they are no events.
UNSTORABLE = ('"\\u0000"', '"\\ud800"', "NaN", "-Infinity", "1e999", "1" * 5000)


def event(random: Random) -> dict[str, Any]:
    """An event as the real service would send it, new each time."""
    return deepcopy(random.choice(GENUINE)) | {"id": fresh(random)}


def fresh(random: Random) -> str:
    """An id that no event had."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def genuine(random: Random) -> bytes:
    """What Azure would send; taken in, it would confirm, cancel or end."""
    return json.dumps([event(random)]).encode()


def unknown(random: Random) -> bytes:
    """Events in good order, of types that we do not know."""
    kinds = ["Microsoft.Communication.HoldAudioStarted", "x", "RecordingStateChanged", "é"]
    made = [event(random) | {"type": random.choice(kinds)} for _ in range(random.randrange(1, 4))]
    return json.dumps(made).encode()


def odd(random: Random) -> bytes:
    """An event with a value of another kind at one or two of its positions."""
    made: Any = [event(random)]
    for _ in range(random.randrange(1, 3)):
        places = list(_positions(made))
        path = random.choice(places)
        if not path:
            return json.dumps(random.choice(ODD)).encode()
        inside = made
        for step in path[:-1]:
            inside = inside[step]
        if random.random() < 0.2:
            del inside[path[-1]]
        else:
            inside[path[-1]] = deepcopy(random.choice(ODD))
    return json.dumps(made).encode()


def _positions(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside, and to the whole."""
    yield path
    steps: Any = []
    if isinstance(value, dict):
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value[:3])
    for step, inner in steps:
        yield from _positions(inner, (*path, step))


def deep(random: Random) -> bytes:
    """Nested: far too deep for any parser, or just about as deep as one can go."""
    depth = random.choice([random.randrange(40, 1100), random.randrange(2_000, 50_000)])
    opening, closing = random.choice([("[", "]"), ('{"a":', "}")])
    inner = f"{opening * depth}1{closing * depth}"
    if random.random() < 0.3:
        return (opening * depth).encode()
    return f'[{{"id": "{fresh(random)}", "type": "x", "data": {{"n": {inner}}}}}]'.encode()


def garbage(random: Random) -> bytes:
    """Nothing that is an array of events."""
    text = random.choice(UNSTORABLE)
    whole = genuine(random)
    return random.choice(
        [
            random.randbytes(random.randrange(200)),
            whole[: random.randrange(len(whole))],
            b"",
            b"[]",
            b"{}",
            b"null",
            b"[1]",
            b"[[[]]]",
            whole[1:-1],
            b"\xff\xfe" + whole.decode().encode("utf-16-le"),
            b"\xef\xbb\xbf" + whole,
            whole.replace(b'"data"', b'"\xc3("', 1),
            b"[" + b",".join([whole[1:-1]] * 101) + b"]",
            f'[{{"id": "{fresh(random)}", "type": "x", "data": {{"n": {text}}}}}]'.encode(),
            b"id=1&type=x&data=1",
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n",
        ]
    )


def large(random: Random) -> bytes:
    """More than a megabyte, in good order or not."""
    padding = b" " * (1_000_001 + random.randrange(100_000))
    return random.choice([padding, genuine(random) + padding])
