"""What is known of a person of staff beside Django's own user."""

from django.conf import settings
from django.db import models

from reminders.models import Clinic


class StaffProfile(models.Model):
    """At which clinics somebody works.

    Whoever has no profile, or one that names no clinic, sees nobody's rows:
    to see every clinic is granted in so many words.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_profile"
    )
    everywhere = models.BooleanField(
        "all clinics", default=False, help_text="Also those that are opened later."
    )
    clinics = models.ManyToManyField(
        Clinic, blank=True, help_text="Where they work; nothing of the others is shown."
    )

    class Meta:
        verbose_name = "clinics of a user"
        verbose_name_plural = "clinics of users"
        permissions = [
            ("export_patient", "Can download everything held of a patient"),
            ("erase_patient", "Can erase a patient for good"),
            ("reset_second_factor", "Can reset the second factor of others"),
        ]

    def __str__(self) -> str:
        return f"clinics of {self.user}"
