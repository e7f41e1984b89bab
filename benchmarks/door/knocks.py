"""Who knocks, and how: one function for each kind of knock.

An outsider lacks the token or the secret and must never get in. An insider has both, and sends
what makes no sense: no fault of ours may come of it.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchmarks.door import bodies
from benchmarks.door.tokens import FORGERIES, Tokens
from benchmarks.door.wire import BROKEN_CHUNKS, CHUNKED, LENGTH, NONE, PROMISED, Request

Call = tuple[str, str]
JSON = b"application/json; charset=utf-8"


@dataclass(frozen=True)
class House:
    """What can be knocked at: calls with their secrets, and who signs for Azure."""

    tokens: Tokens
    outsiders: list[Call]
    insiders: list[Call]
    port: int


@dataclass(frozen=True)
class Kind:
    """A kind of knock; an outsider's may end in any 4xx, an insider's as told."""

    make: Callable[[House, Random], Request]
    #: How many of a hundred knocks, roughly.
    weight: float
    #: What may come of it besides a 4xx.
    welcome: frozenset[str] = frozenset()
    insider: bool = False


def post(
    house: House,
    call: Call,
    body: bytes,
    *,
    token: str | None,
    secret: str | None = None,
    framing: str = LENGTH,
    more: tuple[tuple[bytes, bytes], ...] = (),
) -> Request:
    """A callback as Azure would send it, but for what the words say otherwise."""
    path = f"/callbacks/calls/{call[0]}/{call[1] if secret is None else secret}"
    headers = [(b"Host", b"127.0.0.1:%d" % house.port)]
    if not any(name == b"Content-Type" for name, _ in more):
        headers.append((b"Content-Type", JSON))
    if token is not None:
        headers.append((b"Authorization", b"Bearer " + token.encode("utf-8")))
    return Request("POST", path.encode(), [*headers, *more], body, framing)


def no_token(house: House, random: Random) -> Request:
    """The right address, and nothing to show for it."""
    words = (b"Basic Og==", b"Bearer", b"Bearer  ", b"bearer\t", b"", b"Digest x", b"\xff\xfe")
    more = ((b"Authorization", random.choice(words)),) if random.random() < 0.7 else ()
    return post(house, house.outsiders[0], bodies.genuine(random), token=None, more=more)


def forged(kind: str) -> Callable[[House, Random], Request]:
    """The right address, and a token of one kind of forgery."""

    def make(house: House, random: Random) -> Request:
        token = house.tokens.bad(kind, random).replace("\r", "").replace("\n", "")
        return post(house, house.outsiders[0], bodies.genuine(random), token=token)

    return make


def two_tokens(house: House, random: Random) -> Request:
    """Two headers where one is allowed: a forged token, and a genuine one without the secret."""
    more = (
        (b"Authorization", b"Bearer " + house.tokens.genuine().encode()),
        (b"Authorization", b"Bearer " + house.tokens.bad("altered", random).encode()),
        (b"Content-Type", b"text/plain"),
        (b"Content-Type", JSON),
    )
    wrong = uuid.UUID(int=random.getrandbits(128)).hex
    body = bodies.genuine(random)
    return post(house, house.outsiders[0], body, token=None, secret=wrong, more=more)


def replayed(house: House, random: Random) -> Request:
    """A genuine token and event, sent to the address of another call, without its secret."""
    (first, own), (second, _) = house.outsiders
    return (
        post(house, (second, own), bodies.genuine(random), token=house.tokens.genuine())
        if random.random() < 0.8
        else post(
            house,
            (first, house.outsiders[1][1]),
            bodies.genuine(random),
            token=house.tokens.genuine(),
        )
    )


def wrong_secret(house: House, random: Random) -> Request:
    """A genuine token, and nearly the secret."""
    call = house.outsiders[0]
    right = call[1]
    secret = random.choice(
        [
            uuid.UUID(int=random.getrandbits(128)).hex,
            right[:-1],
            right + "0",
            right[:-1] + ("0" if right[-1] != "0" else "1"),
            right[::-1] + "x",
            f"{right}%00",
            f"{right}%C3%A9",
            "%FF%FE",
            f"%20{right}",
            "0" * 5000,
            right.upper() + "A",
        ]
    )
    return post(house, call, _any_body(random), token=house.tokens.genuine(), secret=secret)


def wrong_path(house: House, random: Random) -> Request:
    """Addresses that lead nowhere, whatever else is right."""
    call, secret = house.outsiders[0]
    path = random.choice(
        [
            f"/callbacks/calls/{uuid.UUID(int=random.getrandbits(128), version=4)}/{secret}",
            f"/callbacks/calls/{call}/{secret}/",
            f"/callbacks/calls/{call}/",
            f"/callbacks/calls/{call.replace('-', '')}/{secret}",
            f"/callbacks/calls/{call.upper()}/{secret[:-1]}",
            f"//callbacks/calls/{call}/{secret[1:]}0",
            f"/callbacks/../callbacks/calls/{call}/{secret}x",
            f"/callbacks/calls/{call}%2F{secret[::-1]}",
            f"/callbacks/calls/{call}/{secret}%0D%0AX-Y:1",
            f"/callbacks/calls/{'9' * 36}/{secret}",
            "/callbacks/", "/callbacks", "/callbacks/calls/x/y", "/CALLBACKS/calls/x/y",
            "/callbacks/calls/" + "a" * 7000,
            "/%00", "/callbacks/%ff%fe/%e2%82", "/callbacks/calls/..%2f..%2fadmin/x",
        ]
    )  # fmt: skip
    headers = [
        (b"Host", b"127.0.0.1:%d" % house.port),
        (b"Authorization", b"Bearer " + house.tokens.genuine().encode()),
        (b"Content-Type", JSON),
    ]
    return Request("POST", path.encode(), headers, bodies.genuine(random))


def wrong_method(house: House, random: Random) -> Request:
    """All is right but the method."""
    methods = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "POSTS")
    made = post(house, house.outsiders[0], bodies.genuine(random), token=house.tokens.genuine())
    return Request(random.choice(methods), made.target, made.headers, made.body)


def strange_host(house: House, random: Random) -> Request:
    """Asked for by a name that is not ours, or by two."""
    made = post(house, house.outsiders[0], bodies.genuine(random), token=None)
    names = (
        b"evil.example",
        b"",
        b"127.0.0.1:x",
        b"[::1",
        b"a b",
        b"\xff",
        b"127.0.0.1@evil.example",
    )
    return Request(
        "POST", made.target, [(b"Host", random.choice(names)), *made.headers[1:]], made.body
    )


def strange_headers(house: House, random: Random) -> Request:
    """Forged, and with headers that proxies and parsers stumble over."""
    more = random.choice(
        [
            (
                (
                    b"Content-Type",
                    b"application/json; charset=" + random.randbytes(3).hex().encode(),
                ),
            ),
            ((b"Content-Type", b"multipart/form-data; boundary=" + b"x" * 300),),
            ((b"Content-Type", b"application/x-www-form-urlencoded"),),
            ((b"Content-Encoding", b"gzip"), (b"Expect", b"100-continue")),
            ((b"X-Forwarded-For", b"1, 2, 3"), (b"X-Forwarded-Proto", b"https, http")),
            ((b"X-HTTP-Method-Override", b"DELETE"), (b"Upgrade", b"h2c")),
            ((b"Cookie", b"sessionid=" + random.randbytes(20).hex().encode()),),
            tuple((b"X-%d" % n, b"y" * 50) for n in range(60)),
            ((b"X", b"z" * 20_000),),
        ]
    )
    token = house.tokens.bad("foreign key", random)
    return post(house, house.outsiders[0], bodies.genuine(random), token=token, more=more)


def bad_framing(house: House, random: Random) -> Request:
    """A body whose end cannot be told, or never comes."""
    token = house.tokens.bad("altered", random)
    framing = random.choice([BROKEN_CHUNKS, PROMISED, NONE, CHUNKED])
    body = bodies.genuine(random)
    call = house.outsiders[0]
    double = ((b"Content-Length", b"%d" % (len(body) + 1)),)
    more = double if framing == CHUNKED and random.random() < 0.5 else ()
    return post(house, call, body, token=token, framing=framing, more=more)


def oversized(house: House, random: Random) -> Request:
    """More than a megabyte, from somebody without a token or without the secret."""
    token = random.choice([None, house.tokens.genuine()])
    framing = random.choice([LENGTH, CHUNKED])
    body = bodies.large(random)
    return post(house, house.outsiders[0], body, token=token, secret="0" * 32, framing=framing)


def strange_body(house: House, random: Random) -> Request:
    """Any body at all, from somebody without the secret."""
    token = house.tokens.genuine()
    body = _any_body(random)
    return post(house, house.outsiders[0], body, token=token, secret="f" * 32)


def _any_body(random: Random) -> bytes:
    make = random.choice([bodies.genuine, bodies.garbage, bodies.odd, bodies.unknown, bodies.deep])
    return make(random)


def inside(make: Callable[[Random], bytes]) -> Callable[[House, Random], Request]:
    """From somebody who has the token and the secret, a body of one kind."""

    def knock(house: House, random: Random) -> Request:
        framing = random.choice([LENGTH, LENGTH, LENGTH, CHUNKED])
        call = random.choice(house.insiders)
        return post(house, call, make(random), token=house.tokens.genuine(), framing=framing)

    return knock


KINDS: dict[str, Kind] = {
    "no token": Kind(no_token, 5),
    **{f"token: {kind}": Kind(forged(kind), 4) for kind in FORGERIES},
    "two tokens": Kind(two_tokens, 3),
    "replayed to another call": Kind(replayed, 8),
    "wrong secret": Kind(wrong_secret, 8),
    "wrong path": Kind(wrong_path, 6),
    "wrong method": Kind(wrong_method, 5),
    "strange host": Kind(strange_host, 2),
    "strange headers": Kind(strange_headers, 5),
    "bad framing": Kind(bad_framing, 3),
    "oversized": Kind(oversized, 1),
    "strange body": Kind(strange_body, 8),
    "insider: no events": Kind(inside(bodies.garbage), 3, insider=True),
    "insider: deep": Kind(inside(bodies.deep), 0.5, frozenset({"200"}), insider=True),
    "insider: oversized": Kind(inside(bodies.large), 0.5, insider=True),
    "insider: odd event": Kind(inside(bodies.odd), 2, frozenset({"200"}), insider=True),
    "insider: unknown type": Kind(inside(bodies.unknown), 0.5, frozenset({"200"}), insider=True),
}
