"""``python -m benchmarks listening`` counts each greeting once, and both kinds of error."""

import tomllib

from benchmarks.listening import command


def test_every_greeting_is_judged_by_both_rules() -> None:
    found = command.scores(tomllib.loads(command.GREETINGS.read_text(encoding="utf-8")))
    for by_rule in found.values():
        for score in by_rule.values():
            wrong = score.people_missed + score.machines_missed
            assert score.right + wrong == score.total


def test_nobody_who_picks_up_is_taken_for_a_machine() -> None:
    found = command.scores(tomllib.loads(command.GREETINGS.read_text(encoding="utf-8")))
    assert {
        language: row["Ringwell"].people_missed for language, row in found.items()
    } == dict.fromkeys(found, 0)
