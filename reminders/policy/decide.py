"""The one question of planning: when is the next call, and why then or never?

:func:`decide` is pure and total: no clock, no database, and an answer for
every visit, so that nothing is ever dropped (B4). Its search only ever moves
forward in time, past one rule after the other, until nothing forbids a call.

All instants are aware datetimes; verdicts are in UTC.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reminders.policy.budget import (
    counted,
    day_count,
    gap_after,
    next_within_budget,
    week_count,
)
from reminders.policy.cadence import (
    DayPart,
    Touch,
    calls_due,
    is_made,
    next_other_part,
    touches_of,
)
from reminders.policy.facts import Facts, RuleSet, Verdict
from reminders.policy.fence import has_common_hours, hours_cause, narrowed_by, next_legal
from reminders.policy.vocabulary import Answer, AppointmentStatus, LegalBasis, Reason

#: Instants are brought into this range, so that no arithmetic can overflow.
FLOOR = datetime(1900, 1, 1, tzinfo=UTC)
CEILING = datetime(9000, 1, 1, tzinfo=UTC)

HOURS_CODES = frozenset({Reason.OUTSIDE_HOURS, Reason.CLOSED})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One move of the search; a cause of None is a retry seeking its day-part."""

    left: datetime
    reached: datetime
    cause: Reason | None


@dataclass(frozen=True, kw_only=True)
class Search:
    """Where a search ended (None: ran out of time) and what moved it."""

    at: datetime | None
    steps: tuple[Step, ...]


def decide(facts: Facts, rules: RuleSet, now: datetime) -> Verdict:
    """The next call of a visit, or the named reason why there is none.

    Never raises but ValueError, naming the field, for a naive datetime.
    ``at`` is None exactly for the reasons that end planning, and for a
    ``call_now`` that nothing allows before the visit. ``rules`` must be one
    of :mod:`reminders.policy.rulesets` or have passed its check.
    """
    facts, now = _normalised(facts, now)
    reason = _why_never(facts, rules, now)
    if reason is not None:
        return Verdict(at=None, code=reason, numbers=_basics(facts, rules))
    verdict = (_at_once if facts.call_now else _by_cadence)(facts, rules, now)
    if facts.paused and verdict.at is not None:
        numbers = {**verdict.numbers, "when_resumed": verdict.code.value}
        return Verdict(at=verdict.at, code=Reason.PAUSED, numbers=numbers)
    return verdict


def _why_never(facts: Facts, rules: RuleSet, now: datetime) -> Reason | None:
    """The first reason, in order of precedence, that ends planning.

    Facility line: 47 CFR 64.1200(a)(1)(ii), never without consent.
    """
    status, basis = facts.status, facts.legal_basis
    checks = (
        (
            status is AppointmentStatus.CANCELLED and facts.answer is not Answer.CANCELLED,
            Reason.CANCELLED,
        ),
        (status in (AppointmentStatus.ATTENDED, AppointmentStatus.NO_SHOW), Reason.PAST),
        (
            facts.answer is not Answer.NONE or status is AppointmentStatus.CONFIRMED,
            Reason.ANSWERED,
        ),
        (facts.starts_at <= now, Reason.PAST),
        (facts.opted_out, Reason.OPTED_OUT),
        (basis is LegalBasis.NONE, Reason.NO_LEGAL_BASIS),
        (facts.wrong_number or facts.reassigned, Reason.QUARANTINED),
        (facts.invalid_number, Reason.INVALID_NUMBER),
        (facts.facility_line and basis is not LegalBasis.CONSENT, Reason.FACILITY_LINE),
    )
    reason = next((reason for holds, reason in checks if holds), None)
    if reason is None and not has_common_hours(now, facts, rules):
        return Reason.NO_COMMON_HOURS
    return reason


def _by_cadence(facts: Facts, rules: RuleSet, now: datetime) -> Verdict:
    """The first call of the cadence that finds a time, or TOUCHES_SPENT."""
    touches = touches_of(facts, rules)
    blocked: dict[str, str] = {}
    for due in calls_due(touches, facts, rules, now):
        search = _search(max(now, due.earliest), due.closes, facts, rules, due.avoid)
        if search.at is not None:
            cause = _cause(search.steps)
            numbers = _why_then(search, facts, rules) | _touch_figures(due.touch)
            return Verdict(at=search.at, code=cause or due.code, numbers=numbers)
        cause = _cause(search.steps)
        blocked[due.touch.label] = cause.value if cause else "no_time_left"
    return Verdict(
        at=None,
        code=Reason.TOUCHES_SPENT,
        numbers=_basics(facts, rules)
        | {
            "made": [touch.label for touch in touches if is_made(touch, facts)],
            "missed": [touch.label for touch in touches if not is_made(touch, facts)],
            "blocked_by": blocked,
        },
    )


