"""Files by the API: uploaded ahead of what they are for, read back, and taken back (F1, F2, F4)."""

from __future__ import annotations

from dataclasses import replace

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework import serializers

from foundation.accounts.models import Role
from foundation.api.answers import file_answer
from foundation.api.fields import MEDIA_TYPES, FileOut, In, Out
from foundation.api.views import Api, Call, FormApi, downloads, lists, reads, writes
from foundation.documents.checks import MERGED_MAX
from foundation.documents.models import Document
from foundation.documents.operations import discard_staged, look_into, merge, stage_files
from foundation.documents.queries import documents_visible_to, staged_by

TURNS = (0, 90, 180, 270)


class UploadIn(In):
    """One file, or pictures that become the pages of one PDF in their order (F2)."""

    file = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=None),
        min_length=1,
        max_length=MERGED_MAX,
        help_text="PDF、JPG 或 PNG，每份不超过 5 MiB；合并时可有多张图片",
    )
    merged = serializers.BooleanField(
        required=False, default=False, help_text="将多张图片按顺序合并为一个 PDF"
    )
    turns = serializers.CharField(
        required=False,
        max_length=100,
        help_text="合并时各张图片顺时针旋转的角度（0、90、180、270），以逗号分隔",
    )

    def validate_turns(self, text: str) -> list[int]:
        """The angles of the pictures."""
        words = [word.strip() for word in text.split(",")]
        if not all(word in map(str, TURNS) for word in words):
            raise serializers.ValidationError("旋转角度只能是 0、90、180 或 270，以逗号分隔。")
        return [int(word) for word in words]


def looked_into(call: Call) -> Call:
    """The upload as one checked file: seconds of work, done before anything is locked."""
    files: list[UploadedFile] = call.data["file"]
    if call.data["merged"]:
        return replace(call, data={"files": [merge(files, call.data.get("turns", ()))]})
    # More than one that are not to be merged are refused by the operation.
    return replace(call, data={"files": [look_into(files[0]), *files[1:]]})


class Files(FormApi):
    """What the account has uploaded and not handed in yet."""

    roles = frozenset(Role)

    @lists("已上传未提交的文件", gives=FileOut)
    def get(self, call: Call) -> QuerySet[Document]:
        return staged_by(call.user)

    @writes(
        "上传文件",
        gives=FileOut,
        takes=UploadIn,
        status=201,
        before=looked_into,
        description="先上传，再在办理时填写文件编号。按内容检查类型，7 天内未提交的自动清除。",
    )
    def post(self, call: Call) -> Document:
        return stage_files(by=call.by, at=call.at, files=call.data["files"], merged=False)


class FileDetail(Api):
    """A file in the account's reach."""

    roles = frozenset(Role)

    @reads("文件信息", gives=FileOut)
    def get(self, call: Call, pk: int) -> Document:
        return get_object_or_404(documents_visible_to(call.user), pk=pk)


class FileContent(Api):
    """The bytes of a file in the account's reach."""

    roles = frozenset(Role)

    @downloads("下载文件", media_types=[*MEDIA_TYPES, "application/octet-stream"])
    def get(self, call: Call, pk: int) -> HttpResponseBase:
        return file_answer(get_object_or_404(documents_visible_to(call.user), pk=pk))


class DiscardedOut(Out):
    """That a file was taken back."""

    id = serializers.IntegerField(help_text="文件编号")


class FileDiscard(Api):
    """Take back what was uploaded and not handed in."""

    roles = frozenset(Role)

    @writes("撤回已上传的文件", gives=DiscardedOut)
    def post(self, call: Call, pk: int) -> dict[str, int]:
        get_object_or_404(staged_by(call.user), pk=pk)
        discard_staged(by=call.by, at=call.at, pk=pk)
        return {"id": pk}
