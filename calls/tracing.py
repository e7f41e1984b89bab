"""What is asked of Azure, told to whoever traces: nobody, unless ``config.tracing`` asks for it.

Told are the name of the action and the id of the attempt, never a number or a text.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from uuid import UUID

#: Given the action and the attempt, it holds for as long as Azure is asked, and may not fail.
Tracer = Callable[[str, UUID], AbstractContextManager[None]]

_tracer: Tracer | None = None


def trace_with(tracer: Tracer | None) -> None:
    """From now on, in this process."""
    global _tracer
    _tracer = tracer


def asking(action: str, attempt_id: UUID) -> AbstractContextManager[None]:
    """Around one request to Azure."""
    return nullcontext() if _tracer is None else _tracer(action, attempt_id)
