"""The form fields for uploaded material."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

ACCEPT = ".pdf,.jpg,.jpeg,.png"
FILES_MAX = 10


class MaterialField(forms.FileField):
    """One file input with the limits of F1 told to the browser; the operation checks again by content."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("widget", forms.ClearableFileInput(attrs={"accept": ACCEPT}))
        kwargs.setdefault("help_text", "PDF、JPG 或 PNG，不超过 5 MB；多页请按顺序合并为一个 PDF。")
        super().__init__(**kwargs)  # type: ignore[arg-type]


class _SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class MaterialsField(forms.FileField):
    """Several files at once, cleaned to a list; each is checked by content in the operation (F1)."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("widget", _SeveralFilesInput(attrs={"accept": ACCEPT}))
        kwargs.setdefault(
            "help_text", f"可选择多个文件，最多 {FILES_MAX} 个；PDF、JPG 或 PNG，每个不超过 5 MB。"
        )
        super().__init__(**kwargs)  # type: ignore[arg-type]

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # type: ignore[override]
        files = [file for file in (data or []) if file]
        if not files:
            super().clean(None, initial)
            return []
        if len(files) > FILES_MAX:
            raise forms.ValidationError(f"最多上传 {FILES_MAX} 个文件。")
        return [super(MaterialsField, self).clean(file, initial) for file in files]
