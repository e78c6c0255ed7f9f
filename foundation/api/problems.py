"""The one shape in which the API says what went wrong: RFC 9457, application/problem+json, in plain Chinese."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from foundation.documents.errors import BytesMissing, StoreUnavailable
from foundation.errors import IllegalMove, OutOfReach, Refusal

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
ADDRESS = "/api/v1/problems/#"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: ``slug`` ends its ``type``, ``title`` is its name, ``detail`` what one does about it."""

    slug: str
    status: int
    title: str
    detail: str

    @property
    def type(self) -> str:
        """The address that names the kind."""
        return f"{ADDRESS}{self.slug}"


MALFORMED = Kind(
    "malformed", 400, "请求格式有误", "请求不是有效的 JSON 或格式有误，请对照接口文档检查。"
)
KEY_MISSING = Kind(
    "key-missing",
    400,
    "缺少幂等键",
    "写操作须带 Idempotency-Key：1 至 64 个字母、数字或 . _ - : 字符，每次办理用一个新的，重试时不变。",
)
UNAUTHENTICATED = Kind(
    "unauthenticated",
    401,
    "未登录或令牌无效",
    "请在 Authorization 中提供有效的令牌（Bearer …）。令牌到期、停用或改密码后失效，请在“账号安全”中新建。",
)
FORBIDDEN = Kind("forbidden", 403, "未通过安全校验", "请刷新页面后重试；程序调用请使用令牌。")
READ_ONLY = Kind("read-only", 403, "令牌只读", "该令牌只能读取，请用可办理的令牌。")
PROOF_REQUIRED = Kind(
    "proof-required",
    403,
    "须先验证身份",
    "该操作须由本人在网页登录并验证身份后办理，令牌不能代替。请打开“账号安全”验证身份后再试。",
)
NOT_FOUND = Kind("not-found", 404, "没有找到", "没有这项内容，或不在您的权限范围内。")
METHOD = Kind(
    "method-not-allowed", 405, "不支持该方法", "该地址不支持这种请求方法，请对照接口文档。"
)
NOT_ACCEPTABLE = Kind("not-acceptable", 406, "不支持该格式", "接口只以 JSON 答复。")
CONFLICT = Kind("conflict", 409, "状态已变化", "状态已变化，请重新读取后再办理。")
IN_FLIGHT = Kind(
    "in-flight", 409, "相同请求正在办理", "带同一幂等键的请求正在办理，请稍候用同一幂等键重试。"
)
ANSWER_GONE = Kind(
    "answer-not-repeated",
    409,
    "已办理，不重复答复",
    "该请求已办理，答复含个人信息，不重复提供；确需再看，请用新的 Idempotency-Key 重新申请。",
)
CHANGED = Kind(
    "changed-meanwhile", 412, "内容已被修改", "您读取之后内容已被修改，请重新读取，合并后再提交。"
)
TOO_LARGE = Kind("too-large", 413, "内容过大", "请求内容过大，请减少内容后重试。")
UNSUPPORTED = Kind(
    "unsupported-media-type",
    415,
    "不支持该格式",
    "请以 application/json 提交；上传文件用 multipart/form-data。",
)
INVALID = Kind("invalid", 422, "填写有误", "有内容填写有误，请按 errors 逐项修改后重新提交。")
REFUSED = Kind("refused", 422, "不能办理", "按规定现在不能办理。")
KEY_REUSED = Kind(
    "key-reused", 422, "幂等键已用于其他请求", "该幂等键已用于内容不同的请求，请换一个新的。"
)
MATCH_MISSING = Kind(
    "match-missing",
    428,
    "缺少版本标记",
    "修改须带 If-Match，值为读取时答复的 ETag，以免覆盖他人的修改。",
)
THROTTLED = Kind("throttled", 429, "请求过于频繁", "请求过于频繁，请稍候再试。")
BROKEN = Kind(
    "error",
    500,
    "平台出错",
    "平台出错，您的请求没有办理。请稍后重试；仍不行的，请联系平台并提供答复中的请求编号。",
)
INTERRUPTED = Kind(
    "interrupted",
    503,
    "暂时不可用",
    "数据库暂时没有应答，不能确定是否已办理。请稍后用同一个 Idempotency-Key 重试，只会办理一次。",
)
UNAVAILABLE = Kind("unavailable", 503, "暂时不可用", "文件存储暂时不可用，没有办理，请稍后重试。")

