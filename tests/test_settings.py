"""The environment is read strictly, and production does not start with an unsafe setting."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from voucher_portal import env as environment
from voucher_portal.env import Environment
from voucher_portal.logs import LineFormatter

ROOT = Path(__file__).resolve().parent.parent

FIT = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "k" * 50,
    "FIELD_KEYS": ",".join(urlsafe_b64encode(letter * 32).decode() for letter in (b"a", b"b")),
    "LOOKUP_KEY": "l" * 32,
    "SEAL_KEYS": "s" * 32,
    "ALLOWED_HOSTS": "fwq.example.cn",
    "DATABASE_URL": "postgres://portal:secret@db:5432/portal",
    "REDIS_URL": "redis://redis:6379/0",
    "PORTAL_URL": "https://fwq.example.cn",
    "TRUSTED_PROXIES": "172.30.0.10",
}

SHOWN = (
    "SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS DEBUG "
    "SESSION_ENGINE CELERY_TASK_ALWAYS_EAGER CSRF_TRUSTED_ORIGINS"
)


def load_settings(values: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process of its own that has only ``values`` for environment."""
    show = (
        "import json; from voucher_portal import settings; "
        f"print(json.dumps({{name: getattr(settings, name) for name in {SHOWN.split()!r}}}))"
    )
    return subprocess.run(
        [sys.executable, "-c", show],
        env={"PATH": os.environ["PATH"], **values},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_production_starts_with_everything_set() -> None:
    done = load_settings(FIT)

    assert done.returncode == 0, done.stderr
    settings = json.loads(done.stdout)
    assert settings == {
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "DEBUG": False,
        "SESSION_ENGINE": "django.contrib.sessions.backends.cached_db",
        "CELERY_TASK_ALWAYS_EAGER": False,
        "CSRF_TRUSTED_ORIGINS": ["https://fwq.example.cn"],
    }


def test_production_names_everything_missing_at_once() -> None:
    done = load_settings({"PORTAL_ENV": "production", "DEBUG": "1"})

    assert done.returncode != 0
    for name in (
        "SECRET_KEY",
        "FIELD_KEYS",
        "LOOKUP_KEY",
        "DEBUG",
        "ALLOWED_HOSTS",
        "DATABASE_URL",
        "REDIS_URL",
        "PORTAL_URL",
    ):
        assert f"- {name}" in done.stderr


def faults(**changed: str) -> list[str]:
    env = Environment({**FIT, **changed})
    return environment.production_faults(
        env=env,
        debug=env.flag("DEBUG"),
        hosts=env.words("ALLOWED_HOSTS"),
        secret_key=env.text("SECRET_KEY"),
        field_keys=env.words("FIELD_KEYS"),
        lookup_key=env.text("LOOKUP_KEY"),
        proxies=env.words("TRUSTED_PROXIES"),
        seal_keys=env.words("SEAL_KEYS"),
    )


def test_a_fit_environment_has_no_faults() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "k" * 49),
        ("FIELD_KEYS", ""),
        ("FIELD_KEYS", "short"),
        ("FIELD_KEYS", f"{FIT['FIELD_KEYS']},short"),
        ("FIELD_KEYS", "密钥"),
        ("LOOKUP_KEY", ""),
        ("LOOKUP_KEY", "l" * 31),
        ("SEAL_KEYS", ""),
        ("SEAL_KEYS", f"{'s' * 32},short"),
        ("DEBUG", "1"),
        ("STAFF_SECOND_FACTOR", "0"),
        ("STAFF_IDLE_MINUTES", "0"),
        ("STAFF_IDLE_MINUTES", "61"),
        ("PARTY_IDLE_MINUTES", "481"),
        ("PROOF_MINUTES", "0"),
        ("SESSION_HOURS", "25"),
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", "fwq.example.cn,*"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite:////srv/portal.sqlite3"),
        ("REDIS_URL", ""),
        ("PORTAL_URL", ""),
        ("PORTAL_URL", "http://fwq.example.cn"),
        ("PORTAL_URL", "https://"),
        ("TRUSTED_PROXIES", "*"),
    ],
)
def test_production_refuses(name: str, value: str) -> None:
    found = faults(**{name: value})

    assert len(found) == 1
    assert found[0].startswith(name)


