from django.urls import path

from calls.callbacks import callback
from calls.recordings import recording

app_name = "calls"
urlpatterns = [
    # No trailing slash, the secret last: proxies cut logs off before it.
    path("calls/<uuid:attempt_id>/<str:secret>", callback, name="callback"),
    path("prompts/<str:sha256>.wav", recording, name="recording"),
]
