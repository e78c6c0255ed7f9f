"""Uploaded files: stored by content hash, checked before they are kept (section 10)."""

from __future__ import annotations

from django.db import models


class MediaType(models.TextChoices):
    """What is accepted (F1), judged by content."""

    PDF = "application/pdf", "PDF"
    JPEG = "image/jpeg", "JPEG"
    PNG = "image/png", "PNG"


class OfficeType(models.TextChoices):
    """What else may be attached to a notice (N1); never material of an act, which is a scan."""

    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation", "PowerPoint"


class Document(models.Model):
    """One uploaded file. The bytes live under ``storage_name``; equal bytes are stored once."""

    sha256 = models.CharField(max_length=64, db_index=True)
    storage_name = models.CharField(max_length=100)
    media_type = models.CharField("类型", max_length=80)
    size = models.PositiveIntegerField("大小（字节）")
    name = models.CharField("文件名", max_length=200)
    warnings = models.JSONField("提示", default=list)
    # As counted when it was kept; files that were never opened (roster sheets) have one.
    pages = models.PositiveSmallIntegerField("页数", default=1)
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="上传人"
    )

    class Meta:
        verbose_name = "文件"
        verbose_name_plural = "文件"

    def __str__(self) -> str:
        return self.name


class StagedFile(models.Model):
    """A document that its uploader has not handed in with any form yet.

    The row goes when the document is handed in; what still has one after some days is removed with its document.
    """

    document = models.OneToOneField(
        Document, models.CASCADE, primary_key=True, related_name="staged", verbose_name="文件"
    )
    user = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="上传人"
    )
    staged_at = models.DateTimeField("上传时间", db_index=True)

    class Meta:
        verbose_name = "待提交文件"
        verbose_name_plural = "待提交文件"

    def __str__(self) -> str:
        return str(self.document)


class KeptFile(models.Model):
    """What a document was when it was handed in: append-only and sealed, so that no other can take its place (F4).

    Without a foreign key: a row says what was, whatever became of the document.
    """

    document_id = models.BigIntegerField("文件编号", unique=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField("大小（字节）")
    kept_at = models.DateTimeField("提交时间")

    class Meta:
        verbose_name = "文件摘要"
        verbose_name_plural = "文件摘要"

    def __str__(self) -> str:
        return f"{self.document_id} {self.sha256}"
