"""Invented patients: the same for one seed, in the proportions asked for."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import phonenumbers
import pytest
import requests
from phonenumbers import timezone

import simulator as package
from simulator.personas import BY_NAME
from simulator.population import (
    DEFAULT_PROPORTIONS,
    KINDS,
    Population,
    read_population,
)
from simulator.testing import running

ROOT = Path(package.__file__).parent.parent


def test_it_invents_the_same_patients_for_one_seed():
    assert Population(7, 500).as_data() == Population("7", 500).as_data()
    assert Population(7, 500).as_data() != Population(8, 500).as_data()


def test_it_meets_the_proportions_exactly():
    assert Counter(p.kind for p in Population(7, 1000)) == {
        kind: 10 * weight for kind, weight in DEFAULT_PROPORTIONS.items()
    }
    assert sum(DEFAULT_PROPORTIONS.values()) == 100


def test_it_shares_out_what_does_not_divide():
    thirds = Counter(p.kind for p in Population(1, 100, {"silence": 1, "busy": 1, "mumble": 1}))
    assert sorted(thirds.values()) == [33, 33, 34]


def test_it_varies_the_patients_of_one_kind():
    personas = {p.persona for p in Population(7, 200) if p.kind == "confirm"}
    assert personas == set(KINDS["confirm"])


def test_it_knows_only_personas_that_there_are():
    assert all(name in BY_NAME for parts in KINDS.values() for name in parts)
    assert all(kind in KINDS or kind in BY_NAME for kind in DEFAULT_PROPORTIONS)


def test_it_gives_everybody_a_number_that_nobody_has():
    population = Population(7, 20_000)
    numbers = [p.number for p in population]
    assert len(set(numbers)) == 20_000
    assert all(number[5:10] == "55501" and len(number) == 12 for number in numbers)


def test_it_chooses_area_codes_whose_zone_is_certain():
    for patient in {p.number[:5]: p for p in Population(7, 20_000)}.values():
        number = phonenumbers.parse(patient.number)
        assert phonenumbers.is_valid_number(number), patient
        assert timezone.time_zones_for_number(number) == (patient.zone,), patient


def test_it_turns_to_drama_numbers_when_the_others_are_used_up():
    numbers = {p.number for p in Population(1, 27_000)}
    assert len(numbers) == 27_000
    drama = {number for number in numbers if number.startswith("+447700900")}
    assert 0 < len(drama) <= 1000
    assert all(len(number) == 13 for number in drama)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((1, 0), "1 to"),
        ((1, 10**6), "1 to"),
        ((1, True), "1 to"),
        ((1, "5"), "1 to"),
        ((1, 5, {"heroes": 1}), "heroes"),
        ((1, 5, {"busy": -1}), "busy"),
        ((1, 5, {"busy": "1"}), "busy"),
        ((1, 5, {"busy": 0}), "nothing"),
        ((1, 5, {}), "nothing"),
        ((1, 5, [1]), "object"),
    ],
)
def test_it_refuses_a_population_that_cannot_be(arguments, words):
    with pytest.raises(ValueError, match=words):
        Population(*arguments)


def test_it_reads_a_population_from_one_word():
    assert read_population("7:50").as_data() == Population(7, 50).as_data()
    assert {p.kind for p in read_population('7:50:{"busy": 1}')} == {"busy"}
    for wrong in ("7", "7:", ":50", "7:many", "7:50:{", "7:50:[1]"):
        with pytest.raises(ValueError):
            read_population(wrong)


def test_it_lets_its_patients_answer_from_the_start_and_after_a_reset(telephone_to):
    population = Population(7, 30, {"busy": 1})
    with running(speed=200, population=population) as simulator:
        for _ in range(2):
            telephone_to(simulator).dial(next(iter(population)).number)
            assert simulator.wait_idle(10)
            assert simulator.calls()[0]["ending"] == "busy"
            simulator.reset()


def test_it_takes_a_population_while_it_runs(simulator, telephone):
    body = {"seed": 7, "size": 30, "proportions": {"bad_number": 1}}
    patients = requests.post(simulator.url + "/control/population", json=body, timeout=10).json()
    assert patients == Population(7, 30, {"bad_number": 1}).as_data()
    telephone.dial(patients[0]["number"])
    assert simulator.wait_idle(10)
    simulator.populate(Population(7, 30, {"decline": 1}))
    telephone.dial(patients[0]["number"])
    assert simulator.wait_idle(10)
    assert [call["ending"] for call in simulator.calls()] == ["bad_number", "declined"]


@pytest.mark.parametrize("body", [{}, {"seed": 1}, {"seed": 1, "size": -1}, [], None])
def test_it_refuses_a_population_that_it_cannot_read(simulator, body):
    answer = requests.post(simulator.url + "/control/population", json=body, timeout=10)
    assert answer.status_code == 400


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-B", "-m", "simulator.population", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_prints_a_population_for_a_drill():
    done = run("--size", "50", "--seed", "7", "--json")
    assert json.loads(done.stdout) == Population(7, 50).as_data()


def test_it_prints_who_there_is_for_people():
    done = run("--size", "100")
    assert sum(int(line.split()[0]) for line in done.stdout.splitlines()) == 100


def test_it_says_what_is_wrong_with_a_population():
    done = run("--proportions", '{"heroes": 1}')
    assert done.returncode == 2
    assert "heroes" in done.stderr


def test_it_documents_its_proportions():
    readme = (ROOT / "simulator" / "README.md").read_text()
    for kind, share in DEFAULT_PROPORTIONS.items():
        parts = ", ".join(f"`{name}` {n}" for name, n in KINDS.get(kind, {kind: 1}).items())
        assert f"| `{kind}` | {share} | {parts} |" in readme
