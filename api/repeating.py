"""``Idempotency-Key``: a POST that is sent again does nothing again, and has its first answer.

As draft-ietf-httpapi-idempotency-key-header has it. The key is claimed first, for
all to see. What is done and its answer are then written in one transaction: who
dies on the way has done nothing, and the next one may do it.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import UnreadablePostError
from django.utils.crypto import salted_hmac
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import ApiToken, KeptAnswer
from config import clock

HEADER = "Idempotency-Key"
#: Characters of a key: visible ASCII but for the quotes it may stand in.
PATTERN = r"[!#-\[\]-~]{1,255}"

Post = Callable[..., Response]


class InWork(APIException):
    """The first request with this key is still being answered."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = f"A request with this {HEADER} is still in work."
    #: Seconds, told as Retry-After.
    wait = 1


class OtherRequest(ValidationError):
    """The key belongs to another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


def once(post: Post) -> Post:
    """A POST that takes the header."""

    @wraps(post)
    def post_once(view: Any, request: Request, **where: Any) -> Response:
        text = request.headers.get(HEADER)
        if text is None:
            return post(view, request, **where)
        kept = _claim(request, _key(text))
        if kept.status is not None:
            return Response(kept.body, status=kept.status)
        try:
            with transaction.atomic():
                answer = post(view, request, **where)
                if not kept.finish(answer.status_code, dict(answer.data)):
                    # Somebody took us for dead: what they do holds, and ours is undone.
                    raise InWork
        except BaseException:
            kept.give_up()
            raise
        return answer

    return post_once


def _claim(request: Request, key: str) -> KeptAnswer:
    """The row of this key: ours to finish, or finished before."""
    assert isinstance(request.auth, ApiToken)
    what = _fingerprint(request)
    hashes = {_hash(key, secret): _hash(what, secret) for secret in _secrets()}
    kept, is_ours = KeptAnswer.claim(request.auth, hashes, clock.now())
    if kept.request != hashes[kept.key]:
        message = "This key was used for another request; take a new one."
        raise OtherRequest({HEADER: [message]})
    if not is_ours and kept.status is None:
        raise InWork
    return kept


def _key(text: str) -> str:
    """The key, which the draft puts into quotes and most clients do not."""
    bare = text.strip()
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1]
    if not re.fullmatch(PATTERN, bare):
        raise ValidationError({HEADER: ["Give 1 to 255 visible ASCII characters, such as a UUID."]})
    return bare


def _fingerprint(request: Request) -> str:
    """What tells this request from another one."""
    try:
        body = request.body
    except (UnreadablePostError, OSError):
        raise ParseError("The body broke off.") from None
    return f"{request.path}\n{body.hex()}"


def _secrets() -> list[str]:
    """The one that a new key is kept under, and those that a known one may be kept under."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _hash(text: str, secret: str) -> str:
    """Keyed: senders make keys, and addresses, of what they know of a patient."""
    return salted_hmac("api.repeating", text, secret=secret, algorithm="sha256").hexdigest()
