"""The rows of the domain."""

from reminders.models.appointment import Appointment, AppointmentEvent
from reminders.models.clinic import Clinic, Practitioner
from reminders.models.contact import Contact
from reminders.models.decision import Decision
from reminders.models.installation import Installation
from reminders.models.number import PhoneNumber, Suppression
from reminders.models.patient import Patient
from reminders.models.workitem import WorkItem

__all__ = [
    "Appointment",
    "AppointmentEvent",
    "Clinic",
    "Contact",
    "Decision",
    "Installation",
    "Patient",
    "PhoneNumber",
    "Practitioner",
    "Suppression",
    "WorkItem",
]
