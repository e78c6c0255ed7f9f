"""From a form's data to its PDF, in a process of its own that is bounded in time and memory (ADR 0014)."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from django.conf import settings

from foundation import bounded
from foundation.errors import Refusal
from foundation.printing import typesetter

log = logging.getLogger(__name__)

SECONDS_MAX = 15
TEMPLATES = Path(settings.BASE_DIR) / "templates"
_FONT = Path(settings.BASE_DIR) / "node_modules/@expo-google-fonts/noto-serif-sc"
FONTS = (_FONT / "400Regular", _FONT / "700Bold")

_LINE_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
# How the typesetter names a sign that is in no script, as those of private use.
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")

Data: TypeAlias = "str | int | bool | Sequence[Data] | Mapping[str, Data] | None"


class UnableToPrint(Refusal):
    """A form that cannot be set; the sentence says what to do instead."""


def print_form(template: str, data: Mapping[str, Data], *, at: datetime) -> bytes:
    """The PDF (A-2a, UA-1, font embedded) of ``template``, a .typ file below templates/, filled with ``data``.

    ``data`` reaches the template as values, never as markup. ``at`` is the date of making the file states, so the
    same data at the same moment give the same bytes. Raises UnableToPrint.
    """
    command = [
        sys.executable,
        "-I",
        str(Path(typesetter.__file__)),
        str(TEMPLATES),
        template,
        str(int(at.timestamp())),
        *map(str, FONTS),
    ]
    try:
        with bounded.slot():
            done = subprocess.run(
                command,
                input=json.dumps(_printable(data)).encode(),
                capture_output=True,
                timeout=SECONDS_MAX,
                check=False,
                # No secret of the portal's environment is any business of a typesetter.
                env={},
            )
    except bounded.TooBusy:
        raise UnableToPrint("正在生成的文件较多，请稍后再试，或改用打印页打印。") from None
    except subprocess.TimeoutExpired:
        log.error("form %s was not set within %s seconds", template, SECONDS_MAX)
        raise UnableToPrint("表单内容过多，未能生成 PDF，请改用打印页或 Excel。") from None
    if done.returncode == typesetter.NO_GLYPH:
        sign = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), done.stderr.decode())
        raise UnableToPrint(
            f"内容中的“{sign}”不在 PDF 表单的字库内，未能生成 PDF，请改用打印页或 Excel。"
        )
    if done.returncode != 0:
        # What the typesetter says may quote the data, which is personal: only where nobody is real (F5).
        why = done.stderr.decode(errors="replace") if settings.DEBUG else ""
        log.error("form %s cannot be set (exit code %s) %s", template, done.returncode, why)
        raise UnableToPrint("PDF 暂时不能生成，请稍后再试，或改用打印页打印。")
    return done.stdout


def _printable(value: Data) -> Data:
    """The same data without marks that do not show: no font has them, and a form is no place for them."""
    if isinstance(value, str):
        spaced = _LINE_BREAKS.sub(" ", value)
        return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    if isinstance(value, Mapping):
        return {key: _printable(one) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [_printable(one) for one in value]
    return value
