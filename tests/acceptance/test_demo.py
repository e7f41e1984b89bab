"""The demo in processes of its own: six outcomes, one of them in Spanish, a clean stop, and
traces of all of it that name nobody."""

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from benchmarks.processes import Installation, installation, wait_for
from tests.acceptance.collecting import Collector, attributes, collector

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ROUTE = r"/[\w/<>:.^$()?|+*\\-]*"
#: All that may stand in a span, and how it looks.
ALLOWED = {
    "http.request.method": r"[A-Z_]+",
    "http.response.status_code": r"\d{3}",
    "http.route": ROUTE,
    "ringwell.attempt": UUID,
    "ringwell.action": r"dial|ask|say|hang_up|transfer|look",
    "celery.task": r"\w+\.\w+",
    "celery.state": r"[A-Z]+",
    "error.type": r"\w+",
}
NAME = rf"azure (dial|ask|say|hang_up|transfer|look)|\w+\.\w+|[A-Z_]+( {ROUTE})?"
CALLBACK = "POST /callbacks/calls/<uuid:attempt_id>/<str:secret>"


@dataclass
class Demo:
    """What was seen of it from outside."""

    people: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    #: The ids of the calls there were after it was started once more.
    later: set[str]
    exit_codes: list[int]
    traces: Collector


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Started, watched until there are many outcomes, stopped, started again, stopped."""
    with collector() as seen:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": seen.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        with installation(tmp_path_factory.mktemp("demo"), env=env) as ringwell:
            ringwell.start_simulator(speed=30)
            ringwell.manage("migrate", "--verbosity", "0")
            ringwell.manage("seed_demo")
            token = ringwell.manage("create_api_token", "acceptance").splitlines()[-1]
            ringwell.serve()
            calls = wait_for("six outcomes", lambda: many_outcomes(ringwell, token), 90)
            people = ringwell.api(token, "patients/")["results"]
            ask_for_somebody(ringwell, token, people[0])
            codes = [ringwell.end("serve", signal.SIGINT)]
            ringwell.serve()
            later = {call["id"] for call in calls_of(ringwell, token)}
            codes.append(ringwell.end("serve", signal.SIGTERM))
        yield Demo(people, calls, later, codes, seen)


def many_outcomes(ringwell: Installation, token: str) -> list[dict[str, Any]]:
    calls = [call for call in calls_of(ringwell, token) if call["status"] == "ended"]
    return calls if len({call["outcome"] for call in calls}) >= 6 else []


def calls_of(ringwell: Installation, token: str) -> list[dict[str, Any]]:
    page, calls = "appointments/", []
    while page:
        answer = ringwell.api(token, page)
        calls += [call for row in answer["results"] for call in row["calls"]]
        page = answer["next"]
    return calls


def ask_for_somebody(ringwell: Installation, token: str, person: dict[str, Any]) -> None:
    """By addresses that hold a name and a key of theirs."""
    first, last = person["name"].split()
    ringwell.api(token, f"patients/{person['external_id']}/?name={quote(first)}")
    assert knock(f"{ringwell.url}/nowhere/{quote(last)}?q=555") == 404
    assert knock(f"{ringwell.url}/readyz") == 200


def knock(url: str) -> int:
    """The status of the answer."""
    try:
        with urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_it_shows_many_outcomes_and_what_was_heard_in_spanish(demo: Demo) -> None:
    heard = [r for call in demo.calls for r in call["recognitions"] if r["phrase"] == "confirmo"]
    assert heard
    assert heard[0]["language"].startswith("es")
    assert heard[0]["sentiment"] == "positive"


def test_it_goes_on_where_it_stopped(demo: Demo) -> None:
    assert {call["id"] for call in demo.calls} <= demo.later
    assert demo.exit_codes == [0, 0]


def test_its_traces_lead_from_the_look_to_the_answer(demo: Demo) -> None:
    spoken = [call for call in demo.calls if call["recognitions"]]
    assert spoken
    for call in spoken:
        assert_told_who_asked_for_what(demo.traces, call["id"])
    assert {told["service.name"] for told in demo.traces.resources} == {"ringwell"}


def test_its_traces_name_nobody(demo: Demo) -> None:
    assert len(demo.people) > 20
    assert_nothing_but_what_is_allowed(demo.traces)
    assert_nobody_is_named(demo.traces, demo.people, demo.calls)


def assert_told_who_asked_for_what(seen: Collector, attempt: str) -> None:
    """The look asked for the ring, and each callback for what was done upon it."""
    spans = [span for span in seen.spans if attributes(span).get("ringwell.attempt") == attempt]
    assert {"azure dial", "azure ask", CALLBACK} <= {span.name for span in spans}
    by_id = {span.span_id: span for span in seen.spans}
    dial = next(span for span in spans if span.name == "azure dial")
    assert by_id[dial.parent_span_id].name == "calls.look"
    for ask in (span for span in spans if span.name == "azure ask"):
        assert by_id[ask.parent_span_id].name in (CALLBACK, "calls.watch")


def assert_nothing_but_what_is_allowed(seen: Collector) -> None:
    for span in seen.spans:
        assert re.fullmatch(NAME, span.name), span.name
        assert (list(span.events), span.status.message, span.trace_state) == ([], "", "")
        for key, value in attributes(span).items():
            assert re.fullmatch(ALLOWED.get(key, "nothing"), value), (key, value)
    assert seen.named("GET /api/v1/patients/<str:external_id>/")
    assert seen.named("GET")
    assert not [span.name for span in seen.spans if re.search("readyz|healthz", span.name)]


def assert_nobody_is_named(
    seen: Collector, people: list[dict[str, Any]], calls: list[dict[str, Any]]
) -> None:
    """No name, number, key or answer, but for what is random, in anything that left the house."""
    told = [attributes(span) for span in seen.spans] + seen.resources
    values = [value.lower() for one in told for value in one.values()]
    texts = [span.name.lower() for span in seen.spans]
    texts += [value for value in values if not re.fullmatch(UUID, value)]
    words = set(re.findall(r"[\w-]+", " ".join(texts)))
    for person in people:
        assert not words & {*person["name"].lower().split(), person["external_id"].lower()}
    assert not re.search(r"\d{5}", " ".join(texts))
    heard = {said["phrase"] or "" for call in calls for said in call["recognitions"]} - {""}
    assert heard
    assert not {phrase.lower() for phrase in heard} & set(texts)
