"""All settings, in one file. What a machine may change is read from the environment through env.py.

PORTAL_ENV says which of three settings this is: ``development`` (the default: nothing to
install or configure), ``test``, or ``production`` (refuses to start while anything is unsafe).
Every variable is described in README.md and .env.example.
"""

from __future__ import annotations

import os
import sys
import tempfile
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from voucher_portal import env as environment
from voucher_portal import identity_platform

env = environment.Environment(os.environ)

BASE_DIR = Path(__file__).resolve().parent.parent
# pytest loads the settings before any conftest.py could say that these are tests.
PORTAL_ENV = env.one_of(
    "PORTAL_ENV",
    ("development", "test", "production"),
    "test" if "pytest" in sys.modules else "development",
)
PRODUCTION = PORTAL_ENV == "production"
TESTING = PORTAL_ENV == "test"

# Everything the portal writes on this machine. A test run has its own, gone when it ends.
VAR_DIR = BASE_DIR / "var"
if TESTING:
    _test_folder = tempfile.TemporaryDirectory(prefix="portal-test-", ignore_cleanup_errors=True)
    VAR_DIR = Path(_test_folder.name)

# --- Secrets -----------------------------------------------------------------------------

_kept: dict[str, str] = {}
if TESTING:
    _kept = {
        "SECRET_KEY": "only-for-tests-" * 4,
        "FIELD_KEYS": urlsafe_b64encode(b"only-for-tests--" * 2).decode(),
        "LOOKUP_KEY": "only-for-tests-" * 3,
        "SEAL_KEYS": "only-for-tests-" * 3,
    }
elif not PRODUCTION:
    _kept = environment.kept_secrets(VAR_DIR / "secrets.json")

SECRET_KEY = env.text("SECRET_KEY", _kept.get("SECRET_KEY", ""))
# Former ones that still verify, while sessions and links signed with them live (docs/operations.md).
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# Keys for personal data at rest: the first encrypts, all decrypt.
FIELD_KEYS = env.words("FIELD_KEYS", _kept.get("FIELD_KEYS", ""))
# Key of the digests by which encrypted values are looked up, and former ones under which some may still stand.
LOOKUP_KEY = env.text("LOOKUP_KEY", _kept.get("LOOKUP_KEY", ""))
LOOKUP_KEY_FALLBACKS = env.words("LOOKUP_KEY_FALLBACKS")

# Keys that sign the seals over the audit trail: the first signs, all verify. The database must not hold them.
SEAL_KEYS = env.words("SEAL_KEYS", _kept.get("SEAL_KEYS", ""))

# --- Addresses ---------------------------------------------------------------------------

DEBUG = env.flag("DEBUG", default=PORTAL_ENV == "development")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,[::1]")
# Where users reach the portal, for links in messages; without a slash at the end.
PORTAL_URL = env.text("PORTAL_URL", "" if PRODUCTION else "http://127.0.0.1:8000").rstrip("/")
REDIS_URL = environment.redis(env.text("REDIS_URL"))
# Addresses or networks of the proxies whose X-Forwarded-For is believed (wsgi.py). Without
# one, the audit records the address of whatever connected.
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
# Who is told by /readyz what is wrong.
INTERNAL_NETWORKS = environment.networks(env.words("INTERNAL_NETWORKS", "127.0.0.0/8,::1/128"))
# Who may read /metrics: whoever has the token, and these networks; with neither, nobody.
METRICS_TOKEN = env.text("METRICS_TOKEN")
METRICS_NETWORKS = environment.networks(env.words("METRICS_NETWORKS"), "METRICS_NETWORKS")

if PRODUCTION:
    _faults = environment.production_faults(
        env=env,
        debug=DEBUG,
        hosts=ALLOWED_HOSTS,
        secret_key=SECRET_KEY,
        field_keys=FIELD_KEYS,
        lookup_key=LOOKUP_KEY,
        proxies=TRUSTED_PROXIES,
        seal_keys=SEAL_KEYS,
        more=identity_platform.faults(env),
    )
    if _faults:
        raise ImproperlyConfigured("Not fit for production:\n- " + "\n- ".join(_faults))

ROOT_URLCONF = "voucher_portal.urls"
WSGI_APPLICATION = "voucher_portal.wsgi.application"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"

# --- Applications ------------------------------------------------------------------------

