"""Who is looking: the request being answered, for code that is not handed it.

Columns of a list and texts of a row get the row alone. Outside of a request
nobody looks, and whoever asks has to mask.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest

_request: ContextVar[HttpRequest | None] = ContextVar("viewer", default=None)


def request() -> HttpRequest | None:
    """The request that is being answered here; None outside of one."""
    return _request.get()


@contextmanager
def answering(asked: HttpRequest) -> Iterator[None]:
    """While this request is being answered."""
    token = _request.set(asked)
    try:
        yield
    finally:
        _request.reset(token)
