"""Of allauth's pages those that staff need: no sign-up, no e-mail, no reset by e-mail."""

from allauth.account import views as account
from allauth.socialaccount import views as house
from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("language/", set_language, name="set_language"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("house/cancelled/", house.login_cancelled, name="socialaccount_login_cancelled"),
    path("house/error/", house.login_error, name="socialaccount_login_error"),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
