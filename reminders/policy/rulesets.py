"""The dated rule sets that a clinic may choose from (R13).

Chosen by the clinic, never derived from a zone or a number, and named on
every decision. This is product policy built on research, not legal advice.

What every rule set shares, because it is kept everywhere:

- fence 08:00-21:00 of the called party's day (R3; 47 CFR 64.1200(c)(1));
- ``us_exemption``: one call per calendar day and three in seven days, each
  placed call counted (R2; 47 CFR 64.1200(a)(9)(iv)(E) and (a)(3)(v));
- ``consent`` and ``other_lawful``: two a day, three hours apart, four in seven
  days, never more than three in 24 hours (R2); only under consent may a busy
  line be tried again after fifteen minutes.
"""

from collections.abc import Mapping
from datetime import time, timedelta

from reminders.policy.facts import Caps, RuleSet
from reminders.policy.vocabulary import LegalBasis

#: No rule set may ring outside these local times (R3).
HARD_FENCE = (time(8), time(21))

DEFAULT_RULE_SET = "general-2026"

EVERY_DAY = dict.fromkeys(range(1, 8), HARD_FENCE)

_THREE_HOURS = timedelta(hours=3)

CAPS: Mapping[LegalBasis, Caps] = {
    LegalBasis.CONSENT: Caps(
        per_day=2, per_week=4, spacing=_THREE_HOURS, busy_spacing=timedelta(minutes=15)
    ),
    LegalBasis.OTHER_LAWFUL: Caps(
        per_day=2, per_week=4, spacing=_THREE_HOURS, busy_spacing=_THREE_HOURS
    ),
    LegalBasis.US_EXEMPTION: Caps(
        per_day=1, per_week=3, spacing=_THREE_HOURS, busy_spacing=_THREE_HOURS
    ),
}


def checked(rules: RuleSet) -> RuleSet:
    """The same rule set, once it is known to widen and to lack nothing.

    Raises ValueError with the rule set's name and the fault.
    """
    fault = _fault(rules)
    if fault is not None:
        raise ValueError(f"Rule set {rules.name!r}: {fault}")
    return rules


def rule_set(name: str) -> RuleSet:
    """The rule set of that name; LookupError with the known names if none is."""
    if name not in RULE_SETS:
        raise LookupError(f"No rule set {name!r}. Known: {', '.join(RULE_SETS)}.")
    return RULE_SETS[name]


def _fault(rules: RuleSet) -> str | None:
    for weekday, (first, last) in rules.fence.items():
        if weekday not in EVERY_DAY:
            return f"{weekday} is not an ISO weekday."
        if not HARD_FENCE[0] <= first < last <= HARD_FENCE[1]:
            return f"weekday {weekday}: {first:%H:%M}-{last:%H:%M} is not within 08:00-21:00."
    for basis, hard in CAPS.items():
        caps = rules.caps.get(basis)
        if caps is None or not _within(caps, hard):
            return f"the caps for {basis} are missing or looser than R2."
    if any(lead <= timedelta() or lead % timedelta(days=1) for lead in rules.touches):
        return "touches must be whole days before the visit."
    if rules.latest < timedelta() or rules.retries_per_touch < 0:
        return "latest and retries_per_touch must not be negative."
    return None


def _within(caps: Caps, hard: Caps) -> bool:
    """Whether ``caps`` are at least as strict as ``hard``, and still allow calls."""
    return (
        0 < caps.per_day <= hard.per_day
        and 0 < caps.per_week <= hard.per_week
        and 0 < caps.per_24_hours <= hard.per_24_hours
        and caps.spacing >= hard.spacing
        and caps.busy_spacing >= hard.busy_spacing
    )


#: General care: the caps and the fence above, nothing national.
_GENERAL = checked(RuleSet(name=DEFAULT_RULE_SET, fence=EVERY_DAY, caps=CAPS))

#: United States from 2025-04-11: revocation by any reasonable means,
#: 47 CFR 64.1200(a)(10); hours and caps as above (field.md 3.1.1-3.1.6).
_US_2025 = checked(RuleSet(name="US-2025-04", fence=EVERY_DAY, caps=CAPS))

#: United States under FCC 26-67 (2026-09-30): an opt-out may be scoped to a
#: category (R7); hours and caps unchanged.
_US_FCC26 = checked(RuleSet(name="US-FCC26-67", fence=EVERY_DAY, caps=CAPS))

#: European Union from 2026-08-02 (AI Act Art. 50): reading a mood from words
#: stays off until counsel has answered Art. 50(3) (field.md 3.2).
_EU_2026 = checked(RuleSet(name="EU-2026-08", fence=EVERY_DAY, caps=CAPS, sentiment_allowed=False))

#: Canada, automatic dialling devices: weekdays 09:00-21:30, here clipped to
#: the hard fence, weekends 10:00-18:00 (field.md 3.2).
_CA_ADAD = checked(
    RuleSet(
        name="CA-ADAD",
        fence={
            **dict.fromkeys(range(1, 6), (time(9), HARD_FENCE[1])),
            **dict.fromkeys((6, 7), (time(10), time(18))),
        },
        caps=CAPS,
    )
)

RULE_SETS: Mapping[str, RuleSet] = {
    rules.name: rules for rules in (_GENERAL, _US_2025, _US_FCC26, _EU_2026, _CA_ADAD)
}