def _at_once(facts: Facts, rules: RuleSet, now: datetime) -> Verdict:
    """A call that a person asked for: every rule but the cadence holds."""
    search = _search(now, facts.starts_at, facts, rules)
    # With no day-part to seek, every step has a cause; the first is what
    # stands between the person asking and a call now.
    first = next((step.cause for step in search.steps if step.cause), Reason.CALL_NOW)
    return Verdict(at=search.at, code=first, numbers=_why_then(search, facts, rules))


def _search(
    start: datetime,
    closes: datetime,
    facts: Facts,
    rules: RuleSet,
    avoid: DayPart | None = None,
) -> Search:
    """The first instant in [start, closes) that no rule forbids.

    Every step goes forward to where the rule that forbids ``left`` ends, and
    all rules are asked again there; the last step may end at ``closes``.
    """
    t = start
    steps: list[Step] = []
    while t < closes:
        step = _forbidden(t, closes, facts, rules, avoid)
        if step is None:
            return Search(at=t, steps=tuple(steps))
        steps.append(step)
        t = step.reached
    return Search(at=None, steps=tuple(steps))


def _forbidden(
    t: datetime, closes: datetime, facts: Facts, rules: RuleSet, avoid: DayPart | None
) -> Step | None:
    """The first rule that forbids ``t``, and until when it does."""
    legal = next_legal(t, facts, rules, until=closes)
    if legal is None:
        return Step(left=t, reached=closes, cause=hours_cause(t, facts))
    if legal[1] is not None:
        return Step(left=t, reached=legal[0], cause=legal[1])
    spent = next_within_budget(t, facts, rules.caps[facts.legal_basis])
    if spent is not None:
        return Step(left=t, reached=spent[0], cause=spent[1])
    other = next_other_part(t, avoid, facts.patient_zone) if avoid else None
    return Step(left=t, reached=other, cause=None) if other is not None else None


def _cause(steps: tuple[Step, ...]) -> Reason | None:
    """The last rule that moved the call, as staff would name it.

    A spent day ends at midnight, when no phone may ring anyway: the hours
    that follow do not take the blame from the day cap.
    """
    cause: Reason | None = None
    for step in steps:
        after_spent_day = cause is Reason.DAY_CAP and step.cause is Reason.OUTSIDE_HOURS
        if step.cause is not None and not after_spent_day:
            cause = step.cause
    return cause


def _why_then(search: Search, facts: Facts, rules: RuleSet) -> dict[str, object]:
    """The figures at the last instant a budget rule forbade, else at the call."""
    caps = rules.caps[facts.legal_basis]
    spent = [step.left for step in search.steps if step.cause not in (None, *HOURS_CODES)]
    shown = spent[-1] if spent else search.at or facts.starts_at
    numbers = _basics(facts, rules) | {
        "week": f"{week_count(shown, facts)}/{caps.per_week}",
        "day": f"{day_count(shown, facts)}/{caps.per_day}",
    }
    if facts.contacts:
        numbers["last_contact"] = facts.contacts[-1].at.isoformat()
        numbers["spacing_minutes"] = int(gap_after(facts.contacts[-1], caps).total_seconds()) // 60
    hours = [step.left for step in search.steps if step.cause in HOURS_CODES]
    if hours:
        numbers["narrowed_by"] = narrowed_by(hours[-1], facts, rules)
    if search.steps:
        numbers["moved"] = [
            f"{step.cause or 'another day-part'} until {step.reached.isoformat()}"
            for step in search.steps
        ]
    return numbers


def _touch_figures(touch: Touch) -> dict[str, object]:
    figures: dict[str, object] = {"touch": touch.label}
    if touch.opens != touch.nominal:
        figures["brought_forward_from"] = touch.nominal.isoformat()
    return figures


def _basics(facts: Facts, rules: RuleSet) -> dict[str, object]:
    return {"rule_set": rules.name, "legal_basis": facts.legal_basis.value}


def _normalised(facts: Facts, now: datetime) -> tuple[Facts, datetime]:
    """Everything in UTC and in range; contacts in order, refused ones gone.

    Raises ValueError, naming the field, for a naive datetime.
    """
    contacts = [
        replace(contact, at=_instant(contact.at, "contacts.at")) for contact in facts.contacts
    ]
    facts = replace(
        facts,
        starts_at=_instant(facts.starts_at, "starts_at"),
        not_before=facts.not_before and _instant(facts.not_before, "not_before"),
        contacts=counted(contacts),
    )
    return facts, _instant(now, "now")


def _instant(value: datetime, field: str) -> datetime:
    if value.utcoffset() is None:
        raise ValueError(f"{field} must be an aware datetime, not {value.isoformat()}.")
    if not FLOOR < value < CEILING:
        return FLOOR if value <= FLOOR else CEILING
    return value.astimezone(UTC)
