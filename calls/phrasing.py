"""Phrases tried out on the queue ``speech``: spoken in the language's voice, recognised as in a
call, and judged by :mod:`calls.conversation.trying`.

The table is the queue. A message names a run; a worker takes it for a portion of some phrases,
writes each result, and sends the next message, so that other work of the queue comes in between
and a lost worker loses one phrase at most. Nothing waits without a limit, and no transaction is
open while the service is waited for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from calls import rehearsing, scripting
from calls.conversation import trying, wording
from calls.conversation.script import Script
from calls.conversation.trying import Case, Verdict
from calls.conversation.vocabulary import Label, Step
from calls.gateway.speech import SpeechError, SpeechGateway, Transcript, pushed_wav, speech
from calls.models import PhraseResult, PhraseTrial
from calls.models.trial import TrialState
from reminders.models import Clinic

log = structlog.get_logger(__name__)

#: Seconds for one phrase to be spoken, and to be recognised.
SPEAK_SECONDS, HEAR_SECONDS = 8.0, 15.0
#: Phrases of a run, phrases that a recogniser takes as expected ones, runs kept.
MOST_CASES, MOST_EXPECTED, MOST_KEPT = 400, 500, 10
#: One message's share: phrases, and time after which no further one is begun.
PORTION, PORTION_TIME = 10, timedelta(seconds=40)
#: After which a worker that has not come back is taken for lost; a portion and its last phrase
#: end sooner.
LEASE = timedelta(seconds=120)
#: The whole run.
MOST_TIME = timedelta(minutes=30)
#: Failures in a row after which the rest is not asked.
MOST_FAILURES = 3
_MESSAGE_SECONDS = 600
NOT_ASKED = "NotAsked"


class Refused(Exception):
    """Why there is no run; the message says it to who asked."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one phrase: columns of its row."""

    verdict: Verdict
    heard: str = ""
    others: list[str] = field(default_factory=list)
    heard_in: str = ""
    confidence: float | None = None
    code: str = ""
    hint: str = ""


# -- starting and stopping


def start(clinic: Clinic, tag: str, step: Step | None, *, by: str, now: datetime) -> PhraseTrial:
    """Queue a run over the newest phrases of a tag's language; ``step`` None tries all questions.

    Raises:
        Refused: there is a run already, nothing to try, or nobody to ask.
    """
    try:
        azure = speech()
    except (SpeechError, ValueError) as error:
        raise Refused(str(error)) from None
    script = scripting.build_newest(rehearsing.visit(clinic, tag, now))
    if script is None:
        raise Refused(_("There are no texts in this language."))
    if script.keypad_only:
        raise Refused(_("This clinic's calls listen to keys alone."))
    tried = trying.cases(script, script.languages[0], [step] if step else trying.steps_of(script))
    if not 0 < len(tried) <= MOST_CASES:
        raise Refused(
            _("%(count)s phrases; a run tries 1 to %(most)s: choose a question.")
            % {"count": len(tried), "most": MOST_CASES}
        )
    look(now)
    try:
        with transaction.atomic():
            trial = _create(clinic, script, step, azure, by, now)
            PhraseResult.objects.bulk_create(
                PhraseResult(
                    trial=trial,
                    place=place,
                    label=case.label,
                    phrase=case.phrase,
                    steps=[step.value for step in case.steps],
                )
                for place, case in enumerate(tried)
            )
            transaction.on_commit(lambda: wake(trial.pk))
    except IntegrityError:
        raise Refused(_("The phrases of this language are being tried already.")) from None
    _forget(trial)
    return trial


def _create(
    clinic: Clinic,
    script: Script,
    step: Step | None,
    azure: SpeechGateway,
    by: str,
    now: datetime,
) -> PhraseTrial:
    locale = script.languages[0]
    base = wording.base(locale)
    newest = max((row.pk for row in clinic.wordings.all() if row.language == base), default=0)
    return PhraseTrial.objects.create(
        clinic=clinic,
        language=base,
        locale=locale,
        voice=script.voices[locale],
        step=step or "",
        script=script.to_json(),
        version=newest,
        fingerprint=scripting.versions(clinic)[base][0].fingerprint,
        service=azure.connection.name[:120],
        stand_in=azure.connection.stand_in,
        started_by=by[:150],
        queued_at=now,
    )


def _forget(trial: PhraseTrial) -> None:
    """Of each language of a clinic the last runs are kept."""
    runs = PhraseTrial.objects.filter(clinic=trial.clinic_id, language=trial.language)
    old = list(runs.order_by("-pk").values_list("pk", flat=True)[MOST_KEPT:])
    PhraseTrial.objects.filter(pk__in=old).delete()


def stop(trial: PhraseTrial, now: datetime) -> bool:
    """End a run where it is; False where it had ended."""
    return _end(trial.pk, TrialState.STOPPED, now)


def _end(pk: int, state: TrialState, now: datetime) -> bool:
    opened = PhraseTrial.objects.filter(pk=pk, state=TrialState.OPEN)
    return bool(opened.update(state=state, ended_at=now, busy_until=None))


# -- the queue


def wake(pk: int) -> None:
    """Tell the workers of the queue. Only a nudge: beat's look finds the same row."""
    if settings.CELERY_BROKER_URL.startswith("memory") and not settings.ALL_IN_ONE:
        return
    try:
        current_app.send_task("calls.try_phrases", [pk], expires=_MESSAGE_SECONDS)
    except Exception as error:
        log.warning("no broker", action="try phrases", error=type(error).__name__)


