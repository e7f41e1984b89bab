"""Settings, all from the environment (or ``.env``, which the environment beats).

Each name is explained in docs/reference/settings.md; a test compares the two.
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from django.templatetags.static import static
from environs import Env

from config.logs import without_secrets

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False, override=False)

DEBUG: bool = env.bool("DEBUG", False)
SECRET_KEY: str = env.str("SECRET_KEY", "development-only-never-in-production" if DEBUG else "")
PUBLIC_URL: str = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])

# Keys the hashes of phone numbers that opt-outs are kept under. Never derived
# from SECRET_KEY: that one may be rotated, this one may not be lost.
PHONE_HASH_KEY: str = env.str("PHONE_HASH_KEY", "")
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
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "reminders",
    "calls",
    "api",
    "desk",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

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
LANGUAGES = [("en", "English"), ("es", "Español")]
USE_I18N = True
USE_TZ = True
# UTC inside, zones at the edge: a system check refuses anything else.
TIME_ZONE = "UTC"

UNFOLD = {
    "SITE_TITLE": "Ringwell",
    "SITE_HEADER": "Ringwell",
    "SITE_SUBHEADER": "Reminder calls",
    "SITE_SYMBOL": "phone_in_talk",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "desk.today.dashboard",
    "STYLES": [lambda request: static("desk/desk.css")],
    "SIDEBAR": {"navigation": "desk.site.navigation"},
}

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
# Serves straight from the packages where nobody ran collectstatic.
WHITENOISE_USE_FINDERS = True

LOGIN_URL = "admin:login"
SESSION_COOKIE_HTTPONLY = True
_https = urlsplit(PUBLIC_URL).scheme == "https"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The largest body any endpoint takes is a callback of 1 MB; a little room for
# the answer 413 to be ours and not a dropped connection.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

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
CELERY_TASK_TIME_LIMIT = 300
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    # Beat only says "look"; a late or doubled tick is harmless, so ticks that
    # nobody took in time are thrown away. Without retry beat would never
    # connect again to a broker that was restarted.
    "look": {"task": "calls.look", "schedule": 5.0, "options": {"expires": 5, "retry": True}},
    "watch": {"task": "calls.watch", "schedule": 5.0, "options": {"expires": 5, "retry": True}},
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
