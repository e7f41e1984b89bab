"""The tokens on callbacks: RS256, five minutes, checked by receivers through OpenID metadata."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

#: Seconds that a callback token is good for.
LIFETIME = 300
OPENID_PATH = "/calling/.well-known/acsopenidconfiguration"
KEYS_PATH = "/calling/keys"


@dataclass(frozen=True)
class SigningKey:
    """One RSA key under the id that a token's header names."""

    kid: str = field(default_factory=lambda: uuid.uuid4().hex)
    private: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    def public_jwk(self) -> dict[str, Any]:
        numbers = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid} | {
            name: numbers[name] for name in ("n", "e")
        }


class KeyRing:
    """The issuer's keys. Two are published after a rotation, so tokens on their way stay good."""

    def __init__(self, *, issuer: str, audience: str) -> None:
        self.issuer = issuer
        self.audience = audience
        self._keys = [SigningKey()]
        self._foreign: SigningKey | None = None
        #: The usual token of one key and second: times have no fractions, so it would be the same.
        self._usual: tuple[str, int, str] = ("", 0, "")

    def rotate(self, *, keep_old: bool = True) -> None:
        """Sign with a new key from now on; publish the one before as well unless told not to."""
        self._keys = [SigningKey(), *(self._keys[:1] if keep_old else [])]

    def token(
        self,
        claims: Mapping[str, Any] | None = None,
        *,
        key: Literal["current", "foreign"] = "current",
    ) -> str:
        """A token as a callback carries it; ``claims`` replace the usual ones, None drops one.

        A ``foreign`` token is signed by a key that was never published, under the id of the
        published one: a forgery.
        """
        now = int(datetime.now(UTC).timestamp())
        plain = not claims and key == "current"
        if plain and self._usual[:2] == (self._keys[0].kid, now):
            return self._usual[2]
        usual = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
        }
        payload = {k: v for k, v in {**usual, **(claims or {})}.items() if v is not None}
        private = self._keys[0].private if key == "current" else self._forger().private
        kid = self._keys[0].kid
        token = jwt.encode(payload, private, algorithm="RS256", headers={"kid": kid})
        if plain:
            self._usual = (kid, now, token)
        return token

    def key_set(self) -> dict[str, Any]:
        return {"keys": [key.public_jwk() for key in self._keys]}

    def openid_configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "jwks_uri": self.issuer + KEYS_PATH,
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _forger(self) -> SigningKey:
        self._foreign = self._foreign or SigningKey()
        return self._foreign
