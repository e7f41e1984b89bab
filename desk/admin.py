"""What autodiscover finds: each page has a room of its own."""

from desk import clinics, looks, numbers, patients, people
from desk.appointments import admin as appointments
from desk.calls import admin as calls
from desk.calls import heard, reminders
from desk.heads import keep_heads
from desk.webhooks import endpoints as webhooks
from desk.webhooks import messages as webhook_messages
from desk.worklist import admin as worklist

__all__ = [
    "appointments",
    "calls",
    "clinics",
    "heard",
    "looks",
    "numbers",
    "patients",
    "people",
    "reminders",
    "webhook_messages",
    "webhooks",
    "worklist",
]

keep_heads()
