"""What allauth asks us: nobody signs up, by whatever way."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an administrator, under Users."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False


class HouseAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The house's own login says who somebody is; an account has to be there."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        return False
