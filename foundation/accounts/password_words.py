"""Words that everybody would guess here first, and that are no password with a year behind them."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError

# The scheme, the portal, who takes part, and where (ASVS 6.1.2): docs/security.md points here.
CONTEXT_WORDS = (
    *("fuwuquan", "fuwu", "quan", "fwq", "voucher", "portal", "pingtai"),
    *("qiye", "jigou", "zhongxiaowei", "chengban", "gongxin", "gongxinju", "bureau", "enterprise"),
    *("guangdong", "guangzhou", "shenzhen", "zhuhai", "foshan", "dongguan", "huizhou", "zhongshan"),
    *(
        "admin",
        "guanliyuan",
        "password",
        "mima",
        "denglu",
        "qwerty",
        "abc",
        "aa",
        "aaa",
        "test",
        "gov",
    ),
    *(
        "服务券",
        "中小微企业",
        "企业",
        "服务机构",
        "平台",
        "工信局",
        "工信",
        "承办单位",
        "广东",
        "广州",
    ),
    *("管理员", "密码", "登录"),
)
LEFT_MIN = 4
_WORDS = re.compile("|".join(sorted(map(re.escape, CONTEXT_WORDS), key=len, reverse=True)))
_NO_LETTERS = re.compile(r"[\W\d_]+")


class ContextWordsValidator:
    """Refuses a password of which fewer than four letters are left without those words, digits and signs."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError with a sentence for the user."""
        text = unicodedata.normalize("NFKC", password).casefold()
        if len(_NO_LETTERS.sub("", _WORDS.sub("", text))) < LEFT_MIN:
            raise ValidationError(
                "密码不能只由平台、地名等常用词加数字和符号组成，容易被猜到，请加入其他内容。"
            )

    def get_help_text(self) -> str:
        """What it asks, in one sentence."""
        return "不能只由平台、地名等常用词加数字和符号组成。"
