"""``Authorization: Bearer TOKEN``: the one way to say who is calling."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from api.models import ApiToken
from config import clock


class TokenAuthentication(BaseAuthentication):
    """Takes the bearer for the :class:`ApiToken` it carries."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        """The token, twice: as user and as credential; None without a bearer."""
        scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = ApiToken.of_bearer(text.strip(), clock.now())
        if token is None:
            # All answer alike: a guess learns nothing.
            raise AuthenticationFailed("This token is unknown, revoked or expired.")
        return token, token

    def authenticate_header(self, request: Request) -> str:
        """What WWW-Authenticate says on a 401."""
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[misc]  # untyped base
    """The same in OpenAPI's words."""

    target_class = "api.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token in the header."""
        return {"type": "http", "scheme": "bearer"}
