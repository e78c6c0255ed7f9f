"""People, and the accounts they use."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Upper
from django.utils.crypto import salted_hmac

from foundation.personal_data import EncryptedField


class Role(models.TextChoices):
    """What an account may be used for; one account has one role, one person may hold several accounts."""

    ENTERPRISE = "enterprise", "企业"
    PROVIDER = "provider", "服务机构"
    CONTRACTOR = "contractor", "承办单位"
    EXPERT = "expert", "评审专家"
    BUREAU = "bureau", "市工业和信息化局"
    DISTRICT = "district", "区主管部门"
    PROVINCE = "province", "省级主管部门"


class MailChoice(models.TextChoices):
    """Which messages an account also gets by mail; the inbox has them all (N2)."""

    ALL = "all", "全部消息"
    IMPORTANT = "important", "只收待办、到期提醒和办理结果"
    NONE = "none", "不收邮件"


STAFF_ROLES = frozenset({Role.CONTRACTOR, Role.EXPERT, Role.BUREAU, Role.DISTRICT, Role.PROVINCE})


class Person(models.Model):
    """A natural person. Four eyes (R3) are counted in persons, never in accounts."""

    name = models.CharField("姓名", max_length=60)
    id_number = EncryptedField("身份证号码", lookup="id_key")
    id_key = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        verbose_name = "人员"
        verbose_name_plural = "人员"

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """An account. ``city`` and ``district`` bound what staff can reach (rulebook section 1).

    A contractor account without a city is the province contractor, who checks national and provincial providers.
    ``email`` is in use for messages; ``email_asked`` was typed at ``email_asked_at`` and waits for its confirmation.
    """

    role = models.CharField("角色", max_length=12, choices=Role.choices, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, verbose_name="使用人")
    city = models.ForeignKey(
        "regions.City", models.PROTECT, null=True, blank=True, verbose_name="地市"
    )
    district = models.ForeignKey(
        "regions.District", models.PROTECT, null=True, blank=True, verbose_name="区"
    )
    assurance_level = models.PositiveSmallIntegerField("可信级别", default=0)
    email_asked = models.EmailField("待确认的邮箱", blank=True)
    email_asked_at = models.DateTimeField("登记待确认邮箱的时间", null=True, blank=True)
    mail_choice = models.CharField(
        "邮件通知", max_length=10, choices=MailChoice.choices, default=MailChoice.ALL
    )
    # Somebody else knows the password: signing in asks for one of one's own first.
    password_temporary = models.BooleanField("须修改密码", default=False)
    # Raising it ends every session of the account, as a new password does.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    class Meta(AbstractUser.Meta):
        verbose_name = "账号"
        verbose_name_plural = "账号"
        constraints = [
            # Names that differ in case only would be taken for each other; "iexact" uses this index.
            models.UniqueConstraint(
                Upper("username"),
                name="accounts_username_any_case",
                violation_error_message="该用户名已被使用，请换一个用户名。",
            ),
            models.CheckConstraint(
                name="accounts_staff_is_a_person",
                condition=~models.Q(role__in=["contractor", "expert", "bureau"])
                | models.Q(person__isnull=False),
                violation_error_message="承办单位、评审专家和市局账号必须登记使用人。",
            ),
            models.CheckConstraint(
                name="accounts_staff_has_its_reach",
                condition=~models.Q(role__in=["bureau", "district"]) | models.Q(city__isnull=False),
                violation_error_message="市局和区账号必须登记地市。",
            ),
            models.CheckConstraint(
                name="accounts_district_has_its_district",
                condition=~models.Q(role="district") | models.Q(district__isnull=False),
                violation_error_message="区主管部门账号必须登记所在区。",
            ),
            models.CheckConstraint(
                name="accounts_address_asked_at_a_moment",
                condition=models.Q(email_asked="", email_asked_at__isnull=True)
                | ~models.Q(email_asked="") & models.Q(email_asked_at__isnull=False),
            ),
        ]

    @property
    def shown_name(self) -> str:
        """The name shown to others: the person's, or the account's."""
        return (self.person.name if self.person_id else "") or self.get_full_name() or self.username

    def get_session_auth_hash(self) -> str:
        """What a session must carry to be this account's: a new password or a new epoch ends it."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under each former SECRET_KEY."""
        yield from (self._session_hash(secret) for secret in settings.SECRET_KEY_FALLBACKS)

    def _session_hash(self, secret: str | bytes) -> str:
        salt = "foundation.accounts.models.User.session"
        value = f"{self.password}\n{self.session_epoch}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Whether the account's role has it; being a superuser does not help."""
        return self.is_active and perm in self.get_all_permissions(obj)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the account's role has any permission in the app; being a superuser does not help."""
        return self.is_active and any(
            perm.startswith(f"{app_label}.") for perm in self.get_all_permissions()
        )


