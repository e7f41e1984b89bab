"""Settings, all from the environment (or ``.env``, which the environment beats).

Each name is explained in docs/reference/settings.md; a test compares the two.
"""

import sys
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from celery.schedules import crontab
from django.templatetags.static import static
from django.utils.translation import gettext_lazy
from environs import Env

from config.logs import without_secrets

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False, override=False)

DEBUG: bool = env.bool("DEBUG", False)
SECRET_KEY: str = env.str("SECRET_KEY", "development-only-never-in-production" if DEBUG else "")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
PUBLIC_URL: str = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])

# Keys the hashes of phone numbers that opt-outs are kept under. Never derived
# from SECRET_KEY: that one may be rotated, this one may not be lost.
PHONE_HASH_KEY: str = env.str("PHONE_HASH_KEY", "")
# Each put over the hashes by `manage.py add_phone_hash_key`; see docs/howto/keys.md.
PHONE_HASH_KEYS_ADDED: list[str] = env.list("PHONE_HASH_KEYS_ADDED", [])
METRICS_TOKEN: str = env.str("METRICS_TOKEN", "")

# Who is told of incidents, and by which server; see calls/alerting.py.
ALERT_EMAILS: list[str] = env.list("ALERT_EMAILS", [])
DEFAULT_FROM_EMAIL: str = env.str("EMAIL_FROM", "ringwell@localhost")
EMAIL_URL: str = env.str("EMAIL_URL", "")
# A server that hangs must not keep a watch, or who asks /workz, for long.
EMAIL_TIMEOUT = 10
if EMAIL_URL:
    _mail = env.dj_email_url("EMAIL_URL")
    EMAIL_BACKEND: str = _mail["EMAIL_BACKEND"]
    EMAIL_HOST: str = _mail["EMAIL_HOST"]
    EMAIL_PORT: int = _mail["EMAIL_PORT"]
    EMAIL_HOST_USER: str = _mail["EMAIL_HOST_USER"]
    EMAIL_HOST_PASSWORD: str = _mail["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS: bool = _mail["EMAIL_USE_TLS"]
    EMAIL_USE_SSL: bool = _mail["EMAIL_USE_SSL"]
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

CLOCK_OFFSET_SECONDS: int = env.int("CLOCK_OFFSET_SECONDS", 0)

ACS_CONNECTION_STRING: str = env.str("ACS_CONNECTION_STRING", "")
ACS_CALLER_ID: str = env.str("ACS_CALLER_ID", "")
ACS_COGNITIVE_SERVICES_ENDPOINT: str = env.str("ACS_COGNITIVE_SERVICES_ENDPOINT", "")
ACS_API_VERSION: str = env.str("ACS_API_VERSION", "")
ACS_RESOURCE_ID: str = env.str("ACS_RESOURCE_ID", "")
ACS_CALLBACK_ISSUER: str = env.str(
    "ACS_CALLBACK_ISSUER", "https://acscallautomation.communication.azure.com"
)
ACS_CALLBACK_OPENID_CONFIGURATION: str = env.str(
    "ACS_CALLBACK_OPENID_CONFIGURATION",
    "https://acscallautomation.communication.azure.com/calling/.well-known/acsopenidconfiguration",
)
ACS_MAX_CONCURRENT_CALLS: int = env.int("ACS_MAX_CONCURRENT_CALLS", 2)
KEY_ECHO_SECONDS: float = env.float("KEY_ECHO_SECONDS", 1.0)

# Azure Speech: one of region, endpoint and host; none means the stand-in, where
# calls go through it as well.
SPEECH_KEY: str = env.str("SPEECH_KEY", "")
SPEECH_REGION: str = env.str("SPEECH_REGION", "")
SPEECH_ENDPOINT: str = env.str("SPEECH_ENDPOINT", "")
SPEECH_HOST: str = env.str("SPEECH_HOST", "")
SPEECH_TOKEN: str = env.str("SPEECH_TOKEN", "")
SPEECH_ENDPOINT_ID: str = env.str("SPEECH_ENDPOINT_ID", "")
SPEECH_PROXY: str = env.str("SPEECH_PROXY", "")

# Recordings that staff upload: kept so long, and transcribed within so many seconds.
RECORDING_RETENTION_DAYS: int = env.int("RECORDING_RETENTION_DAYS", 90)
TRANSCRIPTION_LIMIT_SECONDS: int = env.int("TRANSCRIPTION_LIMIT_SECONDS", 660)
TRANSCRIPTION_TRIES: int = env.int("TRANSCRIPTION_TRIES", 3)

# How long words, facts and looks are kept (R14).
RETENTION_CONTENT_DAYS: int = env.int("RETENTION_CONTENT_DAYS", 90)
RETENTION_FACTS_YEARS: int = env.int("RETENTION_FACTS_YEARS", 6)
RETENTION_ACCESS_YEARS: int = env.int("RETENTION_ACCESS_YEARS", 6)

# Into which networks of the house webhooks may go; the internet is open to them.
WEBHOOK_NETWORKS: list[IPv4Network | IPv6Network] = env.list(
    "WEBHOOK_NETWORKS", [], subcast=ip_network
)

MAX_CALLS_PER_DAY: int = env.int("MAX_CALLS_PER_DAY", 2000)

# True in the one process that holds web, worker and beat (``manage.py serve``).
ALL_IN_ONE: bool = "serve" in sys.argv[1:2]

INSTALLED_APPS = [
    # Without unfold's own site: desk.site.DeskSite takes its place.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "desk.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    # A template of allauth tells dates with it.
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "reminders",
    "calls",
    "api",
    "desk",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.csp.ByPath",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.languages.OfStaff",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "desk.login.guards.EndOldSessions",
    "desk.login.guards.RequireSecondFactor",
    "simple_history.middleware.HistoryRequestMiddleware",
    "desk.seeing.RecordSights",
]

# Where traces go; nowhere without it, and then nothing of OpenTelemetry is imported. The SDK
# reads this name and its other variables itself. Where it is not installed, check E011 says so.
OTEL_EXPORTER_OTLP_ENDPOINT: str = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")
OTEL_EXPORTER_OTLP_PROTOCOL: str = env.str("OTEL_EXPORTER_OTLP_PROTOCOL", "") or "http/protobuf"
# Less than the SDK's ten: so long a process may be in stopping while nobody collects.
OTEL_EXPORTER_OTLP_TIMEOUT: float = env.float("OTEL_EXPORTER_OTLP_TIMEOUT", 3)
_exporter = "opentelemetry.exporter.otlp.proto.http"
try:
    TRACED: bool = bool(OTEL_EXPORTER_OTLP_ENDPOINT and find_spec(_exporter))
except ModuleNotFoundError:  # nothing of OpenTelemetry at all
    TRACED = False
if TRACED:
    MIDDLEWARE.insert(0, "config.tracing.Requests")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": env.dj_db_url("DATABASE_URL", f"sqlite:///{BASE_DIR / 'var' / 'ringwell.sqlite3'}")
}
_database = DATABASES["default"]
if "sqlite3" in _database["ENGINE"]:
    # Writers queue up instead of failing, readers never wait (WAL).
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    # The in-memory test database locks whole tables under threads.
    _database["TEST"] = {"NAME": str(BASE_DIR / "var" / "test.sqlite3")}
    if _database["NAME"] != ":memory:":
        Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    (BASE_DIR / "var").mkdir(exist_ok=True)
