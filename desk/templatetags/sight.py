"""What patients said, in a template: names in it are not for all staff."""

from django import template

from desk import seeing
from reminders.models import Patient

register = template.Library()


@register.filter
def as_seen(text: str, patient: Patient) -> str:
    """The text, with the patient's names as the person looking may see them."""
    return seeing.words(text, [patient])
