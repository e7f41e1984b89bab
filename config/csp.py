"""The content security policy: strict everywhere, and in the admin exactly what unfold needs."""

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse


class ByPath(CSPMiddleware):  # type: ignore[misc]
    """django-csp's, with another policy below the admin's address."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Set the header."""
        if request.path.startswith(reverse("admin:index")):
            response._csp_config = settings.CSP_OF_THE_ADMIN  # type: ignore[attr-defined]
        answered: HttpResponseBase = super().process_response(request, response)
        return answered
