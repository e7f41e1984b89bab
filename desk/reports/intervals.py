"""How far a rate may lie from what was seen (Wilson 1927)."""

from dataclasses import dataclass
from math import sqrt

#: 95 %, two-sided.
Z = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """A rate, and the interval that holds the true one in 95 of 100 cases."""

    hits: int
    of: int

    @property
    def rate(self) -> float:
        """What was seen; 0 of 0 is 0."""
        return self.hits / self.of if self.of else 0.0

    @property
    def low(self) -> float:
        """The lower end."""
        return max(0.0, self._centre - self._half)

    @property
    def high(self) -> float:
        """The upper end; of nothing, everything is possible."""
        return min(1.0, self._centre + self._half) if self.of else 1.0

    @property
    def _centre(self) -> float:
        return (self.rate + Z * Z / (2 * self.of)) / (1 + Z * Z / self.of) if self.of else 0.0

    @property
    def _half(self) -> float:
        if not self.of:
            return 0.0
        spread = self.rate * (1 - self.rate) / self.of + Z * Z / (4 * self.of * self.of)
        return Z * sqrt(spread) / (1 + Z * Z / self.of)

    def __str__(self) -> str:
        return f"{self.low:.0%}–{self.high:.0%}".replace("%", " %")


#: Of fewer answers on either side nothing is said: 0 of 3 is no rate to be worse than.
LEAST = 20


def fares_worse(one: Interval, others: Interval) -> bool:
    """True where the whole interval lies above the rate of all others together."""
    return min(one.of, others.of) >= LEAST and one.low > others.rate
