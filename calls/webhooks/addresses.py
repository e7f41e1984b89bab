"""Where a webhook may go: to the internet, and no further into the house than is allowed.

Whoever enters an address could otherwise have Ringwell knock at machines that only its
server reaches. A name is resolved once, and what was judged is what is connected to.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from calls.gateway.acs import endpoint_and_key, is_loopback
from reminders.models.webhook import TryFault

Address = IPv4Address | IPv6Address
#: NAT64 writes an IPv4 address into the end of these (RFC 6052).
_NAT64 = ip_network("64:ff9b::/96")


class NotThere(Exception):
    """Nothing is sent to this address; ``fault`` says why."""

    def __init__(self, fault: TryFault) -> None:
        super().__init__(fault)
        self.fault = fault


def split(url: str) -> SplitResult:
    """The parts of an address that may be sent to.

    Raises:
        ValueError: a sentence for whoever entered it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(_("This is not an address such as https://clinic.example/hook.")) from None
    if not parts.hostname or port == 0 or not url.isascii() or any(c <= " " for c in url):
        raise ValueError(_("This is not an address such as https://clinic.example/hook."))
    if parts.username is not None or parts.password is not None or "#" in url:
        raise ValueError(_("Give the address without a user, a password or a #."))
    if parts.scheme != "https" and not (parts.scheme == "http" and _may_be_plain(url)):
        raise ValueError(_("The address must begin with https://."))
    return parts


def _may_be_plain(url: str) -> bool:
    return is_loopback(url) and azure_is_the_stand_in()


def azure_is_the_stand_in() -> bool:
    """True where no real patient is called: then receivers may be on this machine too."""
    try:
        endpoint, _ = endpoint_and_key(settings.ACS_CONNECTION_STRING)
    except ValueError:
        return False
    return is_loopback(endpoint)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host that may be connected to, in the resolver's order.

    Raises:
        NotThere: it has none, or none that is allowed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotThere(TryFault.NO_SUCH_HOST) from None
    # An IPv6 address may come with a zone: fe80::1%eth0.
    texts = dict.fromkeys(str(entry[4][0]) for entry in found)
    allowed = [text for text in texts if may_connect(ip_address(text.partition("%")[0]))]
    if not allowed:
        raise NotThere(TryFault.PRIVATE_ADDRESS)
    return allowed


def may_connect(address: Address) -> bool:
    """True for the internet, for ``WEBHOOK_NETWORKS``, and for this machine beside the stand-in."""
    address = _inner(address)
    if any(address in network for network in settings.WEBHOOK_NETWORKS):
        return True
    if address.is_loopback:
        return azure_is_the_stand_in()
    return address.is_global and not address.is_multicast


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if not isinstance(address, IPv6Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
