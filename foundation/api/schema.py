"""The OpenAPI description: one operation at a time, from what its decorator was told; every error is named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.serializers import BaseSerializer

from foundation.api import problems
from foundation.api.fields import In, Out
from foundation.api.problems import Kind

# First part of an address → the heading under which an operation stands.
TAGS = {
    "enterprise": "企业",
    "provider": "服务机构",
    "orders": "订单",
    "files": "文件",
    "staff": "工作人员",
}
PUBLIC_TAG = "公开信息"
VERBS = {"POST": "post", "PUT": "put", "PATCH": "patch"}
ROLE_NAMES = "可用角色："


@dataclass(frozen=True)
class Told:
    """What the schema is told of one operation."""

    summary: str
    description: str
    gives: type[BaseSerializer[Any]] | None
    takes: type[In] | None = None
    asks: type[In] | None = None
    status: int = 200
    pages: bool = False
    versioned: bool = False
    sensitive: bool = False
    example: Any = None
    media_types: tuple[str, ...] = ()


class FieldFault(Out):
    """What is wrong at one field, or with the act as a whole."""

    field = serializers.CharField(help_text="字段路径，例如 invoices.0.total；空为整项办理")
    rule = serializers.CharField(help_text="规则编号，例如 B4；空为无对应规则")
    detail = serializers.CharField(help_text="原因和怎么办")


class Problem(Out):
    """Every error of the API (RFC 9457)."""

    type = serializers.CharField(help_text="错误类别的地址，见 GET /api/v1/problems/")
    title = serializers.CharField(help_text="错误类别")
    status = serializers.IntegerField(help_text="HTTP 状态码")
    detail = serializers.CharField(help_text="说明和怎么办")
    rule = serializers.CharField(help_text="规则编号，例如 B4；空为无对应规则")
    errors = FieldFault(many=True, help_text="逐项原因，一次列全")


@cache
def page_shape(gives: type[BaseSerializer[Any]]) -> type[Out]:
    """The shape of one page of a list."""
    fields = {
        "items": gives(many=True),
        "next": serializers.CharField(allow_null=True, help_text="下一页游标；null 为最后一页"),
    }
    return type(f"{gives.__name__}Page", (Out,), fields)


class OperationSchema(AutoSchema):  # type: ignore[no-untyped-call]
    """Reads everything off ``Told``."""

    @property
    def told(self) -> Told:
        """What the decorator was told about this method."""
        return getattr(self.view, self.method.lower()).told  # type: ignore[no-any-return]

    @property
    def is_write(self) -> bool:
        """Whether the operation changes anything."""
        return self.method in VERBS

    def get_summary(self) -> str:
        return self.told.summary

    def get_description(self) -> str:
        parts = [self.told.description]
        if self.view.roles:
            roles = "、".join(str(role.label) for role in sorted(self.view.roles))
            parts.append(f"{ROLE_NAMES}{roles}。")
        if self.told.sensitive:
            parts.append("须由本人在网页登录并在近期验证身份，令牌不能办理。")
        return "\n\n".join(part for part in parts if part)

    def get_tags(self) -> list[str]:
        return [TAGS.get(self._words()[0], PUBLIC_TAG)]

    def get_operation_id(self) -> str:
        verb = VERBS.get(self.method) or ("list" if self.told.pages else "read")
        ending = ["one"] if verb == "read" and self.path.endswith("}/") else []
        return "_".join([verb, *self._words(), *ending]).replace("-", "_")

    def _words(self) -> list[str]:
        path = self.path.removeprefix("/api/v1/")
        return [word for word in path.split("/") if word and not word.startswith("{")]

    def get_request_serializer(self) -> Any:
        return self.told.takes if self.is_write else None

    def get_examples(self) -> list[OpenApiExample]:
        if self.told.example is None:
            return []
        return [OpenApiExample("示例", value=self.told.example, request_only=True)]  # type: ignore[no-untyped-call]

    def get_override_parameters(self) -> list[Any]:
        found: list[Any] = [self.told.asks] if self.told.asks else []
        if self.is_write:
            found.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
                    OpenApiParameter.HEADER,
                    required=True,
                    description="幂等键：每次办理用一个新的，重试时不变。同键同内容得到同一答复，"
                    "同键不同内容被拒绝；保留 48 小时。",
                )
            )
        if self.is_write and self.told.versioned:
            found.append(
                OpenApiParameter(
                    "If-Match",
                    {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
                    OpenApiParameter.HEADER,
                    required=True,
                    description="读取时答复的 ETag；其间被他人修改的，答复 412。",
                )
            )
        return found

    def get_response_serializers(self) -> Any:
        told = self.told
        if told.media_types:
            good: dict[Any, Any] = {
                (told.status, one): OpenApiResponse(OpenApiTypes.BINARY, "文件内容")
                for one in told.media_types
            }
        else:
            gives = told.gives
            assert gives is not None, "an operation answers something"
            shape = page_shape(gives) if told.pages else gives
            good = {told.status: OpenApiResponse(shape, "成功")}
        for status, kinds in _by_status(self._problems()).items():
            good[status, problems.MEDIA_TYPE] = OpenApiResponse(
                Problem,
                "；".join(kind.title for kind in kinds),
                examples=[
                    OpenApiExample(kind.title, value=problems.told(kind), response_only=True)  # type: ignore[no-untyped-call]
                    for kind in kinds
                ],
            )
        return good

    def _problems(self) -> Iterable[Kind]:
        """Every kind of problem that the operation may answer."""
        yield from (problems.MALFORMED, problems.NOT_FOUND, problems.INVALID)
        yield from (problems.THROTTLED, problems.BROKEN, problems.INTERRUPTED)
        if self.view.roles:
            yield problems.UNAUTHENTICATED
        if self.told.media_types:
            yield problems.UNAVAILABLE
        if not self.is_write:
            return
        yield from (problems.KEY_MISSING, problems.FORBIDDEN, problems.READ_ONLY)
        yield from (problems.CONFLICT, problems.IN_FLIGHT, problems.TOO_LARGE)
        yield from (problems.UNSUPPORTED, problems.REFUSED, problems.KEY_REUSED)
        if self.told.versioned:
            yield from (problems.CHANGED, problems.MATCH_MISSING)
        if self.told.sensitive:
            yield problems.PROOF_REQUIRED
        if self.told.takes is not None and _names_files(self.told.takes):
            yield problems.UNAVAILABLE


def _names_files(shape: type[In]) -> bool:
    return any("file" in name or "scan" in name for name in shape().fields)


def _by_status(kinds: Iterable[Kind]) -> dict[int, list[Kind]]:
    found: dict[int, list[Kind]] = {}
    for kind in kinds:
        found.setdefault(kind.status, []).append(kind)
    return dict(sorted(found.items()))


EXAMPLES = {
    "date-time": "2020-06-28T15:00:00+08:00",
    "date": "2020-06-28",
}
FIRST_PROBLEM = 400
_BODY_NAME = re.compile(r".+In")


def finish(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """After all operations: problems are said once, bodies take no other names, days and moments have an example."""
    _say_problems_once(result)
    for name, component in result["components"]["schemas"].items():
        if _BODY_NAME.fullmatch(name):
            component["additionalProperties"] = False
        for described in component.get("properties", {}).values():
            example = EXAMPLES.get(described.get("format", ""))
            if example and "examples" not in described:
                described["examples"] = [example]
    return result


def _say_problems_once(result: dict[str, Any]) -> None:
    """Hundreds of operations answer the same few sets of problems: each set is a component of its own."""
    kept = result["components"].setdefault("responses", {})
    names: dict[str, str] = {}
    for path in result["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if int(status) < FIRST_PROBLEM:
                    continue
                text = json.dumps(answer, sort_keys=True)
                if text not in names:
                    names[text] = f"Problem{status}_{len(kept)}"
                    kept[names[text]] = answer
                operation["responses"][status] = {"$ref": f"#/components/responses/{names[text]}"}
