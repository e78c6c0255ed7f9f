"""People, and the accounts they use."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Upper

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
    id_number = EncryptedField("身份证号码")
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
