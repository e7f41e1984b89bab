"""What a process loads before its first call, so that no patient waits for it."""

import gc
import threading
from contextlib import suppress

from django.conf import settings
from django.urls import get_resolver

from calls.conversation import wording
from calls.gateway.acs import gateway
from calls.gateway.callback_auth import key_set


def warm_up() -> None:
    """Load every address, the shipped texts and Azure's client; fetch Azure's keys meanwhile.
    Then take all that is there out of the garbage collector's rounds.

    What is missing or wrong here is told by the checks, and again when it is needed.
    """
    _ = get_resolver().url_patterns
    wording.packs()
    if settings.ACS_CONNECTION_STRING:
        threading.Thread(target=key_set().load, name="keys", daemon=True).start()
        with suppress(ValueError):
            gateway()
    # All of this stays as long as the process. Python would go through it again and again, and
    # a request or a callback would wait for that: 0.1 to 0.3 s on a busy machine.
    gc.collect()
    gc.freeze()