KINDS: tuple[Kind, ...] = tuple(one for one in list(globals().values()) if isinstance(one, Kind))
BY_STATUS = {one.status: one for one in reversed(KINDS)}


class Problem(exceptions.APIException):
    """An answer of one of the kinds, raised anywhere in a view. ``detail`` may say more than the kind does."""

    def __init__(
        self, kind: Kind, detail: str = "", *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail or kind.detail)
        self.kind, self.headers = kind, dict(headers or {})
        self.status_code = kind.status


def told(
    kind: Kind, detail: str = "", *, rule: str = "", errors: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """A problem as JSON. ``errors``: each with ``field`` (a path, "" for the act), ``rule`` and ``detail``."""
    return {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail or kind.detail,
        "rule": rule,
        "errors": [dict(one) for one in errors],
    }


def told_refusal(refusal: Refusal) -> dict[str, Any]:
    """Everything that stands against an act, at once."""
    errors = [{"field": one.field, "rule": one.rule, "detail": one.sentence} for one in refusal.all]
    kind = CONFLICT if isinstance(refusal, IllegalMove) else REFUSED
    if isinstance(refusal, StoreUnavailable):
        kind = UNAVAILABLE
    return told(kind, refusal.sentence, rule=refusal.rule, errors=errors)


def answer(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The answer of the API that carries a problem."""
    return Response(
        dict(body), status=body["status"], headers=dict(headers or {}), content_type=MEDIA_TYPE
    )


def plain_answer(kind: Kind) -> HttpResponse:
    """The same outside the API's views: an address that is none, or a request nobody could read."""
    return JsonResponse(
        told(kind),
        status=kind.status,
        content_type=MEDIA_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )


# What the framework raises; the first that fits.
_PLAIN: tuple[tuple[type[Exception], Kind], ...] = (
    (exceptions.NotAuthenticated, UNAUTHENTICATED),
    (exceptions.AuthenticationFailed, UNAUTHENTICATED),
    (exceptions.PermissionDenied, FORBIDDEN),
    (PermissionDenied, FORBIDDEN),
    (exceptions.NotFound, NOT_FOUND),
    (Http404, NOT_FOUND),
    (OutOfReach, NOT_FOUND),
    (BytesMissing, NOT_FOUND),
    (exceptions.MethodNotAllowed, METHOD),
    (exceptions.NotAcceptable, NOT_ACCEPTABLE),
    (exceptions.UnsupportedMediaType, UNSUPPORTED),
    (exceptions.Throttled, THROTTLED),
    (RequestDataTooBig, TOO_LARGE),
    (SuspiciousOperation, MALFORMED),
    (exceptions.ParseError, MALFORMED),
)


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an exception in a view of the API; None for one that is a fault of ours."""
    if isinstance(error, Problem):
        return answer(told(error.kind, str(error.detail)), error.headers)
    if isinstance(error, Refusal):
        return answer(told_refusal(error))
    if isinstance(error, exceptions.ValidationError):
        return answer(told(INVALID, errors=list(field_errors(error.detail))))
    for raised, kind in _PLAIN:
        if isinstance(error, raised):
            return answer(told(kind), _headers_of(error))
    return None


def _headers_of(error: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, round(wait)))
    return headers


def field_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Every sentence of a serializer's errors with the path of its field: ``invoices.0.total``."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            # What belongs to no field stands at the thing as a whole.
            step = "" if name == "non_field_errors" else str(name)
            yield from field_errors(inner, ".".join(part for part in (path, step) if part))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            if not nested or inner:
                yield from field_errors(inner, f"{path}.{place}" if nested and path else path)
    else:
        yield {"field": path, "rule": "", "detail": str(detail)}
