"""Which file, and what its columns mean."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from desk import stored
from desk.wording import BASES, language_and_place
from reminders.imports import columns, tables
from reminders.models import Clinic, ImportJob
from reminders.models.importing import ImportKind

KINDS = {
    ImportKind.VISITS: gettext_lazy("Appointments"),
    ImportKind.STOPS: gettext_lazy("Numbers that asked for no calls"),
    ImportKind.CONSENTS: gettext_lazy("Consent to calls"),
}


class UploadForm(forms.Form):
    """A file, what it tells of, and whose it is."""

    clinic = forms.ModelChoiceField(
        Clinic.objects.none(), label=gettext_lazy("Clinic"), widget=UnfoldAdminSelectWidget
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What is in the file?"),
        choices=[(str(kind), words) for kind, words in KINDS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    file = forms.FileField(
        label=gettext_lazy("File (CSV or Excel)"),
        widget=forms.ClearableFileInput(
            attrs={"class": "desk-file", "accept": ".csv,.tsv,.txt,.xlsx"}
        ),
    )

    def __init__(self, clinics: QuerySet[Clinic], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["clinic"]
        field.queryset = clinics
        if len(mine := list(clinics[:2])) == 1:
            self.initial["clinic"] = mine[0].pk

    def clean_file(self) -> Any:
        """No larger than a job may be; said before it is read."""
        file = self.cleaned_data["file"]
        if file.size > tables.MOST_BYTES:
            most = tables.MOST_BYTES // 1_000_000
            raise forms.ValidationError(
                _("The file is larger than %(most)s MB: send it in parts.") % {"most": most}
            )
        return file


class MappingForm(forms.Form):
    """A select of the file's headings for each thing that a column may hold."""

    def __init__(self, job: ImportJob, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job, self.kind = job, ImportKind(job.kind)
        headings = [("", "—"), *((heading, heading) for heading in job.headings)]
        for column in columns.COLUMNS[self.kind]:
            self.fields[f"column_{column.name}"] = forms.ChoiceField(
                label=stored.read(column.label),
                help_text=stored.read(column.help),
                choices=headings,
                required=False,
                initial=job.columns.get(column.name, ""),
                widget=UnfoldAdminSelectWidget,
            )
        for name, field in self._options().items():
            self.fields[f"option_{name}"] = field
        self.fields["save_as"] = forms.CharField(
            label=_("Remember this for the next file as"),
            max_length=100,
            required=False,
            help_text=_("A name such as “Nightly list”; empty: it is not remembered."),
            widget=UnfoldAdminTextInputWidget,
        )

    def _options(self) -> dict[str, forms.Field]:
        job, clinic = self.job, self.job.clinic
        zones = dict.fromkeys([clinic.time_zone, "UTC", job.options["time_zone"]])
        chosen = {
            "dates": (
                _("Days are written like"),
                [(key, stored.read(words)) for key, words in columns.DATE_ORDERS.items()],
                "",
            ),
            "time_zone": (_("Times are those of"), [(zone, zone) for zone in zones], ""),
        }
        if self.kind is ImportKind.VISITS:
            tags = [
                ("", _("The clinic's first")),
                *((t, language_and_place(t)) for t in clinic.languages),
            ]
            chosen |= {
                "language": (_("Language of new patients, where the file tells none"), tags, ""),
                "legal_basis": (
                    _("Legal basis of new patients, where the file tells none"),
                    [(str(basis), words) for basis, words in BASES.items()],
                    _("Without one nobody is called. Choose what you can prove."),
                ),
            }
        return {
            name: forms.ChoiceField(
                label=label,
                choices=list(choices),
                help_text=help_text,
                initial=job.options.get(name, ""),
                required=False,
                widget=UnfoldAdminSelectWidget,
            )
            for name, (label, choices, help_text) in chosen.items()
        }

    def _part(self, prefix: str) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith(prefix)]

    @property
    def column_fields(self) -> list[Any]:
        """The selects of headings."""
        return self._part("column_")

    @property
    def option_fields(self) -> list[Any]:
        """How the cells are meant, and the name to remember it by."""
        return [*self._part("option_"), self["save_as"]]

    def clean(self) -> dict[str, Any]:
        """Nothing is missing, and no heading means two things."""
        cleaned = super().clean() or {}
        chosen = self.chosen()
        if gaps := columns.missing(self.kind, chosen):
            raise forms.ValidationError(
                _("Choose a column for: %s.") % "; ".join(map(stored.read, gaps))
            )
        if twice := columns.repeated(chosen):
            raise forms.ValidationError(_("Chosen for two things: %s.") % "; ".join(twice))
        return cleaned

    def chosen(self) -> dict[str, str]:
        """Our column -> the file's heading."""
        return self._values("column_")

    def options(self) -> dict[str, str]:
        """As the job keeps them."""
        return dict(self.job.options) | self._values("option_", empty=True)

    def _values(self, prefix: str, *, empty: bool = False) -> dict[str, str]:
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix) and (value or empty)
        }
