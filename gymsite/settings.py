"""Settings of gymsite; what differs between places comes from the environment.

docs/settings.md lists it all.
"""

import os
from importlib.util import find_spec
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from gymsite import secret_key
from gymsite.postgres import database

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = database.home()


def flag(name: str, default: bool) -> bool:
    return os.environ.get(name, "1" if default else "0").strip().lower() in {
        "1",
        "true",
        "yes",
        "on",
    }


def listed(name: str, default: str) -> list[str]:
    return [
        part.strip()
        for part in os.environ.get(name, default).split(",")
        if part.strip()
    ]


DEBUG = flag("GYMSITE_DEBUG", False)
# Marks a database that must never be reset or experimented on by our own tools.
PRODUCTION = flag("GYMSITE_PRODUCTION", False)
SECRET_KEY = os.environ.get("GYMSITE_SECRET_KEY") or secret_key.kept(
    HOME / "secret_key", create=not PRODUCTION
)
ALLOWED_HOSTS = listed("GYMSITE_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = listed("GYMSITE_TRUSTED_ORIGINS", "")
# What `manage.py demo` sets in all that it starts.
IN_DEMO = bool(os.environ.get("GYMSITE_RUN"))
# One request in this many is measured and kept (gymsite.web.sampling); 0 is none.
REQUEST_SAMPLE = int(
    os.environ.get(
        "GYMSITE_REQUEST_SAMPLE", "100" if PRODUCTION else "1" if IN_DEMO else "0"
    )
)
# A card that pays without moving money: for the demo, development and tests.
TEST_CARDS = flag("GYMSITE_TEST_CARDS", not PRODUCTION)
# What the card's provider signs its webhooks with (payments.gateways.signed_events):
# any of them opens one.
WEBHOOK_SECRETS = listed("GYMSITE_WEBHOOK_SECRETS", "")
# offers a card that is declined: for visitors of the demo, and for tests
DECLINED_CARD = IN_DEMO
SITE_URL = os.environ.get(
    "GYMSITE_SITE_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
).rstrip("/")

INSTALLED_APPS = [
    "gymsite.core",
    "gymsite.notifications",
    "gymsite.accounts",
    "gymsite.payments",
    "memberships",
    "bookings",
    "catalog",
    "gymsite.partners",
    "gymsite.ops",
    "gymsite.dashboard.config.StaffConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.postgres",
    "django_htmx",
    "ninja",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "pgtrigger",
]

MIDDLEWARE = [
    "gymsite.web.sampling.SampleMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "gymsite.partners.middleware.RateLimitMiddleware",
    "gymsite.web.middleware.ApiAsideMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "gymsite.web.middleware.PrivatePagesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "gymsite.web.middleware.ComposedTextMiddleware",
    "gymsite.web.middleware.RefusalMiddleware",
]

if DEBUG and find_spec("debug_toolbar"):
    INSTALLED_APPS.append("debug_toolbar")
    MIDDLEWARE.insert(0, "debug_toolbar.middleware.DebugToolbarMiddleware")
    INTERNAL_IPS = ["127.0.0.1", "::1"]

ROOT_URLCONF = "gymsite.urls"
WSGI_APPLICATION = "gymsite.wsgi.application"
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
                "csp.context_processors.nonce",
                "gymsite.web.context.site",
            ],
            "libraries": {
                "navigation": "gymsite.navigation",
                "staff": "gymsite.backoffice.tags",
                "ui": "gymsite.web.tags",
            },
        },
    }
]

