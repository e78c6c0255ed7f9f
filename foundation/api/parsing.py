"""Reading bodies: JSON in UTF-8, within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.parsers import JSONParser

from foundation.api.problems import MALFORMED, TOO_LARGE, Problem

# The longest body is a payment with all its papers; files go by themselves.
BYTES_MAX = 256 * 1024


class BoundedJSON(JSONParser):
    """JSON as RFC 8259 has it, at most 256 KiB; anything else is refused with a sentence."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        declared = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        if int(declared) > BYTES_MAX:
            raise Problem(TOO_LARGE, "请求内容不能超过 256 KB，请减少内容后重试。")
        try:
            return super().parse(stream, media_type, dict(parser_context or {}))
        except RecursionError:
            raise Problem(MALFORMED, "JSON 嵌套过深，请对照接口文档检查。") from None