def test_a_fault_does_not_repeat_the_secret() -> None:
    assert "hunter2" not in "".join(faults(SECRET_KEY="hunter2", LOOKUP_KEY="hunter2"))
    with pytest.raises(ImproperlyConfigured, match="%2F") as caught:
        environment.database("postgres://portal:hunter2/x@db/portal", folder=Path("/srv"))
    assert "hunter2" not in str(caught.value)


class TestReading:
    def test_text_is_stripped_and_empty_is_unset(self) -> None:
        env = Environment({"A": " a ", "B": "  "})
        assert (env.text("A"), env.text("B", "b"), env.text("C", "c")) == ("a", "b", "c")

    @pytest.mark.parametrize(
        ("word", "value"),
        [("1", True), ("Yes", True), ("on", True), ("0", False), ("FALSE", False)],
    )
    def test_flag(self, word: str, value: bool) -> None:
        assert Environment({"A": word}).flag("A", default=not value) is value

    def test_flag_unset_is_the_default(self) -> None:
        assert Environment({}).flag("A", default=True) is True

    def test_words(self) -> None:
        assert Environment({"A": "a, b,,c "}).words("A") == ["a", "b", "c"]

    @pytest.mark.parametrize("word", ["maybe", "2"])
    def test_flag_refuses_other_words(self, word: str) -> None:
        with pytest.raises(ImproperlyConfigured, match="A="):
            Environment({"A": word}).flag("A")

    def test_one_of_names_what_is_allowed(self) -> None:
        with pytest.raises(ImproperlyConfigured, match="one of: x, y"):
            Environment({"A": "z"}).one_of("A", ("x", "y"), "x")


class TestDatabase:
    def test_default_is_sqlite_that_locks_at_begin(self, tmp_path: Path) -> None:
        made = environment.database("", folder=tmp_path)
        assert made["ENGINE"] == "django.db.backends.sqlite3"
        assert made["NAME"] == tmp_path / "portal.sqlite3"
        assert made["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert "journal_mode=WAL" in made["OPTIONS"]["init_command"]

    def test_sqlite_path(self, tmp_path: Path) -> None:
        made = environment.database(f"sqlite:///{tmp_path}/a.sqlite3", folder=Path("/srv"))
        assert made["NAME"] == tmp_path / "a.sqlite3"

    def test_postgres(self) -> None:
        made = environment.database(
            "postgres://us%40er:p%2Fw@db:5433/portal?sslmode=require", folder=Path("/srv")
        )
        assert made == {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "portal",
            "USER": "us@er",
            "PASSWORD": "p/w",
            "HOST": "db",
            "PORT": "5433",
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"sslmode": "require"},
        }

    def test_postgres_by_socket(self) -> None:
        made = environment.database("postgres://u@/portal?host=/run/pg", folder=Path("/srv"))
        assert (made["HOST"], made["PORT"], made["OPTIONS"]) == ("/run/pg", "", {})

    @pytest.mark.parametrize(
        "url", ["mysql://db/portal", "postgres://db/", "postgres://db:port/portal", "portal"]
    )
    def test_refuses(self, url: str) -> None:
        with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
            environment.database(url, folder=Path("/srv"))


def test_redis_address() -> None:
    assert environment.redis("") == ""
    assert environment.redis("rediss://redis:6379/1") == "rediss://redis:6379/1"
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        environment.redis("http://redis")


def test_mail_goes_to_files_without_a_server(tmp_path: Path) -> None:
    assert environment.mail("", folder=tmp_path)["EMAIL_FILE_PATH"] == str(tmp_path)


