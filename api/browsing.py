"""The API's document to read and to try in a browser: Swagger UI, from our own address."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from api import schema


def docs(request: HttpRequest) -> HttpResponse:
    """For staff who are signed in. Requests that are tried need a token as any other."""
    return TemplateResponse(request, "api/docs.html", {"document": schema.document()})
