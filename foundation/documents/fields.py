"""The form fields for uploaded material: plain file inputs that also take what was uploaded ahead of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.renderers import BaseRenderer
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from foundation.documents.checks import CheckedFile, Material, StagedChoice
from foundation.documents.office import EXTENSIONS as OFFICE
from foundation.documents.office import look_into_attachment
from foundation.documents.operations import look_into, merge
from foundation.errors import Refusal
from foundation.requests import whole_number

# Phones offer their camera for the types, not for the extensions.
ACCEPT = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
FILES_MAX = 10
STAGED_SUFFIX = "-staged"
KEPT = "文件已上传；不重新选择则沿用。"

Result = TypeVar("Result")


def staged_in(data: Mapping[str, Any], name: str) -> list[StagedChoice]:
    """The staged files that a form names for its field ``name``."""
    key = f"{name}{STAGED_SUFFIX}"
    said = data.getlist(key) if isinstance(data, MultiValueDict) else [data.get(key, "")]
    numbers = (whole_number(str(text)) for text in said)
    return [StagedChoice(number) for number in numbers if number is not None]


class MaterialInput(forms.ClearableFileInput):
    """A file input that names staged files in hidden fields beside it; static/js/file_slot.js puts them there."""

    allow_multiple_selected = True

    def __init__(self, *, several: bool) -> None:
        super().__init__(
            attrs={"accept": ACCEPT, "data-file-slot": "several" if several else "one"}
        )

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> list[UploadedFile | StagedChoice] | None:
        """Chosen files and named staged ones; None when there is neither."""
        chosen = files.getlist(name) if isinstance(files, MultiValueDict) else [files.get(name)]
        return [*staged_in(data, name), *filter(None, chosen)] or None

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files and f"{name}{STAGED_SUFFIX}" not in data

    def is_initial(self, value: Any) -> bool:
        return False

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        staged = [one for one in value or () if isinstance(one, StagedChoice)]
        hidden = (
            format_html('<input type="hidden" name="{}{}" value="{}">', name, STAGED_SUFFIX, one.pk)
            for one in staged
        )
        shown = super().render(name, None, attrs, renderer)
        # The script shows the files themselves instead.
        said = f'<p class="field__help" data-staged>{KEPT}</p>' if staged else ""
        return mark_safe("".join([shown, said, *hidden]))  # nosec B308, B703 # made of format_html and widgets


class _UploadField(forms.FileField):
    def bound_data(self, data: Any, initial: Any) -> Any:
        """A form shown again names its staged files again; Django would forget them with the uploads."""
        return data or initial


class MaterialField(_UploadField):
    """One material, cleaned to a CheckedFile or StagedChoice; several pictures become one PDF in their order (F2)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", MaterialInput(several=False))
        kwargs.setdefault(
            "help_text", "PDF、JPG 或 PNG，不超过 5 MB；选择多张图片时，按顺序合并为一个 PDF。"
        )
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Material | None:  # type: ignore[override]
        given = _listed(data)
        files = [one for one in given if isinstance(one, UploadedFile)]
        # Whoever chooses anew means the new choice.
        if not files and given:
            return given[-1]
        if not files:
            super().clean(None, initial)
            return None
        for file in files:
            super().clean(file, initial)
        return _told(lambda: look_into(files[0]) if len(files) == 1 else merge(files))


class MaterialsField(_UploadField):
    """Several materials, cleaned to a list of CheckedFile and StagedChoice."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", MaterialInput(several=True))
        kwargs.setdefault(
            "help_text", f"可选择多个文件，最多 {FILES_MAX} 个；PDF、JPG 或 PNG，每个不超过 5 MB。"
        )
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Material]:  # type: ignore[override]
        given = _listed(data)
        if len(given) > FILES_MAX:
            raise forms.ValidationError(f"最多上传 {FILES_MAX} 个文件。")
        files = [one for one in given if isinstance(one, UploadedFile)]
        if not given:
            super().clean(None, initial)
        for file in files:
            super().clean(file, initial)
        return [_told(lambda one=one: self.look(one)) for one in given]  # type: ignore[misc]

    def look(self, file: Material) -> CheckedFile | StagedChoice:
        """The check of one file; raises UnableToKeepFile."""
        return look_into(file)


class AttachmentsField(MaterialsField):
    """Attachments of a notice: what MaterialsField takes, and Office files without macros (N1)."""

    def __init__(self, **kwargs: Any) -> None:
        widget = MaterialInput(several=True)
        widget.attrs["accept"] = f"{ACCEPT},{','.join(OFFICE)}"
        # What is uploaded ahead of a form is material, so here files are chosen with the form only.
        del widget.attrs["data-file-slot"]
        super().__init__(
            widget=widget,
            help_text=f"最多 {FILES_MAX} 个；PDF、图片，或不含宏的 Word、Excel、PowerPoint"
            "（.docx、.xlsx、.pptx），每个不超过 5 MB。",
            **kwargs,
        )

    def look(self, file: Material) -> CheckedFile | StagedChoice:
        """Office files too."""
        return look_into_attachment(file)


def _listed(data: Any) -> list[Material]:
    """What a widget found, or one file from elsewhere, as a list."""
    if data is None:
        return []
    listed: Sequence[Any] = data if isinstance(data, list | tuple) else [data]
    return [one for one in listed if one or isinstance(one, UploadedFile | CheckedFile)]


def _told(look: Callable[[], Result]) -> Result:
    """A refusal as the field's own error, so that the sentence stands where the file was chosen."""
    try:
        return look()
    except Refusal as refusal:
        raise forms.ValidationError(refusal.sentence, code=refusal.rule) from refusal
