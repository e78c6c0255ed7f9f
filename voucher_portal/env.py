"""Reading the environment: each value is named, typed, and refused with a sentence that says why."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
DEFAULT_MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
SECRET_LENGTH_MIN = 50
LOOKUP_KEY_LENGTH_MIN = 32
TOKEN_LENGTH_MIN = 32
# What production takes at most: name, default, most.
SESSION_LIMITS = (
    ("STAFF_IDLE_MINUTES", 30, 60),
    ("PARTY_IDLE_MINUTES", 120, 480),
    ("PROOF_MINUTES", 15, 60),
    ("SESSION_HOURS", 12, 24),
)


class Environment:
    """Typed reads of one mapping of strings. An empty value counts as not set."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def flag(self, name: str, default: bool = False) -> bool:
        word = self.text(name).lower()
        if not word:
            return default
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
        raise ImproperlyConfigured(f"{name}={word!r} is not a yes or no: write 1 or 0.")

    def number(self, name: str, default: int, *, at_least: int = 0) -> int:
        word = self.text(name)
        if not word:
            return default
        try:
            value = int(word)
        except ValueError:
            raise ImproperlyConfigured(f"{name}={word!r} is not a whole number.") from None
        if value < at_least:
            raise ImproperlyConfigured(f"{name}={value} is too small: at least {at_least}.")
        return value

    def words(self, name: str, default: str = "") -> list[str]:
        """A comma-separated list, without blanks."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        word = self.text(name, default)
        if word not in allowed:
            raise ImproperlyConfigured(f"{name}={word!r} must be one of: {', '.join(allowed)}.")
        return word


def database(url: str, *, folder: Path) -> dict[str, Any]:
    """Django's settings for one DATABASE_URL; without one, SQLite in ``folder``.

    ``postgres://user:password@host:5432/name?sslmode=require`` or ``sqlite:////full/path.sqlite3``.
    A PostgreSQL socket folder is given as ``?host=/folder``.
    """
    if not url:
        return _sqlite(folder / "portal.sqlite3")
    parts = _split("DATABASE_URL", url)
    if parts.scheme == "sqlite":
        path = Path(unquote(parts.path)[1:]) if parts.path.strip("/") else folder / "portal.sqlite3"
        return _sqlite(path)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(
            f"DATABASE_URL starts with {parts.scheme}://: use postgres:// or sqlite://."
        )
    options = dict(parse_qsl(parts.query))
    name = unquote(parts.path.strip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL names no database: postgres://…/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            # A write transaction takes its lock at BEGIN, so reading a balance and then
            # writing it cannot fail halfway with "database is locked".
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            ),
        },
    }


def networks(words: list[str], name: str = "INTERNAL_NETWORKS") -> list[IPv4Network | IPv6Network]:
    """Addresses and networks, ``10.0.0.5`` or ``10.0.0.0/8``; ``name``: the variable, for the sentence."""
    try:
        return [ip_network(word) for word in words]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from None


def witness_name(database: dict[str, Any]) -> str:
    """A file name that belongs to one database."""
    parts = [str(database.get(part, "")) for part in ("ENGINE", "HOST", "PORT", "NAME")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16] + ".log"


def redis(url: str) -> str:
    """The Redis address for cache and job queue, or "" when there is none."""
    if url and _split("REDIS_URL", url).scheme not in ("redis", "rediss"):
        raise ImproperlyConfigured("REDIS_URL must start with redis:// or rediss://.")
    return url


def mail(url: str, *, folder: Path) -> dict[str, Any]:
    """Django's EMAIL_* settings for one EMAIL_URL; without one, each message is a file in ``folder``.

    ``smtp+tls://user:password@host:587`` (STARTTLS), ``smtps://…:465`` or ``smtp://…:25``.
    """
    if not url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(folder),
        }
    parts = _split("EMAIL_URL", url)
    if parts.scheme not in DEFAULT_MAIL_PORTS or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must be smtp://, smtp+tls:// or smtps:// and a host.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or DEFAULT_MAIL_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }


def clamd(url: str) -> str:
    """The virus scanner's address, ``tcp://host:3310`` or ``unix:///run/clamav/clamd.ctl``, or ""."""
    if not url:
        return ""
    parts = _split("CLAMD_URL", url)
    is_tcp = parts.scheme == "tcp" and parts.hostname and parts.port
    is_unix = parts.scheme == "unix" and not parts.netloc and parts.path.strip("/")
    if not (is_tcp or is_unix):
        raise ImproperlyConfigured("CLAMD_URL must be tcp://host:port or unix:///path.")
    return url


