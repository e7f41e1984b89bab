"""resultInformation: the codes that Azure gives for what happened, each with a sentence.

Codes are those of Microsoft's tables of troubleshooting codes; the sentences are our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """resultInformation: HTTP-like code, exact reason, and what the carrier said, if it did."""

    code: int
    sub_code: int
    message: str
    sip: tuple[int, str] | None = None
    q850: tuple[int, str] | None = None
    #: The code in the message's DiagCode, where it differs.
    diag_code: int | None = None

    def as_data(self) -> dict[str, Any]:
        diag = self.code if self.diag_code is None else self.diag_code
        data: dict[str, Any] = {
            "code": self.code,
            "subCode": self.sub_code,
            "message": f"{self.message} DiagCode: {diag}#{self.sub_code}.@",
        }
        for name, detail in (("sipDetails", self.sip), ("q850Details", self.q850)):
            if detail is not None:
                data[name] = {"code": detail[0], "message": detail[1]}
        return data


OK = Result(200, 0, "Action completed successfully.")
CANCELED = Result(400, 8508, "Action failed, the operation was canceled.")
TONE_MATCHED = Result(200, 8533, "Action completed, DTMF option matched.")
PHRASE_MATCHED = Result(200, 8545, "Action completed, Recognized phrase matches a valid option.")
INITIAL_SILENCE = Result(400, 8510, "Action failed, initial silence timeout reached.")
MAX_TONES = Result(200, 8531, "Action completed, max digits received.")
STOP_TONE = Result(200, 8514, "Action completed as stop tone was detected.")
INTER_DIGIT_TIMEOUT = Result(400, 8532, "Action failed, inter-digit silence timeout reached.")
SPEECH_RECOGNIZED = Result(200, 8569, "Action completed, speech was recognized.")
SPEECH_NOT_RECOGNIZED = Result(400, 8563, "Action failed, speech could not be recognized.")
PROMPT_FAILED = Result(500, 8511, "Action failed, the prompt could not be played.")
BAD_FILE_FORMAT = Result(400, 8535, "Action failed, the file format is not valid.")
DOWNLOAD_FAILED = Result(400, 8536, "Action failed, the file could not be downloaded.")
TONE_NOT_MATCHED = Result(400, 8534, "Action failed, incorrect tone detected.")
PHRASE_NOT_MATCHED = Result(
    400, 8547, "Action failed, recognized phrase does not match a valid option."
)
AI_SERVICE_FAILED = Result(429, 8565, "Action failed, the AI service turned the request away.")
APP_HUNG_UP = Result(200, 7000, "The conversation has ended.", diag_code=0)
CALLEE_HUNG_UP = Result(
    200, 560000, "The call ended normally.", q850=(16, "Normal call clearing"), diag_code=0
)
BUSY = Result(486, 560486, "The callee is busy.", (486, "Busy Here"), (17, "User busy"))
NO_ANSWER = Result(
    480, 560480, "Nobody answered.", (480, "Temporarily Unavailable"), (19, "No answer from user")
)
RING_CANCELLED = Result(
    487, 560487, "The call was ended before it was answered.", (487, "Request Terminated")
)
DECLINED = Result(200, 5002, "The callee rejected the call.", diag_code=0)
BAD_NUMBER = Result(
    404, 560404, "The number is not in use.", (404, "Not Found"), (1, "Unallocated number")
)
TRANSFERRED = Result(200, 7015, "The call was transferred.", diag_code=0)
TRANSFER_UNANSWERED = Result(
    408, 560408, "The transfer target did not answer.", (408, "Request Timeout"), (19, "No answer")
)
TRANSFER_DECLINED = Result(
    603, 560603, "The transfer target declined.", (603, "Decline"), (21, "Call rejected")
)
OVER_LINE_LIMIT = Result(
    603, 560603, "The call was declined: too many calls from this number.", (603, "Decline")
)
