"""The shapes that bodies and answers of all apps are made of."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from foundation.documents.checks import StagedChoice
from foundation.documents.models import Document, MediaType
from foundation.money import FEN
from foundation.requests import DIGITS_MAX

_YUAN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
PK_MAX = 10**DIGITS_MAX - 1


class In(serializers.Serializer[Any]):
    """What a call brings: a name it does not know is refused, so that a slip of the pen is not passed over."""

    def to_internal_value(self, data: Any) -> Any:
        known = super().to_internal_value(data)
        unknown = set(data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(
                {name: ["没有这个字段，请对照接口文档。"] for name in sorted(map(str, unknown))}
            )
        return known


class Out(serializers.Serializer[Any]):
    """What a call is answered; read only."""


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^-?[0-9]{1,12}\.[0-9]{2}$",
        "description": "金额，人民币元，两位小数的字符串（不用浮点数）。",
        "examples": ["12000.00"],
    }
)
class YuanOut(serializers.Field[Any, Any, Any, Any]):
    """An amount answered: yuan with two places, as a string, because JSON numbers are floats to most programs."""

    def to_representation(self, value: Decimal) -> str:
        return str(value.quantize(FEN))


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$",
        "description": "金额，人民币元，最多两位小数的字符串（不接受数字，以免浮点误差）。",
        "examples": ["12000.00"],
    }
)
class YuanIn(serializers.Field[Any, Any, Any, Any]):
    """An amount that a call brings: a string, never a number of JSON; not negative."""

    default_error_messages = {
        "invalid": '请以字符串填写金额，单位元，最多两位小数，例如 "12000.00"。',
    }

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not _YUAN.fullmatch(data):
            self.fail("invalid")
        return Decimal(data)


class FigureIn(serializers.DecimalField):
    """A figure with at most two places that is no money of the scheme: 万元, hours; a string, too."""

    default_error_messages = {"text": '请以字符串填写数额，最多两位小数，例如 "350.00"。'}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"max_digits": 14, "decimal_places": 2, "min_value": Decimal(0), **kwargs}
        )

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not _YUAN.fullmatch(data):
            self.fail("text")
        return super().to_internal_value(data)


class Pk(serializers.IntegerField):
    """The number of a record."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": PK_MAX, **kwargs})

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """Text that a call brings; it has a bound, and numbers are no text."""

    def __init__(self, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Yes(serializers.BooleanField):
    """True or false, and no word that could be taken for one of them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StagedFile(Pk):
    """A file the caller has uploaded before (POST /files/), by its number; using it up is the operation's part."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": "先用“上传文件”上传，此处填文件编号。", **kwargs})

    def run_validation(self, data: Any = empty) -> Any:
        number = super().run_validation(data)
        return None if number is None else StagedChoice(number)


class Choice(serializers.ChoiceField):
    """One word of a fixed list, as text."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class State(Out):
    """Where a record stands: a fixed word for programs and its Chinese for people."""

    def __init__(self, choices: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices

    value = serializers.CharField(help_text="状态代码，固定不变")
    label = serializers.CharField(help_text="状态的中文名称")

    def to_representation(self, instance: Any) -> dict[str, str]:
        return {"value": str(instance), "label": str(self.choices(instance).label)}

    def __deepcopy__(self, memo: Any) -> State:
        return type(self)(self.choices, **self._kwargs)


class FileOut(Out):
    """A stored file in the caller's reach."""

    id = serializers.IntegerField(source="pk", help_text="文件编号")
    name = serializers.CharField(help_text="文件名")
    type = serializers.CharField(source="media_type", help_text="文件类型")
    bytes = serializers.IntegerField(source="size", help_text="字节数")
    sha256 = serializers.CharField(help_text="SHA-256 摘要")
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="清晰度等提醒，不妨碍提交（F3）"
    )
    content = serializers.SerializerMethodField(help_text="下载地址，须带令牌")

    def get_content(self, document: Document) -> str:
        return reverse("api:file-content", args=[document.pk])


MEDIA_TYPES = [one.value for one in MediaType]
