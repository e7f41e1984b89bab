from django.urls import path

from desk.feeds.views import feed

app_name = "feeds"
urlpatterns = [path("<int:practitioner_id>/<str:token>.ics", feed, name="feed")]
