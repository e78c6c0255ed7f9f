"""Public notices (N1), and messages to users with their outbox (N2)."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class NoticeKind(models.TextChoices):
    """Kinds of public notices (N1)."""

    BATCH = "batch", "发券通知"
    RESULTS = "results", "申领结果"
    PUBLICITY = "publicity", "兑现公示"
    SETTLEMENT = "settlement", "兑现结果"
    HELP = "help", "办事指南"
    GENERAL = "general", "通知公告"


class Notice(models.Model):
    """A public notice of a city, visible from ``publish_at``.

    ``body`` is Markdown when ``formatted``, which is what the bureau writes; else plain text, paragraphs by blank lines.
    """

    city = models.ForeignKey("regions.City", models.PROTECT, verbose_name="地市")
    kind = models.CharField("类别", max_length=10, choices=NoticeKind.choices)
    title = models.CharField("标题", max_length=120)
    body = models.TextField("正文")
    formatted = models.BooleanField("带格式", default=False)
    link = models.CharField("相关页面", max_length=200, blank=True)
    attachments = models.ManyToManyField(
        "documents.Document", blank=True, related_name="+", verbose_name="附件"
    )
    publish_at = models.DateTimeField("发布时间", db_index=True)
    created_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="创建人"
    )

    class Meta:
        verbose_name = "公告"
        verbose_name_plural = "公告"
        ordering = ["-publish_at", "-id"]

    def __str__(self) -> str:
        return self.title


class NoticeCorrection(models.Model):
    """What a notice said until it was corrected, and why it was (N1); the notice itself has the words in force."""

    notice = models.ForeignKey(
        Notice, models.CASCADE, related_name="corrections", verbose_name="公告"
    )
    title = models.CharField("原标题", max_length=120)
    body = models.TextField("原正文")
    reason = models.CharField("更正说明", max_length=300)
    corrected_at = models.DateTimeField("更正时间")
    corrected_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="更正人"
    )

    class Meta:
        verbose_name = "公告更正"
        verbose_name_plural = "公告更正"
        ordering = ["-corrected_at", "-id"]

    def __str__(self) -> str:
        return f"{self.title} {self.corrected_at:%Y-%m-%d}"


class Message(models.Model):
    """An in-site message and, by the outbox, an e-mail; text is made from ``event`` and ``params`` when shown.

    ``key`` makes a message unique for its recipient, so that a job run twice sends nothing twice (V7).
    """

    recipient = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="messages", verbose_name="收件人"
    )
    event = models.CharField("事件", max_length=40)
    params = models.JSONField("参数", default=dict)
    link = models.CharField("相关页面", max_length=200, blank=True)
    # Null for messages that may repeat: an empty text could be unique only once.
    key = models.CharField(max_length=120, null=True)  # noqa: DJ001
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已读时间", null=True)

    class Meta:
        verbose_name = "站内消息"
        verbose_name_plural = "站内消息"
        ordering = ["-id"]
        # ``unique=True`` would bring a second index, for patterns, which nobody asks for and every message pays.
        constraints = [models.UniqueConstraint(fields=["key"], name="notices_message_once")]
        indexes = [
            # Small, and all that the count of unread messages on every page has to read.
            models.Index(
                fields=["recipient"],
                condition=models.Q(read_at__isnull=True),
                name="notices_unread",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.recipient_id}"


class OutboxEntry(models.Model):
    """A message still to be mailed; the row goes away when the mail server has taken it.

    ``given_up_at``: since when nobody tries any more; ``due_from`` is the moment from which the days until then count.
    """

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="outbox")
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_attempt_at = models.DateTimeField("下次尝试时间")
    last_error = models.CharField("最近错误", max_length=200, blank=True)
    retried_at = models.DateTimeField("重新发送时间", null=True)
    given_up_at = models.DateTimeField("停止发送时间", null=True)

    class Meta:
        verbose_name = "待发邮件"
        verbose_name_plural = "待发邮件"
        indexes = [models.Index(fields=["next_attempt_at"], name="notices_outbox_due")]

    def __str__(self) -> str:
        return f"邮件 {self.message_id}"

    @property
    def due_from(self) -> datetime:
        """When the message was written, or when staff had it sent again."""
        return self.retried_at or self.message.created_at
