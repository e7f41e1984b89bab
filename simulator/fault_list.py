"""What faults of calls and of speech share: how they are kept, and how their JSON is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

Check = Callable[[Any], bool]


class Numbered(Protocol):
    """A fault, by whatever name."""

    id: int


F = TypeVar("F", bound=Numbered)


class FaultList(Generic[F]):
    """The faults that are set, oldest first."""

    def __init__(self) -> None:
        self._faults: list[F] = []
        self._made = 0

    def __iter__(self) -> Iterator[F]:
        return iter(self._faults)

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, fault: F) -> F:
        self._made += 1
        fault.id = self._made
        self._faults.append(fault)
        return fault

    def remove(self, fault_id: int) -> bool:
        """Whether there was such a fault."""
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if fault.id != fault_id]
        return len(self._faults) < before

    def clear(self) -> None:
        """No fault any more; numbering begins again."""
        self._faults.clear()
        self._made = 0


def is_number(low: float, high: float) -> Check:
    return lambda v: isinstance(v, int | float) and not isinstance(v, bool) and low <= v <= high


def is_whole(low: int, high: int) -> Check:
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high


def check(
    data: Mapping[str, Any], checks: Mapping[str, Check], kinds: Iterable[str], name: str
) -> None:
    """Refuse what makes no fault; ``name`` is what one is called.

    Raises:
        ValueError: naming the field.
    """
    if "kind" not in data:
        raise ValueError(f"A fault needs a kind: {', '.join(kinds)}.")
    for field, value in data.items():
        if field not in checks:
            raise ValueError(f"{name} has no {field!r}.")
        if not checks[field](value):
            raise ValueError(f"The {field} of a fault cannot be {value!r}.")
