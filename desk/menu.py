"""What the menu of the admin leads to, and by which names."""

from django.urls import reverse
from django.utils.translation import gettext as _


def parts() -> list[tuple[str, tuple[tuple[str, str, str, str], ...]]]:
    """The menu as it is for who may see all: title, icon, address and permission."""
    day = (
        (_("Today"), "today", "index", ""),
        (_("Calendar"), "calendar_month", "calendar", "reminders.view_appointment"),
        (
            _("Schedule"),
            "edit_calendar",
            "reminders_appointment_add",
            "reminders.add_appointment",
        ),
        (
            _("Appointments"),
            "event",
            "reminders_appointment_changelist",
            "reminders.view_appointment",
        ),
        (_("Calls"), "call", "calls_callattempt_changelist", "calls.view_callattempt"),
        (_("Work list"), "checklist", "reminders_workitem_changelist", "reminders.view_workitem"),
        (_("Reports"), "bar_chart", "reports", "calls.view_callattempt"),
    )
    records = (
        (_("Patients"), "person", "reminders_patient_changelist", "reminders.view_patient"),
        (_("Numbers"), "dialpad", "reminders_phonenumber_changelist", "reminders.view_phonenumber"),
        (
            _("Practitioners"),
            "stethoscope",
            "reminders_practitioner_changelist",
            "reminders.view_practitioner",
        ),
        (_("Clinics"), "local_hospital", "reminders_clinic_changelist", "reminders.view_clinic"),
        (_("Data quality"), "rule", "quality", "reminders.view_patient"),
        (_("Import"), "upload_file", "imports", "reminders.view_importjob"),
        (_("Prompts"), "record_voice_over", "prompts", "reminders.view_clinic"),
        (
            _("Webhooks"),
            "webhook",
            "reminders_webhookendpoint_changelist",
            "reminders.view_webhookendpoint",
        ),
        (
            _("Webhook messages"),
            "outbox",
            "reminders_webhookmessage_changelist",
            "reminders.view_webhookmessage",
        ),
        (_("Users"), "badge", "auth_user_changelist", "auth.view_user"),
        (_("API tokens"), "key", "api_apitoken_changelist", "api.view_apitoken"),
        (_("Roles"), "shield_person", "auth_group_changelist", "auth.view_group"),
        (
            _("Who looked"),
            "visibility",
            "reminders_accesslog_changelist",
            "reminders.view_accesslog",
        ),
    )
    return [(_("Front desk"), day), (_("Records"), records)]


def name_in_menu(link: str) -> str | None:
    """What the menu calls a page; None for one that it does not lead to."""
    entries = (entry for _part, entries in parts() for entry in entries)
    return next(
        (title for title, _icon, url, _may in entries if reverse(f"admin:{url}") == link), None
    )
