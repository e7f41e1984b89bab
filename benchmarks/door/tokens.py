"""Bearers: the one that Azure would send, and all that forgers think of."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.request import urlopen

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simulator.testing import Simulator

#: A genuine token is used so long before a new one is asked for, of five minutes it lives.
FRESH_SECONDS = 60
YEAR = 365 * 86_400


class Tokens:
    """Signed by the simulator's key, or seemingly so."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._genuine, self._made = "", float("-inf")
        self._known: dict[str, list[str]] = {}
        self._public = _public_key(simulator)

    def genuine(self) -> str:
        """Fresh, and meant for us."""
        if time.monotonic() - self._made > FRESH_SECONDS:
            self._genuine, self._made = self._simulator.sign(), time.monotonic()
        return self._genuine

    def bad(self, kind: str, random: Random) -> str:
        """A token of one kind of forgery."""
        return FORGERIES[kind](self, random)

    def with_claims(self, random: Random, *claims: dict[str, Any]) -> str:
        """Rightly signed, but with other claims; the same ones again and again."""
        name = json.dumps(claims)
        if name not in self._known:
            self._known[name] = [self._simulator.sign(each) for each in claims]
        return random.choice(self._known[name])

    def foreign(self, random: Random) -> str:
        """Signed by a key that nobody published, under the id of ours."""
        if "foreign" not in self._known:
            self._known["foreign"] = [self._simulator.sign(key="foreign")]
        return random.choice(self._known["foreign"])

    def altered(self, random: Random) -> str:
        """A genuine one with another header, other claims or another signature."""
        header, payload, signature = self.genuine().split(".")
        match random.randrange(5):
            case 0:
                claims = _unpacked(payload) | {"exp": int(time.time()) + YEAR}
                payload = _packed(claims)
            case 1:
                header = _packed(_unpacked(header) | {"jku": "http://127.0.0.1:9/keys"})
            case 2:
                place = random.randrange(len(signature) - 2)
                flipped = "A" if signature[place] != "A" else "B"
                signature = signature[:place] + flipped + signature[place + 1 :]
            case 3:
                signature = signature[: random.randrange(len(signature) - 2)]
            case _:
                header, payload = payload, header
        return f"{header}.{payload}.{signature}"

    def strange_key(self, random: Random) -> str:
        """A header that names a key nobody has, or no key at all."""
        header, payload, signature = self.genuine().split(".")
        names = [random.randbytes(8).hex(), "", 7, None, ["x"], {"kid": 1}, "x" * 4000, "../keys"]
        return f"{_packed(_unpacked(header) | {'kid': random.choice(names)})}.{payload}.{signature}"

    def unsigned(self, random: Random) -> str:
        """Says of itself that it needs no signature."""
        header, payload, signature = self.genuine().split(".")
        header = _packed(_unpacked(header) | {"alg": random.choice(["none", "None", "NONE", ""])})
        return f"{header}.{payload}.{random.choice(['', signature])}"

    def public_as_secret(self, random: Random) -> str:
        """HMAC, with our public key as the secret that both would share."""
        header, payload, _ = self.genuine().split(".")
        header = _packed(_unpacked(header) | {"alg": "HS256"})
        signed = f"{header}.{payload}"
        key = random.choice(self._public)
        return f"{signed}.{_b64(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"

    def nonsense(self, random: Random) -> str:
        """Nothing that was ever a token."""
        deep = _b64(b"[" * 20_000)
        return random.choice(
            [
                random.randbytes(random.randrange(1, 60)).decode("latin-1"),
                ".".join(_b64(random.randbytes(random.randrange(40))) for _ in range(3)),
                "..",
                "a.b.c",
                "null",
                f"{deep}.e30.e30",
                f"{_b64(b'[]')}.e30.e30",
                f"{_b64(b'{}')}.e30.e30",
                "x" * random.randrange(1, 9000),
                "é" * 10,
            ]
        )


def _public_key(simulator: Simulator) -> list[bytes]:
    with urlopen(simulator.openid_configuration, timeout=10) as answer:
        address = json.loads(answer.read())["jwks_uri"]
    with urlopen(address, timeout=10) as answer:
        (key,) = json.loads(answer.read())["keys"]
    public: Any = jwt.PyJWK(key).key
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return [pem, pem.strip(), der, key["n"].encode(), b""]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _packed(value: Any) -> str:
    return _b64(json.dumps(value).encode())


def _unpacked(part: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


FORGERIES: dict[str, Callable[[Tokens, Random], str]] = {
    "nonsense": Tokens.nonsense,
    "altered": Tokens.altered,
    "foreign key": Tokens.foreign,
    "unknown key": Tokens.strange_key,
    "alg none": Tokens.unsigned,
    "HS256 with the public key": Tokens.public_as_secret,
    "expired": lambda t, r: t.with_claims(r, {"exp": 1}, {"exp": int(time.time()) // YEAR * YEAR}),
    "no exp, aud or iss": lambda t, r: t.with_claims(
        r, {"exp": None}, {"aud": None}, {"iss": None}
    ),
    "of another": lambda t, r: t.with_claims(
        r, {"aud": "another"}, {"aud": ["a", "b"]}, {"iss": "https://elsewhere.example"}
    ),
}
