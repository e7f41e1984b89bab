"""Settings of the tests: the real ones, with an environment of their own.

Whatever the runner exports (a PostgreSQL address, say) is kept.
"""

import os

_ENVIRONMENT = {
    "DEBUG": "0",
    "SECRET_KEY": "only-for-tests",
    "PHONE_HASH_KEY": "only-for-tests",
    "CELERY_BROKER_URL": "memory://",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "ACS_CALLER_ID": "+15555550100",
    "ACS_RESOURCE_ID": "00000000-0000-4000-8000-000000000000",
    "ACS_CONNECTION_STRING": "endpoint=http://127.0.0.1:9;accesskey=a2V5",
    "ACS_CALLBACK_OPENID_CONFIGURATION": "http://127.0.0.1:9/acsopenidconfiguration",
    "ACS_COGNITIVE_SERVICES_ENDPOINT": "https://speech.example.invalid/",
    "CLOCK_OFFSET_SECONDS": "0",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "",
    # Simulated patients are much faster than people.
    "KEY_ECHO_SECONDS": "0",
    # The tests of the login ask for it.
    "REQUIRE_TWO_FACTOR": "0",
}
for _name, _value in _ENVIRONMENT.items():
    os.environ[_name] = _value

from config.settings import *  # noqa: E402, F403

# The live server's threads must not keep the test database in use.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
# Every client of a test builds the middleware anew; listing all static files takes it a while.
WHITENOISE_AUTOREFRESH = True
