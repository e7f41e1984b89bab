"""Every address of Ringwell. Only ``/callbacks/`` need be public."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from config import health, metrics


class Favicon(RedirectView):
    """Browsers ask for it where no page names an icon: beside a file, or an error."""

    def get_redirect_url(self, *args: object, **kwargs: object) -> str:
        """Where the icon lies in this release."""
        return static("desk/favicon.svg")


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("accounts/", include("desk.login.urls")),
    path("api/v1/", include("api.urls")),
    path("calendar/", include("desk.feeds.urls")),
    path("callbacks/", include("calls.urls")),
    path("favicon.ico", Favicon.as_view(), name="favicon"),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("readyz", health.readyz, name="readyz"),
    path("workz", health.workz, name="workz"),
]
