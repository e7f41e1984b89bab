"""The pages of a list: how far its rows are counted, and how those of one page are found."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property


class AtLeast(int):
    """Where counting stopped: read ``10000+``."""

    def __str__(self) -> str:
        return f"{int(self)}+"


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to ten thousand and no further: nobody turns that many pages, and
    counting millions of rows is what makes an admin slow."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        return self._told(self.counted(rows))

    def counted(self, rows: QuerySet[Any]) -> int:
        """How many, to the most; of the keys alone, so that no annotation is worked out."""
        return rows.order_by().values("pk")[: self.MOST].count()

    def _told(self, found: int) -> int:
        return AtLeast(found) if found >= self.MOST else found

    def page(self, number: Any) -> Page[Any]:
        """Its keys first, then the rows of these: where an answer has few rows, the database
        would join all of them with their patients before it sorts and takes fifty."""
        number = self.validate_number(number)
        begin = (number - 1) * self.per_page
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return super().page(number)
        keys = self.keys(rows, begin, min(begin + self.per_page, self.count))
        return Page(rows.filter(pk__in=keys), number, self)

    def keys(self, rows: QuerySet[Any], begin: int, end: int) -> list[Any]:
        """Of the rows from one place of the list to another."""
        return list(rows.values_list("pk", flat=True)[begin:end])


class CostlyPaginator(CappedPaginator):
    """For questions that each row answers by a look elsewhere: one look tells the keys of all
    rows, in the order of the list, and so how many there are."""

    @cached_property
    def _keys(self) -> list[Any]:
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        return list(rows.values_list("pk", flat=True)[: self.MOST])

    def counted(self, rows: QuerySet[Any]) -> int:
        """As many as there are keys."""
        return len(self._keys)

    def keys(self, rows: QuerySet[Any], begin: int, end: int) -> list[Any]:
        """Known already."""
        return self._keys[begin:end]


class CostlierPaginator(CostlyPaginator):
    """Where the other rows are many times as many: no further than a thousand."""

    MOST = 1_000
