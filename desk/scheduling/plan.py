"""What will be called when, in one line, before anything is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from desk.local import same_wall, told
from desk.wording import MEND, WHY
from reminders.models import Clinic
from reminders.policy.facts import Verdict
from reminders.policy.vocabulary import Reason

#: Said of no call: it comes when the cadence has it.
USUAL = frozenset({Reason.TOUCH, Reason.RETRY, Reason.PAUSED})


@dataclass(frozen=True)
class PlanLine:
    """The calls of one visit in words, or why there are none."""

    text: str
    #: What helps; empty where nothing needs help.
    mend: str
    is_called: bool


def plan_line(
    calls: Sequence[Verdict], clinic: Clinic, patient_zone: ZoneInfo, now: datetime
) -> PlanLine:
    """``Tue 24 Nov 10:00; Thu 26 Nov 10:00 if not confirmed``, on the clinic's wall."""
    first = calls[0]
    if first.at is None:
        return PlanLine(WHY[first.code], MEND.get(first.code, ""), is_called=False)
    times = [_time(call, clinic.zone, patient_zone, now) for call in calls]
    later = _("%(times)s if not confirmed")
    text = "; ".join([times[0], *(later % {"times": time} for time in times[1:])])
    if first.code is Reason.PAUSED:
        paused = _("Calls are paused; once resumed: %(times)s") % {"times": text}
        return PlanLine(paused, MEND[Reason.PAUSED], is_called=True)
    return PlanLine(text, "", is_called=True)


def _time(call: Verdict, zone: ZoneInfo, patient_zone: ZoneInfo, now: datetime) -> str:
    assert call.at is not None
    text = _("at once") if call.at <= now else told(call.at, zone, now)
    extra = []
    if not same_wall(call.at, zone, patient_zone):
        there = f"{call.at.astimezone(patient_zone):%H:%M}"
        extra.append(_("%(time)s for the patient") % {"time": there})
    if call.code not in USUAL:
        why = WHY[call.code]
        extra.append(why[:1].lower() + why[1:])
    return f"{text} ({', '.join(extra)})" if extra else text
