"""In which language a page is: the reader's, where a person reads."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation

#: Where desk.login's pages are.
ACCOUNTS = "/accounts/"


class OfStaff(LocaleMiddleware):
    """Django's choice by cookie and ``Accept-Language``, on the pages of staff alone.

    What other machines ask for is always in English, whatever headers they send, and its
    answers need not be told apart by language.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Choose; English where nobody reads."""
        if _is_read(request):
            super().process_request(request)
        else:
            # The thread may have served somebody in another language a moment ago.
            translation.activate(settings.LANGUAGE_CODE)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Say which language it is, and that another browser may get another one."""
        if _is_read(request):
            return super().process_response(request, response)
        return response


def _is_read(request: HttpRequest) -> bool:
    return request.path.startswith((reverse("admin:index"), ACCOUNTS))
