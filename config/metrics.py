"""What Prometheus is told: computed from the database, so right for any number of processes.

No label holds anything of a patient, and the answer is kept for some seconds, so that asking
often costs no more than asking seldom.
"""

import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address

from django.conf import settings
from django.core.cache import caches
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from calls import incidents, refusals
from calls.conversation.vocabulary import AttemptStatus
from calls.models import CallAttempt, CallEvent, Line, LineAction, Pulse, Refusal
from calls.models.event import EventState
from calls.models.line import ActionState
from config import clock, health
from reminders.models import Appointment, Installation, WorkItem
from reminders.policy.vocabulary import Reason

#: Seconds for which one answer serves everybody who asks.
KEPT = 5
#: The newest actions, of which the times are told.
NEWEST = 200
AN_HOUR = timedelta(hours=1)


def metrics(request: HttpRequest) -> HttpResponse:
    """403 unless the asker has METRICS_TOKEN, or is this machine where none is set."""
    if not _may(request):
        return HttpResponse("Ask from this machine, or with METRICS_TOKEN.", status=403)
    health.look()
    text = caches["process"].get_or_set("metrics", _text, KEPT)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _may(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    # What a proxy of this machine hands on comes from elsewhere.
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-IP"} & set(request.headers)
    return not forwarded and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _text() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rows(clock.now(), clock.system_now()))
    return generate_latest(registry)


class _Rows(Collector):
    """One look at the tables. Due times and calls are in Ringwell's time, lines in the system's."""

    def __init__(self, now: datetime, machine: datetime) -> None:
        self._now, self._machine = now, machine

    def collect(self) -> Iterator[Metric]:
        yield from self._due()
        yield from self._calls()
        yield from self._callbacks()
        yield from self._house()
        yield from self._watch()

    def _due(self) -> Iterator[Metric]:
        due = Appointment.objects.filter(next_call_at__lte=self._now)
        found = due.aggregate(count=Count("pk"), oldest=Min("next_call_at"))
        yield _gauge("calls_due", "Visits whose call is due.", found["count"])
        yield _gauge(
            "calls_oldest_due_seconds",
            "How long the oldest due call has been due.",
            self._since(found["oldest"]),
        )
        waiting = due.filter(next_call_reason=Reason.LINE_BUSY).count()
        yield _gauge("calls_waiting", "Due visits that wait for a free line.", waiting)

    def _calls(self) -> Iterator[Metric]:
        open_calls = CallAttempt.objects.exclude(status=AttemptStatus.ENDED)
        by_status = dict(open_calls.order_by().values_list("status").annotate(n=Count("pk")))
        states = [state for state in AttemptStatus if state is not AttemptStatus.ENDED]
        yield _family(
            "calls_open",
            "Calls not over yet.",
            {state: by_status.get(state, 0) for state in states},
        )
        recent = CallAttempt.objects.filter(queued_at__gt=self._now - AN_HOUR)
        placed = recent.filter(started_at__isnull=False).count()
        yield _gauge("calls_placed_last_hour", "Calls dialled of the last hour's.", placed)
        ended = recent.exclude(outcome="").order_by().values_list("outcome")
        yield _family(
            "calls_outcomes_last_hour",
            "How the last hour's calls ended.",
            dict(ended.annotate(n=Count("pk"))),
            label="outcome",
        )

    def _callbacks(self) -> Iterator[Metric]:
        last = CallEvent.objects.order_by("-pk").values_list("received_at", flat=True).first()
        yield _gauge(
            "callback_age_seconds", "Since the last callback was taken.", self._since(last)
        )
        unclear = CallEvent.objects.filter(state__in=[EventState.STORED, EventState.FAILED])
        yield _gauge("callbacks_not_understood", "Stored, not understood yet.", unclear.count())
        refusals.write(at_once=True)
        refused = CounterMetricFamily(
            "ringwell_callbacks_refused", "Callbacks not let in, by our answer.", labels=["status"]
        )
        for status, count in Refusal.objects.order_by("status").values_list("status", "count"):
            refused.add_metric([str(status)], count)
        yield refused
        done = LineAction.objects.filter(state=ActionState.DONE, done_at__isnull=False)
        newest = done.order_by("-pk").values_list("created_at", "done_at")[:NEWEST]
        waits = sorted((end - start).total_seconds() for start, end in newest if end)
        quantiles = {
            str(q): waits[min(int(q * len(waits)), len(waits) - 1)] for q in (0.5, 0.95, 1) if waits
        }
        yield _family(
            "callback_to_action_seconds",
            f"From a callback to our next action, of the newest {NEWEST}.",
            quantiles,
            label="quantile",
        )

    def _house(self) -> Iterator[Metric]:
        house = Installation.get()
        yield _gauge("paused", "1 while all calls are paused.", int(house.paused_at is not None))
        yield _gauge(
            "last_look_age_seconds",
            "Since beat and a worker last looked for due calls.",
            self._since(house.last_look_at),
        )
        broken = Line.objects.filter(broken_at__isnull=False).count()
        yield _gauge("lines_broken", "Caller ids on which Azure fails too often.", broken)
        rests = Line.objects.filter(rest_until__gt=self._machine).count()
        yield _gauge("lines_resting", "Caller ids that Azure asked to slow down.", rests)
        items = WorkItem.objects.filter(done_at=None).order_by().values_list("kind")
        yield _family(
            "work_items_open",
            "What waits for a person.",
            dict(items.annotate(n=Count("pk"))),
            label="kind",
        )

    def _watch(self) -> Iterator[Metric]:
        open_ones = incidents.certain().order_by().values_list("kind")
        yield _family(
            "incidents_open",
            "What an engineer on call was told of.",
            dict(open_ones.annotate(n=Count("pk"))),
            label="kind",
        )
        pulses = Pulse.objects.values_list("queues", "at")
        yield _family(
            "worker_silence_seconds",
            "Since a worker of these queues was alive.",
            {queues: self._since(at) for queues, at in pulses},
            label="queues",
        )

    def _since(self, moment: datetime | None) -> float:
        """Seconds; 0 where there is nothing to count from."""
        return max((self._now - moment).total_seconds(), 0.0) if moment else 0.0


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"ringwell_{name}", what, value=value)


def _family(name: str, what: str, values: dict[str, float], *, label: str = "status") -> Metric:
    family = GaugeMetricFamily(f"ringwell_{name}", what, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([str(key)], value)
    return family
