"""Settings that must hold: an error in production, a warning on a laptop."""

from typing import Any

import pytest

from calls.checks import check_settings

GOOD = {
    "DEBUG": False,
    "PUBLIC_URL": "https://ringwell.example",
    "CELERY_BROKER_URL": "amqp://localhost",
    "ACS_CONNECTION_STRING": "endpoint=https://clinic.example;accesskey=a2V5",
    "CLOCK_OFFSET_SECONDS": 0,
}


def found(settings: Any, **changes: Any) -> set[str]:
    for name, value in (GOOD | changes).items():
        setattr(settings, name, value)
    return {str(message.id) for message in check_settings(None)}


def test_a_good_deployment_is_left_in_peace(settings: Any) -> None:
    assert found(settings) == set()


def test_addresses_without_a_mail_server_are_a_warning(settings: Any) -> None:
    assert found(settings, ALERT_EMAILS=["a@clinic.example"], EMAIL_URL="") == {"ringwell.W024"}
    assert found(settings, EMAIL_URL="smtp://127.0.0.1") == set()


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"ACS_RESOURCE_ID": ""}, "006"),
        ({"PHONE_HASH_KEY": ""}, "007"),
        ({"PUBLIC_URL": "http://ringwell.example"}, "008"),
        ({"ACS_CALLBACK_OPENID_CONFIGURATION": "http://keys.example"}, "009"),
        ({"CELERY_BROKER_URL": "memory://localhost/"}, "010"),
    ],
)
def test_a_fault_is_an_error_in_production_and_a_warning_with_debug(
    settings: Any, changes: dict[str, Any], number: str
) -> None:
    assert found(settings, **changes) == {f"ringwell.E{number}"}
    assert found(settings, **changes, DEBUG=True) == {f"ringwell.W{number}"}


@pytest.mark.parametrize(
    "changes",
    [
        {"PUBLIC_URL": "http://127.0.0.1:8000"},
        {"ACS_CALLBACK_OPENID_CONFIGURATION": "http://localhost:8001/keys"},
        {"CELERY_BROKER_URL": "memory://localhost/", "ALL_IN_ONE": True},
        {
            "CLOCK_OFFSET_SECONDS": 3600,
            "ACS_CONNECTION_STRING": "endpoint=http://127.0.0.1:1;accesskey=a2V5",
        },
    ],
)
def test_loopback_and_the_one_process_may_do_more(settings: Any, changes: dict[str, Any]) -> None:
    assert found(settings, **changes) == set()


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"TIME_ZONE": "Europe/Paris"}, "001"),
        ({"CLOCK_OFFSET_SECONDS": 60}, "002"),
        ({"ACS_CONNECTION_STRING": "endpoint=https://x.example"}, "003"),
        ({"ACS_MAX_CONCURRENT_CALLS": 0}, "004"),
        ({"KEY_ECHO_SECONDS": -0.1}, "005"),
        ({"KEY_ECHO_SECONDS": 3.1}, "005"),
    ],
)
def test_some_faults_are_errors_everywhere(
    settings: Any, changes: dict[str, Any], number: str
) -> None:
    assert f"ringwell.E{number}" in found(settings, **changes)
