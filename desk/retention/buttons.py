"""The buttons on a patient's page: everything as a file, and being forgotten."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from config import clock
from desk import seeing
from desk.base import Desk, admin_url
from desk.retention.erasing import UnderWay, erase
from desk.retention.exporting import export
from reminders.models import Patient

EXPORT, ERASE = "desk.export_patient", "desk.erase_patient"

SEND_AGAIN = gettext_lazy(
    "Imports that named them and were not applied yet are cancelled: %(waiting_files)d. "
    "Send those files again, without this patient."
)


def may_export(request: HttpRequest) -> bool:
    """It holds names and whole numbers: whoever may see both, and may export."""
    return all(map(request.user.has_perm, (EXPORT, seeing.SEE_NAMES, seeing.SEE_NUMBERS)))


class Meant(forms.Form):
    """Typed, so that no hand slips."""

    typed = forms.CharField(
        label=gettext_lazy("The patient's id"),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def __init__(self, patient: Patient, data: Any = None) -> None:
        super().__init__(data)
        self.patient = patient
        self.fields["typed"].help_text = _("Type %(id)s.") % {"id": patient.external_id}

    def clean_typed(self) -> str:
        """Exactly."""
        typed = str(self.cleaned_data["typed"]).strip()
        if typed != self.patient.external_id:
            raise forms.ValidationError(_("This is not the id of this patient."))
        return typed


def export_patient(page: Desk, request: HttpRequest, object_id: str) -> HttpResponse:
    """Everything held, as one file."""
    patient = page.wanted(request, object_id, change=False)
    if not may_export(request):
        raise PermissionDenied
    seeing.record(request, "export_patient", [patient.pk])
    request.saw_numbers = True  # type: ignore[attr-defined]
    body = json.dumps(export(patient), cls=DjangoJSONEncoder, indent=2)
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="patient-{patient.pk}.json"'
    return response


def erase_patient(page: Desk, request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask for the id, then forget."""
    patient = page.wanted(request, object_id)
    if not request.user.has_perm(ERASE):
        raise PermissionDenied
    form = Meant(patient, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = erase(patient, clock.now(), by=f"staff {request.user.get_username()}")
        except UnderWay as wait:
            page.message_user(request, str(wait), messages.WARNING)
            return redirect(admin_url(patient))
        page.log_change(request, Patient.objects.get(pk=patient.pk), "Erased")
        gone = _("The patient is erased. The counts stay.")
        page.message_user(request, gone, messages.SUCCESS)
        if done["waiting_files"]:
            page.message_user(request, SEND_AGAIN % done, messages.WARNING)
        return redirect(admin_url("reminders_patient", "changelist"))
    return page.page(
        request,
        patient,
        "desk/patient/erase.html",
        title=_("Erase"),
        form=form,
        back=admin_url(patient),
    )
