"""REST, version 1."""

from django.urls import path, re_path

from api import views

app_name = "api"
urlpatterns = [
    path("clinics/", views.ClinicList.as_view(), name="clinics"),
    path("clinics/<str:slug>/", views.ClinicView.as_view(), name="clinic"),
    path("patients/", views.PatientList.as_view(), name="patients"),
    path("patients/<str:external_id>/", views.PatientView.as_view(), name="patient"),
    path("appointments/", views.AppointmentList.as_view(), name="appointments"),
    path("appointments/<str:external_id>/", views.AppointmentView.as_view(), name="appointment"),
    path("appointments/<str:external_id>/call-now/", views.CallNowView.as_view(), name="call-now"),
    path("schema/", views.SchemaView.as_view(), name="schema"),
    re_path(r"^[\s\S]*$", views.NoSuchAddress.as_view(), name="nowhere"),
]