@pytest.mark.parametrize(
    ("scheme", "port", "tls", "ssl"),
    [("smtp", 25, False, False), ("smtp+tls", 587, True, False), ("smtps", 465, False, True)],
)
def test_mail_server(scheme: str, port: int, tls: bool, ssl: bool) -> None:
    made = environment.mail(f"{scheme}://u%40x:p@mail", folder=Path("/srv"))
    assert (made["EMAIL_HOST"], made["EMAIL_PORT"]) == ("mail", port)
    assert (made["EMAIL_HOST_USER"], made["EMAIL_HOST_PASSWORD"]) == ("u@x", "p")
    assert (made["EMAIL_USE_TLS"], made["EMAIL_USE_SSL"]) == (tls, ssl)


def test_mail_refuses_other_schemes() -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        environment.mail("imap://mail", folder=Path("/srv"))


def test_files_are_local_and_have_no_address(tmp_path: Path) -> None:
    made = environment.file_storage(Environment({}), folder=tmp_path)
    assert made["OPTIONS"]["location"] == str(tmp_path)
    assert made["OPTIONS"]["base_url"] is None


def test_files_in_a_bucket_are_private() -> None:
    env = Environment({"S3_BUCKET": "b", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "s"})
    made = environment.file_storage(env, folder=Path("/srv"))
    assert made["BACKEND"] == "storages.backends.s3.S3Storage"
    assert made["OPTIONS"]["bucket_name"] == "b"
    assert made["OPTIONS"]["default_acl"] is None
    assert made["OPTIONS"]["querystring_auth"] is True


def test_a_store_that_does_not_answer_is_given_up_soon() -> None:
    env = Environment({"S3_BUCKET": "b", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "s"})
    config = environment.file_storage(env, folder=Path("/srv"))["OPTIONS"]["client_config"]
    assert config.connect_timeout + config.read_timeout < 30
    assert config.s3["addressing_style"] == "path"


@pytest.mark.parametrize("url", ["", "tcp://clamd:3310", "unix:///run/clamav/clamd.ctl"])
def test_where_the_virus_scanner_listens(url: str) -> None:
    assert environment.clamd(url) == url


@pytest.mark.parametrize(
    "url",
    ["clamd:3310", "tcp://clamd", "tcp://:3310", "unix://host/path", "unix:///", "http://a:1"],
)
def test_a_scanner_address_that_is_none(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="CLAMD_URL"):
        environment.clamd(url)


def test_a_bucket_needs_its_keys() -> None:
    with pytest.raises(ImproperlyConfigured, match="S3_SECRET_KEY"):
        environment.file_storage(
            Environment({"S3_BUCKET": "b", "S3_ACCESS_KEY": "a"}), folder=Path("/srv")
        )


def test_development_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secrets.json"

    first = environment.kept_secrets(path)

    assert environment.kept_secrets(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["secrets.json"]
    assert environment.is_field_key(first["FIELD_KEYS"])
    assert len(first["SECRET_KEY"]) >= environment.SECRET_LENGTH_MIN
    assert len(first["LOOKUP_KEY"]) >= environment.LOOKUP_KEY_LENGTH_MIN


def test_the_test_run_keeps_away_from_real_things(settings) -> None:
    assert settings.PORTAL_ENV == "test"
    assert ROOT not in Path(settings.FILE_ROOT).parents
    assert settings.EMAIL_BACKEND == "django.core.mail.backends.locmem.EmailBackend"


def test_a_log_record_is_one_line() -> None:
    try:
        raise ValueError("两行\n错误")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, __file__, 1, "%s", ("第一行\n第二行",), sys.exc_info()
        )

    line = LineFormatter().format(record)

    assert "\n" not in line
    assert json.loads(line)["message"] == "第一行\n第二行"
    assert "ValueError" in json.loads(line)["traceback"]
