"""Access tokens, and the answers kept by idempotency key."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.personal_data import EncryptedField


class AccessToken(models.Model):
    """A token with which a program acts for one account, within that account's role and reach.

    Only the digest of its text is kept; ``hint`` is the end of the text, by which its owner knows it again.
    ``session_hash``: what a session of the account would carry; a new password or epoch ends tokens as it ends
    sessions.
    """

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="access_tokens", verbose_name="账号"
    )
    name = models.CharField("名称", max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField("尾号", max_length=4)
    read_only = models.BooleanField("只读", default=False)
    session_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("失效时间")
    last_used_at = models.DateTimeField("最近使用时间", null=True)
    revoked_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = "接口令牌"
        verbose_name_plural = "接口令牌"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="api_token_expires", condition=Q(expires_at__gt=F("created_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}（尾号 {self.hint}）"

    def is_live(self, at: datetime) -> bool:
        """Whether it opens anything at ``at``; the moment of expiry itself is still in time."""
        return self.revoked_at is None and at <= self.expires_at


class KeptAnswer(models.Model):
    """What a write was answered, by its idempotency key: written in the transaction of the act itself.

    ``fingerprint``: keyed digest of what was asked. ``body``: the JSON answered, "" for one that is not repeated.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = EncryptedField(blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "接口办理记录"
        verbose_name_plural = "接口办理记录"
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="api_key_once_for_each_account")
        ]

    def __str__(self) -> str:
        return self.key