def file_storage(env: Environment, *, folder: Path) -> dict[str, Any]:
    """STORAGES["default"]: a private S3 bucket when S3_BUCKET is set, else ``folder``."""
    bucket = env.text("S3_BUCKET")
    if not bucket:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": str(folder),
                "base_url": None,
                "file_permissions_mode": 0o640,
                "directory_permissions_mode": 0o750,
            },
        }
    from botocore.config import Config

    missing = [name for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY") if not env.text(name)]
    if missing:
        raise ImproperlyConfigured(f"S3_BUCKET is set, but {' and '.join(missing)} is not.")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env.text("S3_ENDPOINT") or None,
            "region_name": env.text("S3_REGION") or None,
            "access_key": env.text("S3_ACCESS_KEY"),
            "secret_key": env.text("S3_SECRET_KEY"),
            # A store that does not answer must cost an upload a refusal, not a web thread its minutes.
            "client_config": Config(
                s3={
                    "addressing_style": env.one_of(
                        "S3_ADDRESSING", ("path", "virtual", "auto"), "path"
                    )
                },
                signature_version="s3v4",
                connect_timeout=5,
                read_timeout=20,
                retries={"total_max_attempts": 2, "mode": "standard"},
            ),
            # Material is private: no public addresses, no overwriting.
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": False,
        },
    }


def kept_secrets(path: Path) -> dict[str, str]:
    """Random secrets for development, made once and kept in ``path``, which only its owner may read.

    A secret that came with a later version is added to those that are kept.
    """
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    makers: dict[str, Callable[[], str]] = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(64),
        "FIELD_KEYS": lambda: urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "LOOKUP_KEY": lambda: secrets.token_urlsafe(48),
        "SEAL_KEYS": lambda: secrets.token_urlsafe(48),
    }
    if kept.keys() >= makers.keys():
        return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and moved into place, so that two processes starting together never see half a file; the first
    # file is linked, so that they do not keep different secrets either.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    draft.write_text(
        json.dumps({**{n: make() for n, make in makers.items()}, **kept}, indent=2) + "\n"
    )
    try:
        if kept:
            os.replace(draft, path)
        else:
            path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    kept = json.loads(path.read_text())
    return kept


def production_faults(
    *,
    env: Environment,
    debug: bool,
    hosts: list[str],
    secret_key: str,
    field_keys: list[str],
    lookup_key: str,
    proxies: list[str],
    seal_keys: list[str],
    more: Sequence[tuple[bool, str]] = (),
) -> list[str]:
    """Everything that keeps these settings from production, one sentence each; empty when fit.

    ``more``: what else is looked at, as (fit, sentence).
    """
    portal = _split("PORTAL_URL", env.text("PORTAL_URL"))
    checks: list[tuple[bool, str]] = [
        (
            len(secret_key) >= SECRET_LENGTH_MIN,
            f"SECRET_KEY is missing or shorter than {SECRET_LENGTH_MIN} characters.",
        ),
        (
            bool(field_keys) and all(map(is_field_key, field_keys)),
            "FIELD_KEYS is missing or holds a key that is not a Fernet key (32 bytes, base64).",
        ),
        (
            len(lookup_key) >= LOOKUP_KEY_LENGTH_MIN,
            f"LOOKUP_KEY is missing or shorter than {LOOKUP_KEY_LENGTH_MIN} characters.",
        ),
        (
            bool(seal_keys) and all(len(key) >= LOOKUP_KEY_LENGTH_MIN for key in seal_keys),
            f"SEAL_KEYS is missing or holds a key shorter than {LOOKUP_KEY_LENGTH_MIN} characters.",
        ),
        (not debug, "DEBUG is on."),
        (bool(hosts), "ALLOWED_HOSTS is empty."),
        (not any("*" in host for host in hosts), "ALLOWED_HOSTS lets every host in (*)."),
        (
            env.text("DATABASE_URL").startswith(("postgres://", "postgresql://")),
            "DATABASE_URL does not name a PostgreSQL database (postgres://…).",
        ),
        (bool(env.text("REDIS_URL")), "REDIS_URL is missing."),
        (
            portal.scheme == "https" and bool(portal.hostname),
            "PORTAL_URL is missing or not https://….",
        ),
        ("*" not in proxies, "TRUSTED_PROXIES believes everybody (*)."),
        (
            len(env.text("METRICS_TOKEN", "-" * TOKEN_LENGTH_MIN)) >= TOKEN_LENGTH_MIN,
            f"METRICS_TOKEN is shorter than {TOKEN_LENGTH_MIN} characters.",
        ),
        (env.flag("STAFF_SECOND_FACTOR", default=True), "STAFF_SECOND_FACTOR is off."),
        *(
            (
                1 <= env.number(name, default) <= most,
                f"{name} is not between 1 and {most}.",
            )
            for name, default, most in SESSION_LIMITS
        ),
    ]
    checks += more
    return [fault for fit, fault in checks if not fit]


def is_field_key(key: str) -> bool:
    """Whether ``key`` is a Fernet key: 32 bytes in URL-safe base64."""
    try:
        return len(urlsafe_b64decode(key)) == 32
    except (BadBase64, ValueError):
        return False


def _split(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        # Nothing of the value is repeated: what looks like a port may be half a password.
        raise ImproperlyConfigured(
            f"{name} is not an address. In a user name or password, write / as %2F, : as %3A "
            "and @ as %40."
        ) from None
    return parts
