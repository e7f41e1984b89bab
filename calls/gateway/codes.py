"""Azure's result codes in our words.

Sources: Microsoft's pages on recognize and play results, call-end codes and
the Call Automation sub-codes; Q.850 and SIP meanings. A failed call can carry
code 200 (a rejected one did, in Microsoft's own recordings), so the exact
hints decide before ``code`` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from calls.conversation.events import Miss
from calls.conversation.vocabulary import LineEnd


@dataclass(frozen=True)
class Result:
    """``resultInformation``; every part of it may be missing."""

    code: int | None = None
    sub_code: int | None = None
    sip: int | None = None
    q850: int | None = None


_Q850: Mapping[int, LineEnd] = {
    1: LineEnd.INVALID_NUMBER,
    17: LineEnd.BUSY,
    18: LineEnd.NO_ANSWER,
    19: LineEnd.NO_ANSWER,
    20: LineEnd.NO_ANSWER,
    21: LineEnd.DECLINED,
    27: LineEnd.NO_ANSWER,
    28: LineEnd.INVALID_NUMBER,
    34: LineEnd.FAILED,
    38: LineEnd.FAILED,
    41: LineEnd.FAILED,
}
_SIP: Mapping[int, LineEnd] = {
    403: LineEnd.FAILED,
    404: LineEnd.INVALID_NUMBER,
    408: LineEnd.NO_ANSWER,
    480: LineEnd.NO_ANSWER,
    484: LineEnd.INVALID_NUMBER,
    486: LineEnd.BUSY,
    487: LineEnd.NO_ANSWER,
    500: LineEnd.FAILED,
    503: LineEnd.FAILED,
    600: LineEnd.BUSY,
    603: LineEnd.DECLINED,
    604: LineEnd.INVALID_NUMBER,
}
_SUB_CODES: Mapping[int, LineEnd] = {
    **dict.fromkeys((560486, 540486, 8539, 8540), LineEnd.BUSY),
    **dict.fromkeys((560480, 560408, 500001, 10004, 540487, 560487, 4506, 8541), LineEnd.NO_ANSWER),
    **dict.fromkeys((8544, 10037, 10057, 10076, 10077, 10078), LineEnd.NO_ANSWER),
    **dict.fromkeys((560603, 10024, 5002, 5003, 8538), LineEnd.DECLINED),
    **dict.fromkeys((560404, 511404, 560484), LineEnd.INVALID_NUMBER),
    **dict.fromkeys((560403, 510403, 511532), LineEnd.FAILED),
    **dict.fromkeys((560500, 560503, 531004, 301004, 301005, 8537), LineEnd.FAILED),
    **dict.fromkeys((560000, 540000, 7000, 7015, 5300), LineEnd.OVER),
}

#: Heard, but matching nothing that was offered.
NOT_UNDERSTOOD = frozenset({8532, 8534, 8547, 8563})
SILENCE = 8510


def line_end(result: Result, *, create_failed: bool) -> LineEnd:
    """How the line ended; the carrier's own hints beat Azure's code (a busy
    line was seen behind 500/560503)."""
    hints = (
        _Q850.get(result.q850 or 0),
        _SIP.get(result.sip or 0),
        _SUB_CODES.get(result.sub_code or 0),
        _SIP.get(result.code or 0),
    )
    told = next((hint for hint in hints if hint), None)
    if told:
        return told
    if create_failed or (result.code or 0) >= 400:
        return LineEnd.FAILED
    return LineEnd.OVER


def miss(result: Result) -> Miss:
    """Why a recognition failed. What we do not know is never held against the
    patient: it counts as a fault of the provider."""
    if result.sub_code == SILENCE:
        return Miss.SILENCE
    if result.sub_code in NOT_UNDERSTOOD:
        return Miss.NOT_UNDERSTOOD
    return Miss.FAULT