class PlatformIdentity(models.Model):
    """The subject of the unified identity platform that an account belongs to (E1); none for local accounts.

    One subject, one credit code, one account; a link is never moved.
    """

    account = models.OneToOneField(
        User, models.PROTECT, related_name="platform_identity", verbose_name="账号"
    )
    issuer = models.CharField("平台", max_length=200)
    subject = models.CharField("平台账号标识", max_length=255)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    linked_at = models.DateTimeField("绑定时间")

    class Meta:
        verbose_name = "统一身份认证平台账号"
        verbose_name_plural = "统一身份认证平台账号"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="accounts_subject_once")
        ]

    def __str__(self) -> str:
        return self.credit_code


class Authenticator(models.Model):
    """A program or device of one account that shows time-based codes (TOTP, RFC 6238).

    ``key`` is the shared secret, base32. Unconfirmed until a first code has come from it. ``last_step`` is the time
    step of the last code taken: no code is taken twice. ``failures`` counts wrong codes in a row. Somebody may have
    asked for it to be reset; another person decides (R3). ``vouched_at``: since when it opens the account; a first one
    waits until a person who does not know the password has seen its owner (docs/adr/0037).
    """

    account = models.ForeignKey(User, models.PROTECT, related_name="authenticators")
    key = EncryptedField("密钥")
    created_at = models.DateTimeField("开始设置时间")
    confirmed_at = models.DateTimeField("启用时间", null=True)
    last_step = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField("连续输错次数", default=0)
    failed_at = models.DateTimeField("最近输错时间", null=True)
    vouched_at = models.DateTimeField("确认本人启用的时间", null=True)
    vouched_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name="确认人"
    )
    reset_asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name="重置申请人"
    )
    reset_asked_at = models.DateTimeField("申请重置时间", null=True)

    class Meta:
        verbose_name = "身份验证器"
        verbose_name_plural = "身份验证器"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(confirmed_at__isnull=False),
                name="accounts_one_authenticator",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(confirmed_at__isnull=True),
                name="accounts_one_authenticator_begun",
            ),
            models.CheckConstraint(
                name="accounts_vouched_for_when_in_use",
                condition=models.Q(vouched_at__isnull=True) | models.Q(confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="accounts_reset_asked_by_somebody",
                condition=models.Q(reset_asked_by__isnull=True, reset_asked_at__isnull=True)
                | models.Q(reset_asked_by__isnull=False, reset_asked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"身份验证器 {self.pk}"


class RecoveryCode(models.Model):
    """A code for the day the authenticator is lost; good once. Only its keyed digest is kept."""

    account = models.ForeignKey(User, models.PROTECT, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = "恢复码"
        verbose_name_plural = "恢复码"

    def __str__(self) -> str:
        return f"恢复码 {self.pk}"


class ConfirmationMail(models.Model):
    """That a mail was sent to confirm an address, by the address's keyed digest: no mailbox is flooded from here."""

    address_key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "确认邮件"
        verbose_name_plural = "确认邮件"
        indexes = [models.Index(fields=["address_key", "at"], name="accounts_confirmation_mail")]

    def __str__(self) -> str:
        return f"确认邮件 {self.pk}"