else:
    _database["CONN_MAX_AGE"] = 600
    _database["CONN_HEALTH_CHECKS"] = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"
# In which staff may read Ringwell: a catalogue in locale/ for each but English.
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
# UTC inside, zones at the edge: a system check refuses anything else.
TIME_ZONE = "UTC"

UNFOLD = {
    "SITE_TITLE": "Ringwell",
    "SITE_HEADER": "Ringwell",
    "SITE_SUBHEADER": gettext_lazy("Reminder calls"),
    "SITE_SYMBOL": "phone_in_talk",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "desk.today.page.dashboard",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("desk/favicon.svg"),
        }
    ],
    "STYLES": [lambda request: static("desk/desk.css")],
    "SCRIPTS": [lambda request: static("desk/files.js")],
    "SIDEBAR": {"navigation": "desk.site.navigation"},
    "ACCOUNT": {"navigation": "desk.login.links.navigation"},
}

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
# Serves straight from the packages where nobody ran collectstatic.
WHITENOISE_USE_FINDERS = True

# How staff sign in: desk/login. Accounts are made by an administrator.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
REQUIRE_TWO_FACTOR: bool = env.bool("REQUIRE_TWO_FACTOR", not DEBUG)
SESSION_IDLE_MINUTES: int = env.int("SESSION_IDLE_MINUTES", 30)
SESSION_HOURS: int = env.int("SESSION_HOURS", 12)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
ACCOUNT_ADAPTER = "desk.login.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
# Five wrong passwords for a name close it for five minutes, whoever types.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT: int = env.int("TRUSTED_PROXY_COUNT", 0)
MFA_TOTP_ISSUER = "Ringwell"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
SOCIALACCOUNT_ADAPTER = "desk.login.adapters.HouseAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_STORE_TOKENS = False
OIDC_SERVER_URL: str = env.str("OIDC_SERVER_URL", "")
_house = {
    "provider_id": "house",
    "name": env.str("OIDC_NAME", "Single sign-on"),
    "client_id": env.str("OIDC_CLIENT_ID", ""),
    "secret": env.str("OIDC_CLIENT_SECRET", ""),
    "settings": {"server_url": OIDC_SERVER_URL},
}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [_house] if OIDC_SERVER_URL else []}}