# our own templates draw form fields: templates/django/forms
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# What the workers must agree on (limits of the log-in library) is in the database;
# migration 0011 makes the table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}
DATABASES = {"default": database.settings()}
# How long a request waits for a row that somebody holds, and for any one answer, in
# milliseconds (gymsite.wsgi). A request meets a lock at most twice (core.rivals), so
# all of it ends before gunicorn's 30 s. Jobs and commands wait without these limits.
REQUEST_WAITS = {
    "lock_timeout": int(os.environ.get("GYMSITE_LOCK_TIMEOUT", "5000")),
    "statement_timeout": int(os.environ.get("GYMSITE_STATEMENT_TIMEOUT", "12000")),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    # first, because its answer on permissions is final
    "gymsite.backoffice.roles.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "gymsite.accounts.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_REDIRECT_URL = "/"
# by audience; everybody else begins at LOGIN_REDIRECT_URL
LOGIN_STARTS = {"staff": "admin:index", "trainer": "teaching"}
LOGIN_URL = "account_login"

ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# A person who joins shows a mailed code, on the pages and over the API; then nobody
# learns whether an address has an account. Without a mail server nobody could show one.
CONFIRM_ADDRESSES = flag(
    "GYMSITE_CONFIRM_ADDRESSES", bool(os.environ.get("GYMSITE_SMTP_HOST"))
)
ACCOUNT_ADAPTER = "gymsite.accounts.allauth.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "gymsite.accounts.allauth.LoginForm",
    "signup": "gymsite.accounts.allauth.SignupForm",
}
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# by account and origin together, on pages and over the API:
# gymsite.core.operations.log_in_limits
ACCOUNT_RATE_LIMITS = {"login": False, "login_failed": False}
MFA_ADAPTER = "gymsite.accounts.allauth.MfaAdapter"
MFA_FORMS = {
    "authenticate": "gymsite.accounts.allauth.CodeForm",
    "reauthenticate": "gymsite.accounts.allauth.CodeAgainForm",
    "authenticate_webauthn": "gymsite.accounts.passkeys.PasskeyForm",
    "add_webauthn": "gymsite.accounts.passkeys.AddForm",
    "login_webauthn": "gymsite.accounts.passkeys.LoginForm",
    "reauthenticate_webauthn": "gymsite.accounts.passkeys.ReauthenticateForm",
}
MFA_TOTP_TOLERANCE = 1
CODE_KEYS = listed("GYMSITE_CODE_KEYS", SECRET_KEY)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or SITE_URL.startswith("http://")

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False  # one language; looking it up takes a tenth of the time to draw a page
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "gymsite.web.staticfiles.BundleFinder",
]
STATIC_ROOT = Path(os.environ.get("GYMSITE_STATIC_ROOT", HOME / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_MAX_AGE = 3600
# nothing asks for files without a hash, and compressing them takes as long again
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# A mail server sends mail; without one the site prints it.
EMAIL_HOST = os.environ.get("GYMSITE_SMTP_HOST", "")
EMAIL_BACKEND = os.environ.get(
    "GYMSITE_EMAIL_BACKEND",
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend",
)
SMTP_TLS = os.environ.get("GYMSITE_SMTP_TLS", "starttls").strip().lower()
if SMTP_TLS not in ("starttls", "tls", "none"):
    raise ImproperlyConfigured("GYMSITE_SMTP_TLS is starttls, tls or none.")
EMAIL_USE_TLS, EMAIL_USE_SSL = SMTP_TLS == "starttls", SMTP_TLS == "tls"
EMAIL_PORT = int(
    os.environ.get(
        "GYMSITE_SMTP_PORT", {"starttls": "587", "tls": "465", "none": "25"}[SMTP_TLS]
    )
)
EMAIL_HOST_USER = os.environ.get("GYMSITE_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("GYMSITE_SMTP_PASSWORD", "")
# seconds; without it a silent server would hold the jobs up for ever
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = os.environ.get("GYMSITE_FROM_EMAIL", "gym@localhost")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "gymsite.accounts.page_sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # forms carry the token; no script reads it from the cookie
# Browsers take a cookie of such a name over HTTPS only, and from this host alone: no
# neighbour's page can plant one.
COOKIE_PREFIX = "__Host-" if PRODUCTION else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# Who a client is, for every rate limit: its address as the outermost trusted proxy
# wrote it
NINJA_NUM_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = int(
    os.environ.get("GYMSITE_PROXIES", "0")
)
# The largest body of a request in bytes, refused before it is read; nginx in
# docs/deploy.md agrees. Only staff upload.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
LARGEST_UPLOAD = 20 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "gymsite.web.uploads.StaffOnly",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {
        "handlers": ["console"],
        "level": os.environ.get("GYMSITE_LOG_LEVEL", "WARNING"),
    },
}
