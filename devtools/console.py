"""What the person at the terminal sees of ./dev."""

from __future__ import annotations

import sys


class Failure(Exception):
    """Stops ./dev. The message is for a person; `code` is the exit status."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def say(message: str) -> None:
    print(f"==> {message}", flush=True)


def complain(message: str) -> None:
    print(f"./dev: {message}", file=sys.stderr, flush=True)
