"""What autodiscover finds: each page has a room of its own."""

from desk import clinics, numbers, patients, people, worklist
from desk.appointments import admin as appointments
from desk.calls import admin as calls

__all__ = ["appointments", "calls", "clinics", "numbers", "patients", "people", "worklist"]
