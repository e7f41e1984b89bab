"""The rows of the domain."""

from reminders.models.access import AccessedPatient, AccessLog
from reminders.models.appointment import Appointment, AppointmentEvent
from reminders.models.clinic import Clinic, Practitioner, VisitType
from reminders.models.consent import Consent
from reminders.models.contact import Contact
from reminders.models.decision import Decision
from reminders.models.export import Export
from reminders.models.feed import CalendarFeed
from reminders.models.importing import ImportFile, ImportJob, ImportMapping, ImportRow
from reminders.models.installation import Installation
from reminders.models.number import PhoneNumber, Suppression
from reminders.models.patient import Patient
from reminders.models.perishable import Perishable
from reminders.models.webhook import WebhookEndpoint, WebhookMessage, WebhookTry
from reminders.models.workitem import WorkItem, WorkNote

__all__ = [
    "AccessLog",
    "AccessedPatient",
    "Appointment",
    "AppointmentEvent",
    "CalendarFeed",
    "Clinic",
    "Consent",
    "Contact",
    "Decision",
    "Export",
    "ImportFile",
    "ImportJob",
    "ImportMapping",
    "ImportRow",
    "Installation",
    "Patient",
    "Perishable",
    "PhoneNumber",
    "Practitioner",
    "Suppression",
    "VisitType",
    "WebhookEndpoint",
    "WebhookMessage",
    "WebhookTry",
    "WorkItem",
    "WorkNote",
]
