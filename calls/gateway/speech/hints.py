"""What to mend, in plain words, for every way in which the Speech service does not answer."""

import re

from calls.gateway.errors import GatewayError

#: By the SDK's own names of ``CancellationErrorCode``.
CANCELLED = {
    "AuthenticationFailure": "The key or token is refused: check SPEECH_KEY, or SPEECH_TOKEN (a "
    "token lives ten minutes), and that it belongs to SPEECH_REGION or SPEECH_ENDPOINT.",
    "BadRequest": "The service does not take this question: check the language, the model "
    "(SPEECH_ENDPOINT_ID), the voice and the format of the audio.",
    "TooManyRequests": "Too many at once for this resource: ask again later, or have its limit of "
    "concurrent requests raised.",
    "Forbidden": "The resource may not do this: its quota is spent, or its network rules keep this "
    "machine out.",
    "ConnectionFailure": "The service cannot be reached: check SPEECH_REGION, SPEECH_ENDPOINT or "
    "SPEECH_HOST, SPEECH_PROXY, and that outgoing websockets (port 443) are let through.",
    "ServiceTimeout": "The service took the connection and stayed silent: ask again; if it stays "
    "so, look whether a proxy swallows websockets.",
    "ServiceError": "The service failed: ask again later. If it never answers, look whether the "
    "address is that of a Speech resource, and at Azure's status page.",
    "ServiceUnavailable": "The service is down or too busy: ask again later.",
    "RuntimeError": "The Speech SDK itself failed on this machine: see the details.",
    "ServiceRedirectTemporary": "The service sends us elsewhere: set SPEECH_ENDPOINT to the "
    "address in the details.",
    "ServiceRedirectPermanent": "The service has moved: set SPEECH_ENDPOINT to the address in the "
    "details.",
    "EmbeddedModelError": "An offline model was asked for, which Ringwell does not use.",
    "TimeLimit": "Our own time limit ran out first: give more seconds, or look why the service "
    "is slow.",
}
#: By the SDK's own names of ``NoMatchReason``, and one of ours for audio that simply ended.
NO_MATCH = {
    "NotRecognized": "Speech was heard, but no words were understood.",
    "InitialSilenceTimeout": "Nothing but silence was heard at the start.",
    "InitialBabbleTimeout": "Nothing but noise was heard at the start.",
    "EndSilenceTimeout": "Nothing but silence was heard at the end.",
    "KeywordNotRecognized": "The keyword was not heard.",
    "NothingHeard": "The audio ended before anything was understood.",
}
#: What the SDK raises before it asks anybody, by the code in its message.
_COMPRESSED = "This audio is compressed: give a WAV file of plain samples."
RAISED = {
    0x9: "The audio file is empty.",
    0xA: "The audio file is no WAV file.",
    0xE: "There is no such microphone on this machine: look at the device's name (arecord -L), "
    "or use a WAV file.",
    0x27: _COMPRESSED,
    0x29: _COMPRESSED,
    0x38: "The sound library libasound2 is missing: install it, or use a WAV file.",
    0x93: "The audio file cannot be opened.",
}


class SpeechError(GatewayError):
    """Azure Speech could not be asked, or did not do what we asked; ``code`` is the SDK's name
    and ``hint`` says what to mend."""

    def __init__(self, message: str, *, code: str, hint: str = "", permanent: bool = False) -> None:
        super().__init__(message, permanent=permanent, may_have_happened=False, code=code)
        self.hint = hint or CANCELLED.get(code, "")


def raised(error: Exception) -> SpeechError:
    """What the SDK raised, without its call stack, and with a hint where we know one."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[-1] if lines else type(error).__name__
    found = re.search(r"error code: 0x([0-9a-f]+)", said)
    hint = RAISED.get(int(found[1], 16), "") if found else ""
    return SpeechError(
        f"The Speech SDK refused: {said}.", code="RuntimeError", hint=hint, permanent=bool(hint)
    )