# Wrong passwords are counted here, by all processes alike.
CACHE_URL: str = env.str("CACHE_URL", "")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "ringwell_cache"},
    # What a process may know by itself for some seconds.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

SESSION_COOKIE_HTTPONLY = True
_https = urlsplit(PUBLIC_URL).scheme == "https"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
LANGUAGE_COOKIE_SECURE = _https
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 86_400 * 365
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# Probes of the machine itself come without TLS, and Azure follows no redirect.
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^workz$", r"^metrics$", r"^callbacks/"]
# Of this host alone: the house's other names are not ours to bind, so W005 and W021 are off.
SECURE_HSTS_SECONDS: int = env.int("HSTS_SECONDS", 86_400 * 30) if _https else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",
    "security.W021",
    # Made without the names that api.schema gives; the tests look at the real document.
    "drf_spectacular.W001",
]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The largest body any endpoint takes is a callback of 1 MB; a little room for
# the answer 413 to be ours and not a dropped connection.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# What a page may load: its own files, and nothing inline. Unfold's Alpine needs
# to evaluate and to style, so the admin alone may; see config/csp.py.
_own: dict[str, list[str]] = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    # A QR code of the second factor is drawn into its page.
    "img-src": ["'self'", "data:"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}
if OIDC_SERVER_URL:
    _own["form-action"].append("{0.scheme}://{0.netloc}".format(urlsplit(OIDC_SERVER_URL)))
CONTENT_SECURITY_POLICY = {"DIRECTIVES": _own}
CSP_OF_THE_ADMIN = _own | {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "media-src": ["'self'", "blob:"],
    # The calendar's arrows, which come inside its script.
    "font-src": ["'self'", "data:"],
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["api.parsing.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "api.errors.handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Ringwell",
    "DESCRIPTION": "Push appointments, read what the patients answered.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
}

CELERY_BROKER_URL: str = env.str("CELERY_BROKER_URL", "memory://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A web request that wakes a worker must not hang on a dead broker.
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "calls"
# What waits for the speech service, and what takes in long files, has workers of its own.
CELERY_TASK_ROUTES = {
    "reminders.work_imports": {"queue": "bulk"},
    "calls.transcribe": {"queue": "speech"},
    "calls.try_phrases": {"queue": "speech"},
    # Other machines answer when they like: no import and no call waits for them.
    "calls.deliver_webhooks": {"queue": "webhooks"},
}
CELERY_TASK_TIME_LIMIT = 300
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    # Beat only says "look"; a late or doubled tick is harmless, so ticks that
    # nobody took in time are thrown away. Without retry beat would never
    # connect again to a broker that was restarted.
    "look": {"task": "calls.look", "schedule": 5.0, "options": {"expires": 5, "retry": True}},
    # At night in both Americas and Europe; UTC.
    "purge": {"task": "desk.purge", "schedule": crontab(hour=4, minute=20)},
    "watch": {"task": "calls.watch", "schedule": 5.0, "options": {"expires": 5, "retry": True}},
    "count": {"task": "calls.count", "schedule": 60.0, "options": {"expires": 60, "retry": True}},
    "phrases": {
        "task": "calls.wake_for_phrases",
        "schedule": 30.0,
        "options": {"expires": 30, "retry": True},
    },
    "wake": {
        "task": "calls.wake_for_transcripts",
        "schedule": 30.0,
        "options": {"expires": 30, "retry": True},
    },
    "erase": {
        "task": "calls.erase_recordings",
        "schedule": 3600.0,
        "options": {"expires": 3600, "retry": True},
    },
    "webhooks": {
        "task": "calls.deliver_webhooks",
        "schedule": 5.0,
        "options": {"expires": 5, "retry": True},
    },
    "imports": {
        "task": "reminders.work_imports",
        "schedule": 15.0,
        "options": {"expires": 15, "retry": True},
    },
}
if CELERY_BROKER_URL.startswith("memory"):
    CELERY_BROKER_URL = "memory://localhost/"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.1}

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.render_to_log_kwargs,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                without_secrets,
                structlog.dev.ConsoleRenderer(colors=False)
                if DEBUG
                else structlog.processors.JSONRenderer(),
            ],
            "foreign_pre_chain": [
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.stdlib.ExtraAdder(),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "calls": {"level": "INFO"},
        "reminders": {"level": "INFO"},
        # Celery reads its broker's address from the environment too, where
        # "memory://" has no host name; that is as it should be.
        "kombu.connection": {"level": "ERROR"},
        # Azure's SDK prints request URLs, and some hold a phone number.
        "azure": {"level": "WARNING"},
        # Django would log the callback's secret with the path of a 404.
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "ERROR"},
        # Anybody can ask for another host, and would fill the log with tracebacks.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
