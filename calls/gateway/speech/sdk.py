"""The Speech SDK: loaded when first needed, set up in one place, waited for with a limit.

Neither the SDK's audio logging nor its log file is ever switched on: the first keeps patients'
voices at Microsoft, the second writes what they said in the clear.
"""

import atexit
import importlib
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from calls.gateway.speech.connection import Connection, proxy_parts
from calls.gateway.speech.hints import SpeechError, raised

T = TypeVar("T")
_MODULE = "azure.cognitiveservices.speech"
#: So much audio is sent at once before the SDK slows to its usual pace. Undocumented; without
#: effect it is only slower. Never to Azure, whose limits are not known.
_NO_THROTTLE = ("SPEECH-TransmitLengthBeforThrottleMs", "600000")


def load() -> Any:
    """Raises:
    SpeechError: the package is missing here, or does not run on this system.
    """
    try:
        return importlib.import_module(_MODULE)
    except ImportError:
        missing = "azure-cognitiveservices-speech is not installed"
    except OSError as error:
        missing = f"azure-cognitiveservices-speech does not run on this system ({error})"
    raise SpeechError(
        f"Azure Speech cannot be used here: {missing}.", code="NotInstalled", permanent=True
    )


def configure(sdk: Any, connection: Connection) -> Any:
    """A ``SpeechConfig`` for the place the settings name."""
    try:
        return _configure(sdk, connection)
    except RuntimeError as error:
        raise raised(error) from None


def _configure(sdk: Any, connection: Connection) -> Any:
    token = _token(connection)
    key = connection.key or None
    if connection.region:
        config = sdk.SpeechConfig(
            subscription=key, region=connection.region, auth_token=None if key else token
        )
    else:
        place = {"endpoint": connection.endpoint} if connection.endpoint else {}
        place = place or {"host": connection.host}
        config = sdk.SpeechConfig(subscription=key, **place)
        if token:
            config.authorization_token = token
    names = sdk.PropertyId
    if connection.endpoint:
        config.set_property(names.SpeechServiceConnection_VoicesListEndpoint, connection.voices_url)
    # Where GStreamer is installed the SDK would otherwise ask for compressed sound.
    config.set_property(
        names.SpeechServiceConnection_SynthEnableCompressedAudioTransmission, "false"
    )
    if connection.near:
        config.set_property_by_name(*_NO_THROTTLE)
    if proxy := proxy_parts(connection.proxy):
        config.set_proxy(proxy.hostname, proxy.port, proxy.username, proxy.password)
    return config


def _token(connection: Connection) -> str:
    try:
        return connection.current_token()
    except OSError as error:
        raise SpeechError(
            f"The file that SPEECH_TOKEN names cannot be read ({error.strerror}).",
            code="AuthenticationFailure",
        ) from None


_threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
#: Seconds that the end of the process waits for what was left behind: the SDK calls back into
#: Python while it ends, and an interpreter that is gone by then takes the process down.
AT_EXIT = 25.0


def in_background(work: Callable[[], None]) -> threading.Thread:
    """A thread that the end of the process waits for, but not for ever."""
    thread = threading.Thread(target=work, name="speech", daemon=True)
    _threads.add(thread)
    thread.start()
    return thread


@atexit.register
def _wait_for_the_rest() -> None:
    deadline = time.monotonic() + AT_EXIT
    for thread in list(_threads):
        thread.join(max(0.0, deadline - time.monotonic()))


def within(seconds: float, work: Callable[[], T], give_up: Callable[[], None]) -> T:
    """Do something with the SDK, which may hang in C for 80 seconds, in a thread of its own;
    ``give_up`` is called when the time is over.

    Raises:
        SpeechError: the time is over, or the SDK raised.
    """
    answers: list[T] = []
    errors: list[BaseException] = []
    over = threading.Event()

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:
            errors.append(error)
        finally:
            over.set()

    in_background(run)
    if not over.wait(seconds):
        give_up()
        raise SpeechError(f"No answer within {seconds:g} seconds.", code="TimeLimit")
    if not errors:
        return answers[0]
    match errors[0]:
        case RuntimeError() as error:
            raise raised(error) from None
        case error:
            raise error