INSTALLED_APPS = [
    "voucher_portal.desk.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "voucher_portal",
    "foundation.accounts",
    "foundation.audit",
    "foundation.jobs",
    "foundation.regions",
    "foundation.workdays",
    "foundation.rosters",
    "foundation.documents",
    "foundation.assignments",
    "foundation.notices",
    "foundation.api",
    "enterprises",
    "providers",
    "vouchers",
    "orders",
    "redemption",
    "dashboards",
    "rehearsal",
]

MIDDLEWARE = [
    "voucher_portal.logs.RequestLog",
    "voucher_portal.health.Health",
    "voucher_portal.metrics.answering.Metrics",
    "voucher_portal.metrics.counts.RequestCounts",
    "django.middleware.security.SecurityMiddleware",
    # Before static files: every answer has a policy.
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "voucher_portal.caching.PrivatePages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "foundation.requests.ActMiddleware",
    "foundation.accounts.gate.SessionGate",
]

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
                "voucher_portal.navigation.navigation",
            ],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["foundation.accounts.roles.RoleBackend"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Filled by the owners of the apps: dotted paths that a lower floor calls without importing.
DOCUMENT_REACH = [
    "foundation.notices.queries.documents_in_reach",
    "foundation.rosters.queries.documents_in_reach",
    "enterprises.queries.documents_in_reach",
    "providers.queries.documents_in_reach",
    "orders.queries.documents_in_reach",
    "redemption.queries.documents_in_reach",
]
PARTIES = ["enterprises.queries.parties", "providers.queries.parties"]
PARTY_PERSONS = [
    "enterprises.queries.identity_keys_of_code",
    "providers.queries.identity_keys_of_code",
]
WORKDAY_DEPENDANTS = [
    "vouchers.queries.dates_depending_on_workdays",
    "orders.queries.dates_depending_on_workdays",
    "redemption.queries.dates_depending_on_workdays",
]
# What waits on an account, for its home page (foundation/todos.py).
TODO_QUERIES: list[str] = [
    "enterprises.todos.registration_todos",
    "vouchers.todos.voucher_todos",
    "providers.todos.todos",
    "orders.provider_todos.todos",
    "redemption.todos.todos",
    "orders.enterprise_todos.todos",
]
# What waits at the staff desk, for its home (foundation/queues.py), in the order of the work.
DESK_QUEUES: list[str] = [
    "enterprises.desk_queues.queues",
    "providers.desk_queues.queues",
    "orders.desk_queues.queues",
    "redemption.desk_queues.queues",
    "foundation.rosters.desk_queues.queues",
]
# How a provider stands with its orders, shown on its home page.
PROVIDER_FIGURES_QUERY = "orders.provider_figures.provider_figures"
# The vouchers of an enterprise for its home page, known only on a higher floor.
WALLET_QUERY = "vouchers.wallet.wallet_of"
# Which of the scheme's categories a service type of a directory file belongs to.
SERVICE_CATEGORY_QUERY = "providers.service_catalogue.category_of"

# Append-only tables under the chain of seals, and where the seals testify outside the database.
SEALED_TABLES = [
    "audit.AuditEntry",
    "vouchers.LedgerEntry",
    "vouchers.Allocation",
    "documents.KeptFile",
]

# What an account opened here, not by the identity platform, is trusted with (E1).
SIGN_UP_ASSURANCE_LEVEL = env.number("SIGN_UP_ASSURANCE_LEVEL", 0 if PRODUCTION else 1)

# The province's unified identity platform (docs/adr/0035); nothing of it while SSO_ISSUER is not set.
_platform = identity_platform.single_sign_on(environment.Environment({}) if TESTING else env)
SSO_ISSUER: str = _platform["SSO_ISSUER"]
globals().update(_platform)

# --- Database, cache, sessions -----------------------------------------------------------

DATABASES = {"default": environment.database(env.text("DATABASE_URL"), folder=VAR_DIR)}
if TESTING and DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: tests of concurrent writers need more than one connection.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"

# Where pg_dump and pg_restore are, when not on the path.
PG_PROGRAMS = env.text("PG_PROGRAMS")
# One file for each database, so that the witness of one says nothing about another. Tests say when they want one.
SEAL_WITNESS = (
    ""
    if TESTING
    else env.text(
        "SEAL_WITNESS", str(VAR_DIR / "seals" / environment.witness_name(DATABASES["default"]))
    )
)

CACHES: dict[str, dict[str, Any]]
if REDIS_URL:
    # Redis may go away: counters go on in each process, and sessions are read from the database (docs/adr/0038).
    _redis_cache = {
        "BACKEND": "voucher_portal.outages.OutageCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portal",
    }
    CACHES = {
        "default": {**_redis_cache, "OPTIONS": {"stand_in": "memory"}},
        "sessions": {**_redis_cache, "OPTIONS": {"stand_in": "nothing", "keep_seconds": 1_800}},
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    SESSION_CACHE_ALIAS = "sessions"
else:
    # Each process has its own: good for what may be lost, so sessions stay in the database.
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    SESSION_ENGINE = "django.contrib.sessions.backends.db"

# Pictures of personal papers: in the memory of the process that drew them, never in Redis or on a disk.
CACHES["thumbnails"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "thumbnails",
    "OPTIONS": {"MAX_ENTRIES": 300},
}
# Whole pages to read are some 300 kB each.
CACHES["pages"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "pages",
    "OPTIONS": {"MAX_ENTRIES": 80},
}

# --- Jobs --------------------------------------------------------------------------------

# Without Redis nothing listens: `manage.py run_due_jobs --every 60` does the same work.
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_IMPORTS = ["voucher_portal.jobs"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# However long the queue is away, the worker tries again.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 4.0
# Beat must not wait for a queue that is away: the next minute's run does the work.
CELERY_TASK_PUBLISH_RETRY = False
# The schedule is in memory: a file of it that was torn off by a power cut would stop every later start.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "run-due-jobs": {
        "task": "voucher_portal.jobs.run_due",
        "schedule": 60.0,
        # A run nobody took within its minute is worth nothing: the next one does its work.
        "options": {"expires": 55},
    },
    "run-long-jobs": {
        "task": "voucher_portal.jobs.run_long",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
}

# --- Metrics -----------------------------------------------------------------------------

# Where the web processes of one node keep their counts together; emptied when the node starts (docs/operations.md).
METRICS_FOLDER = (
    "" if TESTING else env.text("METRICS_FOLDER", str(VAR_DIR / "metrics") if PRODUCTION else "")
)
if METRICS_FOLDER:
    Path(METRICS_FOLDER).mkdir(parents=True, exist_ok=True)
    # prometheus_client asks for it when it is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_FOLDER

# --- Files -------------------------------------------------------------------------------

# Uploaded material is never under a web address; one view that authorises serves it.
FILE_ROOT = VAR_DIR / "files" if TESTING else Path(env.text("FILE_ROOT", str(VAR_DIR / "files")))

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "voucher_portal.packaged_static.PackageFinder",
]
STORAGES = {
    "default": environment.file_storage(
        environment.Environment({}) if TESTING else env, folder=FILE_ROOT
    ),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
        # Whoever collects them is not who serves them: the image's builder is root. Uploads stay private, below.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
# Nobody else's page has any business with our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION

# Where clamd listens, "" for no virus scanner (F4).
CLAMD_URL = "" if TESTING else environment.clamd(env.text("CLAMD_URL"))

# One material is at most 5 MiB (checked where it is taken in). The form beside the files
# stays at 2.5 MiB; files above 1 MiB go to disk while they arrive, not to memory.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
# Without scripts a form brings each page of each paper as a file of its own.
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
FILE_UPLOAD_PERMISSIONS = 0o640

# --- Mail --------------------------------------------------------------------------------

globals().update(environment.mail(env.text("EMAIL_URL"), folder=VAR_DIR / "mail"))
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "portal@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Language and time -------------------------------------------------------------------

# The portal speaks one language: no LocaleMiddleware, whatever the browser asks for.
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
# Sentences of Django's forms in our own words.
LOCALE_PATHS = [BASE_DIR / "voucher_portal/locale"]
USE_TZ = True

# --- Security ----------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "foundation.accounts.password_words.ContextWordsValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Staff sign in with a second factor (docs/adr/0030); demo accounts of a development machine need none.
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", default=PRODUCTION)
# A sensitive act asks for a proof that is no older than this, minutes; 0: never. Tests say when they mean it.
PROOF_MINUTES = 0 if TESTING else env.number("PROOF_MINUTES", 15)
# Without a page asked for, and in all: minutes until a session ends; 0: no limit but the cookie's.
SESSION_HOURS = env.number("SESSION_HOURS", 12, at_least=1)
SESSION_LIMITS_MINUTES = {
    "staff": (env.number("STAFF_IDLE_MINUTES", 30 if PRODUCTION else 0), SESSION_HOURS * 60),
    "party": (env.number("PARTY_IDLE_MINUTES", 120 if PRODUCTION else 0), SESSION_HOURS * 60),
}
# A browser takes a cookie of such a name over TLS only, from this host only, for all of it: no other host of the
# domain can plant one.
COOKIE_PREFIX = "__Host-" if PRODUCTION else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
MESSAGE_STORAGE = "voucher_portal.message_storage.PrefixedStorage"
SESSION_COOKIE_AGE = SESSION_HOURS * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = PRODUCTION

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    # The proxy sets this header itself and drops what a client sent (deploy/nginx.conf).
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    # Names below the portal's own; the city's other hosts are beside it, not below.
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_SUBDOMAINS", default=True)
    CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
    # Preloading is for whole domains, and not ours to ask for.
    SILENCED_SYSTEM_CHECKS = ["security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "frame-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

if _platform.get("SSO_LOGOUT_URL"):
    # Signing out is a form, and goes on to sign out at the platform.
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(
        identity_platform.origin_of(_platform["SSO_LOGOUT_URL"])
    )

# --- Keeping and forgetting (docs/adr/0036) -------------------------------------------------

# Numbers, handlers and contacts: whole years after the end of the last year they were used in.
KEEP_PERSONAL_DATA_YEARS = env.number("KEEP_PERSONAL_DATA_YEARS", 10, at_least=5)
# Who filed an objection: years after the answer.
KEEP_OBJECTORS_YEARS = env.number("KEEP_OBJECTORS_YEARS", 3, at_least=1)
# Messages in the inbox.
KEEP_MESSAGES_MONTHS = env.number("KEEP_MESSAGES_MONTHS", 24, at_least=6)

# --- API ---------------------------------------------------------------------------------

# What every view of the API shares is in foundation/api/views.py; this is for the description only.
SPECTACULAR_SETTINGS = {
    "TITLE": "中小微企业服务券平台接口",
    "VERSION": "1",
    "DESCRIPTION": (
        "与网页办理相同的业务，供企业、服务机构和主管部门的系统调用。\n\n"
        "- **身份**：`Authorization: Bearer 令牌`；令牌在“账号安全 → 接口令牌”建立，权限等于建立它的账号。"
        "须验证身份的操作（审定、登记拨付、查看完整个人信息）不能用令牌办理。\n"
        "- **写操作**：须带 `Idempotency-Key`，每次办理一个；没有收到答复的，用同一个重试，只办理一次。\n"
        "- **修改**：须带 `If-Match`，值为读取时的 `ETag`，以免覆盖他人的修改。\n"
        '- **金额**：人民币元，字符串，例如 `"12000.00"`；不接受 JSON 数字。时间为 ISO 8601，带时区。\n'
        "- **列表**：答复中的 `next` 作为下一页的 `cursor`；每页最多 100 条。\n"
        "- **错误**：`application/problem+json`，含规则编号和逐项原因；类别见 `GET /api/v1/problems/`。"
    ),
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": False,
    "COMPONENT_SPLIT_PATCH": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "DISABLE_ERRORS_AND_WARNINGS": False,
    "POSTPROCESSING_HOOKS": [
        "foundation.api.schema.finish",
        "voucher_portal.api_examples.show_examples",
    ],
    "SWAGGER_UI_FAVICON_HREF": "",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "docExpansion": "none",
        "defaultModelsExpandDepth": 0,
        # No address outside the portal is asked, and no token stays in the browser.
        "validatorUrl": None,
        "persistAuthorization": False,
    },
}

# --- Logging -----------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "voucher_portal.logs.LineFormatter"},
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line" if PRODUCTION else "plain",
        },
    },
    "root": {
        "handlers": ["stderr"],
        "level": env.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    },
    # Django's own handlers would write each line a second time, and mail tracebacks.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # One line for each request: for production's collector, too many for a terminal.
        "voucher_portal.access": {"level": "INFO" if PRODUCTION else "WARNING"},
        # Scanners send any host name; answering 400 is enough.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
