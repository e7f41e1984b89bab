"""The WSGI application, for waitress and other servers."""

import os
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

#: More than any door takes; each says for itself what is too much.
MOST = 1_100_000

django = get_wsgi_application()

from calls.warming import warm_up  # noqa: E402  # models can be imported only now

warm_up()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Django, which by itself reads nothing of a body that comes in chunks."""
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    if chunked and not environ.get("CONTENT_LENGTH"):
        body = environ["wsgi.input"].read(MOST)
        environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
    return django(environ, start_response)