def look(now: datetime) -> None:
    """End runs whose time is over; name again those that no worker has."""
    opened = PhraseTrial.objects.filter(state=TrialState.OPEN)
    for pk in opened.filter(queued_at__lte=now - MOST_TIME).values_list("pk", flat=True):
        _end(pk, TrialState.STOPPED, now)
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    for pk in opened.filter(free).values_list("pk", flat=True):
        wake(pk)


def work(pk: int, tick: Callable[[], datetime]) -> int:
    """A portion of a run; how many phrases were tried, 0 where it is over or somebody else's."""
    now = tick()
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    mine = PhraseTrial.objects.filter(free, pk=pk, state=TrialState.OPEN)
    if mine.filter(queued_at__lte=now - MOST_TIME).exists():
        _end(pk, TrialState.STOPPED, now)
    if not mine.update(busy_until=now + LEASE):
        return 0
    trial = PhraseTrial.objects.get(pk=pk)
    done = _portion(trial, tick, until=now + PORTION_TIME)
    if trial.results.filter(verdict=Verdict.WAITING).exists():
        # Stopped meanwhile, it is nobody's any more.
        if PhraseTrial.objects.filter(pk=pk, state=TrialState.OPEN).update(busy_until=None):
            wake(pk)
    else:
        _end(pk, TrialState.DONE, tick())
    log.info("phrases tried", action="try_phrases", trial=pk, done=done)
    return done


def _portion(trial: PhraseTrial, tick: Callable[[], datetime], *, until: datetime) -> int:
    script, done = Script.from_json(trial.script), 0
    for row in trial.results.filter(verdict=Verdict.WAITING)[:PORTION]:
        if tick() >= until or not _is_open(trial.pk):
            break
        _write(row, _try(trial, script, row), tick())
        done += 1
        if failure := _failing(trial):
            _give_up(trial, failure, tick())
            break
    return done


def _is_open(pk: int) -> bool:
    return PhraseTrial.objects.filter(pk=pk, state=TrialState.OPEN).exists()


def _write(row: PhraseResult, outcome: Outcome, now: datetime) -> None:
    waiting = PhraseResult.objects.filter(pk=row.pk, verdict=Verdict.WAITING)
    waiting.update(
        verdict=outcome.verdict,
        heard=outcome.heard,
        others=outcome.others,
        heard_in=outcome.heard_in[:20],
        confidence=outcome.confidence,
        code=outcome.code[:40],
        hint=outcome.hint[:300],
        tried_at=now,
    )


def _failing(trial: PhraseTrial) -> str:
    """The code of the failure that the last phrases all met; empty where they did not."""
    tried = trial.results.exclude(verdict=Verdict.WAITING).order_by("-place")
    last = list(tried.values_list("verdict", "code")[:MOST_FAILURES])
    if len(last) < MOST_FAILURES or any(verdict != Verdict.FAILED for verdict, _ in last):
        return ""
    return str(last[0][1])


def _give_up(trial: PhraseTrial, failure: str, now: datetime) -> None:
    trial.results.filter(verdict=Verdict.WAITING).update(
        verdict=Verdict.FAILED,
        code=NOT_ASKED,
        hint=f"Not asked: the service failed {MOST_FAILURES} times in a row ({failure}).",
        tried_at=now,
    )


# -- one phrase


def _try(trial: PhraseTrial, script: Script, row: PhraseResult) -> Outcome:
    case = Case(
        phrase=row.phrase, label=Label(row.label), steps=tuple(Step(step) for step in row.steps)
    )
    try:
        azure = speech()
        wav = azure.synthesize(
            row.phrase,
            voice=trial.voice,
            locale=trial.locale,
            voice_endpoint=script.voice_endpoint,
            limit_seconds=SPEAK_SECONDS,
        )
        heard = azure.transcribe(
            pushed_wav(wav),
            languages=script.languages,
            phrases=trying.expected(script, case.steps, MOST_EXPECTED),
            detail=True,
            limit_seconds=HEAR_SECONDS,
        )
    except SpeechError as error:
        return Outcome(verdict=Verdict.FAILED, code=error.code, hint=error.hint or str(error))
    except ValueError as error:
        return Outcome(verdict=Verdict.FAILED, code="NotSetUp", hint=str(error))
    if not trial.sdk_version:
        trial.sdk_version = heard.sdk_version[:32]
        PhraseTrial.objects.filter(pk=trial.pk).update(sdk_version=trial.sdk_version)
    return _outcome(script, case, heard)


def _outcome(script: Script, case: Case, heard: Transcript) -> Outcome:
    if heard.cancellation is not None:
        cancelled = heard.cancellation
        return Outcome(verdict=Verdict.FAILED, code=cancelled.code, hint=cancelled.hint)
    judged = trying.judge(script, case, heard.text)
    first: Any = heard.segments[0] if heard.segments else None
    return Outcome(
        verdict=judged.verdict,
        heard=heard.text,
        others=[label.value for label in judged.others],
        heard_in=first.language if first else "",
        confidence=first.confidence if first else None,
        code=heard.no_match.kind if heard.no_match else "",
        hint=heard.no_match.hint if heard.no_match else "",
    )


def by_answer(results: list[PhraseResult]) -> dict[str, list[PhraseResult]]:
    """The results of a run by the answer that the phrases should mean, in their order."""
    found: dict[str, list[PhraseResult]] = {}
    for row in results:
        found.setdefault(row.label, []).append(row)
    return found
