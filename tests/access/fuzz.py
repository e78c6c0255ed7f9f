"""Odd requests out of a seed: what a page's own forms and links name, filled with what nobody would type."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from rehearsal.papers import pdf

HUGE = "9" * 400
ODD = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "%00",
        "\n",
        "\r\nX-Y: z",
        "\t",
        "\ufeff",
        "\u202e",
        "\ud7ff",
        "\uffff",
    ),
    *("-1", "0", "1", "2", "99", "-0", "+1", "1.5", "1e9", "1e400", "-1e-400", "NaN", "Infinity"),
    *("0x10", "1_000", "٣", "²", "１２３", "一百", "9223372036854775807", "9223372036854775808"),
    *("-9223372036854775809", "2147483648", HUGE, f"0.{HUGE}", "999999999999.99", "0.001"),
    *("2020-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2020-13-01T25:61"),
    *("24:00", "23:59:60", "99:99", "2020", "13", "-13", "June"),
    *("true", "on", "None", "null", "undefined", "[]", "{}", "[0]", '{"a":1}', "__all__", "id"),
    *("'", '"', "' OR '1'='1", '"><script>alert(1)</script>', "{{7*7}}", "{% debug %}", "${7*7}"),
    *("../../../../etc/passwd", "//evil.example", "javascript:alert(1)", "=1+1", "@SUM(1)", "-2+3"),
    *("😀", "𠮷野家", "é", "e\u0301", "ﬁ", "İ", "ß", "中" * 3000, "a" * 70_000, "%", "_", "\\"),
    *("password__startswith", "-pk", "1,2,3", "1;2", "a=b&c=d", "?", "#", "/"),
)
# What lists understand, theirs or the admin's.
PARAMETERS = (
    *("page", "p", "q", "o", "e", "all", "next", "tab", "city", "district", "programme", "year"),
    *("_changelist_filters", "_popup", "_to_field", "id__gt", "pk__in", "state", "state__exact"),
    *("state__isnull", "text", "batch", "from", "until", "order", "sort", "category", "format"),
    *(
        "at__year",
        "at__month",
        "at__day",
        "publish_at__gte",
        "number__contains",
        "size",
        "industry",
    ),
)
CONTENT_TYPES = (
    *("application/json", "text/plain", "", "application/octet-stream", "multipart/form-data"),
    *("multipart/form-data; boundary=", f"multipart/form-data; boundary={'x' * 300}"),
    *("application/x-www-form-urlencoded; charset=utf-16", "multipart/mixed; boundary=x", "a/b;c"),
)


class _Names(HTMLParser):
    """Fields with their values, and the names that links and get-forms ask by."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, list[str]] = {}
        self.files: set[str] = set()
        self.asked: set[str] = set()
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag in {"input", "textarea", "select", "button"} and name:
            self.fields.setdefault(name, [])
            if found.get("type") == "file":
                self.files.add(name)
            elif found.get("value"):
                self.fields[name].append(found["value"])
            self.select = name if tag == "select" else self.select
        elif tag == "option" and self.select:
            self.fields[self.select].append(found.get("value", ""))
        elif tag == "a" and "?" in found.get("href", ""):
            self.asked |= {key for key, _ in parse_qsl(urlsplit(unescape(found["href"])).query)}


@dataclass
class Page:
    """What a page showed: names of fields with known values, of files, of parameters."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    def learn(self, html: str) -> None:
        """Add what stands in the page."""
        found = _Names()
        found.feed(html)
        self.fields |= {
            name: values for name, values in found.fields.items() if name != "csrfmiddlewaretoken"
        }
        self.files |= found.files
        self.asked |= found.asked | found.fields.keys()


def value(chance: Random, known: list[str] | None = None) -> str:
    """Something sound now and then, mostly something odd."""
    if known and chance.random() < 0.5:
        return chance.choice(known)
    if chance.random() < 0.15:
        return "".join(chr(_letter(chance)) for _ in range(chance.randrange(1, 40)))
    return chance.choice(ODD)


def _letter(chance: Random) -> int:
    """Any character but half a surrogate pair, which no address or form can carry."""
    found = chance.randrange(0x10FFFF)
    return found if not 0xD800 <= found <= 0xDFFF else 0x4E2D


def query(chance: Random, page: Page) -> str:
    """Parameters, some of them twice, some of them broken."""
    names = [*sorted(page.asked), *PARAMETERS]
    pairs = []
    for _ in range(chance.randrange(1, 6)):
        name = chance.choice(names) if chance.random() < 0.9 else value(chance)[:200]
        pairs.append(
            f"{quote_plus(name)}={quote_plus(value(chance, page.fields.get(name))[:3000])}"
        )
    if chance.random() < 0.1:
        pairs.append(chance.choice(("%", "%zz=1", "&&&", "=", "a[]=1&a[]=2", "%ff=%fe")))
    return "&".join(pairs)


def form(chance: Random, page: Page) -> tuple[bytes, str]:
    """A body and its type: the page's own fields, some odd, missing, doubled or of a kind that is not theirs."""
    if chance.random() < 0.06:
        body = chance.choice((b"", b"\xff\xfe\x00", b'{"a": ', b"a=1", b"--x\r\n", b"%ff=%ff"))
        return body, chance.choice(CONTENT_TYPES)
    names = sorted(page.fields) or list(PARAMETERS)
    # One odd value among sound ones reaches deeper than odd values throughout.
    odd = set(chance.sample(names, chance.randrange(1, min(4, len(names)) + 1)))
    data: dict[str, Any] = {}
    for name in names:
        known = page.fields.get(name)
        if name in page.files:
            data[name] = _file(chance)
        elif name in odd:
            many = chance.random() < 0.15
            data[name] = [value(chance) for _ in range(3)] if many else value(chance, known)
        elif known and chance.random() < 0.95:
            data[name] = chance.choice(known)
        elif chance.random() < 0.8:
            data[name] = chance.choice(("1", "1000", "2020-07-01", "说明", "on", "5"))
        if chance.random() < 0.04:
            data.pop(name, None)
    if chance.random() < 0.1:
        data[value(chance)[:100].replace("\r", "").replace("\n", "")] = value(chance)
    if page.files or chance.random() < 0.5:
        return encode_multipart(BOUNDARY, data), MULTIPART_CONTENT
    pairs = [
        f"{quote_plus(name)}={quote_plus(str(one))}"
        for name, given in data.items()
        for one in (given if isinstance(given, list) else [given])
    ]
    return "&".join(pairs).encode(), "application/x-www-form-urlencoded"


def _file(chance: Random) -> Any:
    """A file, or what is none."""
    content = chance.choice(
        (b"", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\x03\x04", b"a" * 3000)
    )
    if chance.random() < 0.3:
        content = pdf(["odd", str(chance.random())])
    names = (
        "a.pdf",
        "a.PDF",
        "",
        ".pdf",
        "a",
        "../a.pdf",
        f"{'长' * 300}.pdf",
        "a\nb.pdf",
        "a.csv",
    )
    return chance.choice(
        (SimpleUploadedFile(chance.choice(names) or "x", content, "application/pdf"), "not a file")
    )


def address(chance: Random, url: str) -> str:
    """The address, at times with one of its parts exchanged."""
    if chance.random() > 0.12:
        return url
    parts = url.split("/")
    places = [place for place, part in enumerate(parts) if re.fullmatch(r"\d+|[a-z-]+", part)]
    if places:
        parts[chance.choice(places)] = quote(value(chance)[:500], safe="")
    return "/".join(parts)
