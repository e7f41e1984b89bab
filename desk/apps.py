"""The app, and the admin site it brings."""

from typing import Any

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate

from desk import labels


def sync_roles(**kwargs: Any) -> None:
    """Django makes permissions after a migration, so the roles get theirs then, too."""
    # The models behind it can be imported only once all apps are there.
    from desk import roles

    roles.sync()


class DeskApp(AppConfig):
    """What staff see: the admin."""

    name = "desk"

    def ready(self) -> None:
        """After every migration the roles are what desk/roles.py says."""
        post_migrate.connect(sync_roles, sender=self)


class DeskAdminConfig(admin_apps.AdminConfig):
    """Django's admin, with our site in the place of the default one."""

    # Not the config that "desk" alone in INSTALLED_APPS would mean.
    default = False
    default_site = "desk.site.DeskSite"

    def ready(self) -> None:
        """Labels are translated before the pages are there, whose forms copy them."""
        labels.translate()
        super().ready()
