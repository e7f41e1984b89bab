"""The command line, and the process that it starts."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import simulator
from simulator.command import read_options

ROOT = Path(simulator.__file__).parent.parent
ARGUMENTS = ["--key", "a2V5", "--caller-id", "+15555550100", "--resource-id", "r"]
ENVIRONMENT = {
    "ACS_CONNECTION_STRING": "endpoint=http://localhost:8123/;accesskey=a2V5PQ==",
    "ACS_CALLER_ID": "+15555550100",
    "ACS_RESOURCE_ID": "11111111-2222-4333-8444-555555555555",
    "ACS_MAX_CONCURRENT_CALLS": "5",
    "CLOCK_OFFSET_SECONDS": "-3600",
}


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-B", "-m", "simulator", *ARGUMENTS, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_takes_everything_from_the_products_environment():
    options = read_options([], ENVIRONMENT)
    assert options.port == 8123
    assert options.key == "a2V5PQ=="
    assert options.caller_ids == ("+15555550100",)
    assert options.resource_id == "11111111-2222-4333-8444-555555555555"
    assert options.max_concurrent == 5
    assert options.clock_offset == -3600
    assert (options.speed, options.redelivery) == (1, False)
    assert (options.redelivery_for, options.population) == (300, None)


def test_it_lets_an_option_win_over_the_environment():
    more = ["--port", "0", "--max-concurrent", "1", "--caller-id", "+447700900100"]
    options = read_options([*ARGUMENTS, *more, "--speed", "4", "--redelivery"], ENVIRONMENT)
    assert (options.port, options.key, options.max_concurrent) == (0, "a2V5", 1)
    assert options.caller_ids == ("+15555550100", "+447700900100")
    assert (options.speed, options.redelivery) == (4, True)


def test_it_takes_a_population_and_the_time_of_redelivery():
    more = ["--population", '7:50:{"busy": 1}', "--redelivery-for", "45"]
    options = read_options([*ARGUMENTS, *more], {})
    assert options.redelivery_for == 45
    assert {patient.persona for patient in options.population} == {"busy"}
    assert len(options.population) == 50


@pytest.mark.parametrize(
    ("arguments", "change", "words"),
    [
        ([], {"ACS_CONNECTION_STRING": ""}, "--key"),
        ([], {"ACS_CALLER_ID": ""}, "--caller-id"),
        ([], {"ACS_RESOURCE_ID": ""}, "--resource-id"),
        ([], {"ACS_CALLER_ID": "5555550100"}, "not an E.164"),
        ([], {"CLOCK_OFFSET_SECONDS": "soon"}, "CLOCK_OFFSET_SECONDS"),
        ([], {"ACS_CONNECTION_STRING": "endpoint=http://127.0.0.1;accesskey=%"}, "base64"),
        ([], {"ACS_CONNECTION_STRING": "endpoint=https://a.invalid;accesskey=a2V5"}, "loopback"),
        ([], {"ACS_CONNECTION_STRING": "endpoint=http://10.0.0.1;accesskey=a2V5"}, "loopback"),
        (["--speed", "0"], {}, "speed"),
        (["--max-concurrent", "0"], {}, "concurrent"),
        (["--redelivery-for", "0"], {}, "seconds"),
        (["--population", "many"], {}, "seed:size"),
        (["--population", '7:5:{"heroes": 1}'], {}, "heroes"),
    ],
)
def test_it_says_what_is_wrong_with_its_options(capsys, arguments, change, words):
    with pytest.raises(SystemExit) as leaving:
        read_options(arguments, ENVIRONMENT | change)
    assert leaving.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_it_says_when_it_is_ready_and_leaves_cleanly(name):
    process = start("--port", "0")
    try:
        ready = process.stdout.readline()
        url = re.fullmatch(r"Simulator ready: (http://127\.0\.0\.1:\d+)\n", ready)[1]
        assert requests.get(url, timeout=10).status_code == 200
        process.send_signal(name)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")
    finally:
        process.kill()
        process.communicate()


def test_it_says_that_the_port_is_in_use():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start("--port", str(port))
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert err == f"Cannot listen on 127.0.0.1:{port}: it is in use.\n"
