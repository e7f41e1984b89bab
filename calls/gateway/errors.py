"""What can go wrong at the door, in the words that decide what we do next."""


class GatewayError(Exception):
    """Azure did not do what we asked.

    Attributes:
        permanent: asking again would bring the same answer.
        may_have_happened: Azure may have done it all the same (a lost or
            unreadable answer, a 5xx); after a create call the phone may ring.
        gone: the call does not exist any more.
        retry_after: seconds that Azure asked us to wait, if it did.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        may_have_happened: bool,
        status: int | None = None,
        code: str = "",
        gone: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.may_have_happened = may_have_happened
        self.status = status
        self.code = code
        self.gone = gone
        self.retry_after = retry_after


class TokenRefused(Exception):
    """A callback's token is missing, forged, expired or meant for another."""


class KeysUnavailable(Exception):
    """Azure's key set cannot be had right now; a second delivery can help."""
