"""What the policy is told: frozen, typed, aware datetimes in UTC only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reminders.policy.vocabulary import (
    Answer,
    AppointmentStatus,
    ContactResult,
    LegalBasis,
    Reason,
)


@dataclass(frozen=True, kw_only=True)
class PastContact:
    """One earlier try to reach a number, from the ledger of contacts."""

    at: datetime
    result: ContactResult
    #: True when this contact spoke for the visit under decision *at its
    #: present time*; a moved visit starts its touches again (B14).
    for_this_visit: bool = False
    #: False for a contact of this visit at another number, from before the
    #: patient's number was changed: it made a touch, and spends no budget here.
    same_number: bool = True


@dataclass(frozen=True, kw_only=True)
class OpeningHours:
    """When a clinic lets us ring, in its own zone.

    ``week`` maps ISO weekday (1 = Monday) to the (start, end) pairs of local
    time; ``end`` is exclusive, and ``time(0)`` as an end means midnight.
    """

    zone: ZoneInfo
    week: Mapping[int, tuple[tuple[time, time], ...]]
    closures: frozenset[date] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything one decision may depend on, but the clock and the rules."""

    starts_at: datetime
    status: AppointmentStatus
    answer: Answer
    legal_basis: LegalBasis
    hours: OpeningHours
    #: The patient's zone (the clinic's when unknown), then the zones that the
    #: number itself suggests, where it suggests any (R3).
    patient_zone: ZoneInfo
    number_zones: tuple[ZoneInfo, ...] = ()
    #: All contacts of the *number*, at any clinic, for any patient, of the
    #: last eight days or ahead of the clock, plus all for this visit.
    contacts: tuple[PastContact, ...] = ()
    opted_out: bool = False
    wrong_number: bool = False
    reassigned: bool = False
    invalid_number: bool = False
    facility_line: bool = False
    paused: bool = False
    #: The provider refused a call of this number: not again before this.
    not_before: datetime | None = None
    #: A person asked for this call: the cadence is skipped, nothing else.
    call_now: bool = False


@dataclass(frozen=True, kw_only=True)
class Caps:
    """How often one number may ring under one legal basis (R2)."""

    per_day: int
    per_week: int
    spacing: timedelta
    #: Spacing after a busy call; equal to ``spacing`` where a busy call has
    #: no shorter repeat.
    busy_spacing: timedelta
    #: Never more than this in any 24 hours.
    per_24_hours: int = 3


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """A dated set of rules (R13), chosen by the clinic, never derived."""

    name: str
    #: ISO weekday -> (first, last) local time in which a phone may ring;
    #: the last is exclusive. Always within 08:00-21:00.
    fence: Mapping[int, tuple[time, time]]
    caps: Mapping[LegalBasis, Caps]
    touches: tuple[timedelta, ...] = (timedelta(days=3), timedelta(days=1))
    #: The last moment for a reminder before the visit.
    latest: timedelta = timedelta(hours=2)
    retries_per_touch: int = 1
    sentiment_allowed: bool = True


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The one answer of the policy: a next call, or a named reason why not."""

    at: datetime | None
    code: Reason
    #: The figures behind the code, JSON-ready, for the ledger of decisions.
    numbers: Mapping[str, object] = field(default_factory=dict)
