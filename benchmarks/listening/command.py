"""``python -m benchmarks listening``: who took the call, by Ringwell and by counting words."""

import argparse
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from calls.conversation.listening import Taker, Thresholds, classify

GREETINGS = Path(__file__).with_name("greetings.toml")
#: As Ringwell, so that the hints alone make the difference.
MOST_WORDS = Thresholds().most_words

Rule = Callable[[str, str], Taker]


@dataclass(frozen=True)
class Score:
    """How often a rule was right, and its two kinds of error."""

    right: int = 0
    #: Somebody picked up and is treated as a machine: the graver error.
    people_missed: int = 0
    #: A machine is asked questions; it answers none, so nothing is confirmed.
    machines_missed: int = 0
    total: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.right + other.right,
            self.people_missed + other.people_missed,
            self.machines_missed + other.machines_missed,
            self.total + other.total,
        )

    def __str__(self) -> str:
        errors = f"{self.people_missed:>9}{self.machines_missed:>10}"
        return f"{self.right:>4} of {self.total:<4}{errors}"


def ringwell(greeting: str, language: str) -> Taker:
    """As in a call of that language."""
    return classify(greeting, [language])


def counting(greeting: str, language: str) -> Taker:
    """More words than a person says: a machine. It knows no language and no screener."""
    words = len(greeting.split())
    return Taker.VOICEMAIL if words > MOST_WORDS else Taker.PERSON


RULES: dict[str, Rule] = {"Ringwell": ringwell, "counting words": counting}


def main(words: list[str]) -> int:
    """Judge all greetings by both rules, and tell."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks listening",
        description="Who took the call, told from the words of the greeting.",
    )
    parser.parse_args(words)
    print("\n".join(table(scores(tomllib.loads(GREETINGS.read_text(encoding="utf-8"))))))
    return 0


def scores(greetings: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, Score]]:
    """Language -> rule -> its score."""
    return {
        language: {name: _score(rule, kinds, language) for name, rule in RULES.items()}
        for language, kinds in greetings.items()
    }


def _score(rule: Rule, kinds: dict[str, list[str]], language: str) -> Score:
    total = Score()
    for kind, greetings in kinds.items():
        truth = Taker(kind)
        for greeting in greetings:
            told = rule(greeting, language)
            is_person = truth is Taker.PERSON
            # A screener taken for a voicemail is told apart as an error, too.
            total += Score(
                right=told is truth,
                people_missed=is_person and told is not truth,
                machines_missed=not is_person and told is not truth,
                total=1,
            )
    return total


def table(found: dict[str, dict[str, Score]]) -> list[str]:
    """What a person reads."""
    head = f"{'right':>12}{'people':>9}{'machines':>10}"
    lines = [
        "Greetings made up for this, as a recogniser would write them: they say how the hints",
        "work, not how often a real line is told apart.",
        "",
        f"{'':<8}" + "".join(f"{name:^31}" for name in RULES),
        f"{'':<8}" + head + head + "   (of whom taken for the other)",
    ]
    for language, by_rule in found.items():
        lines.append(f"{language:<8}" + "".join(f"{by_rule[name]!s:>31}" for name in RULES))
    sums = {name: sum((row[name] for row in found.values()), Score()) for name in RULES}
    lines.append(f"{'all':<8}" + "".join(f"{sums[name]!s:>31}" for name in RULES))
    ratio = sums["Ringwell"].right / sums["counting words"].right
    return [*lines, "", f"right, of counting's  {ratio:.2f}"]
