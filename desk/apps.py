"""The app, and the admin site it brings."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class DeskApp(AppConfig):
    """What staff see: the admin."""

    name = "desk"


class DeskAdminConfig(admin_apps.AdminConfig):
    """Django's admin, with our site in the place of the default one."""

    # Not the config that "desk" alone in INSTALLED_APPS would mean.
    default = False
    default_site = "desk.site.DeskSite"
