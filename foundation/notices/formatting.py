"""Notices as HTML: Markdown set by markdown-it, then cleaned of everything that is not on the list (N1)."""

from __future__ import annotations

from collections.abc import Sequence

import nh3
from django.utils.html import linebreaks, strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from foundation.notices.models import Notice

_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "strong", "em", "s", "a", "blockquote", "code", "pre"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "th": {"scope"}, "table": {"class"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
# The title of the page is its h1; what people write with one # or two is a section of it.
_LEVELS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}

# Markup in the text stays text; pictures are attachments, which are checked.
_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .disable(["image", "html_block", "html_inline"])
)


def html_of(text: str) -> SafeString:
    """Formatted text as safe HTML; links open without telling where from, and vouch for nothing."""
    tokens = _MARKDOWN.parse(text)
    _settle(tokens)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    # Wide tables scroll by themselves, and can be reached by the keyboard for it.
    clean = clean.replace(
        "<table", '<div class="table-wrap" role="region" aria-label="表格" tabindex="0"><table'
    )
    return mark_safe(clean.replace("</table>", "</table></div>"))  # nosec B308, B703 # cleaned by nh3, or escaped


def body_of(notice: Notice, body: str | None = None) -> SafeString:
    """The body of a notice as HTML, or another ``body`` of it, such as a former one."""
    text = notice.body if body is None else body
    return html_of(text) if notice.formatted else mark_safe(linebreaks(text, autoescape=True))  # nosec B308, B703 # cleaned by nh3, or escaped


def plain_text_of(notice: Notice) -> str:
    """The words alone in one line: for descriptions, searches and feeds."""
    return " ".join(nh3.clean(strip_tags(body_of(notice)), tags=set()).split())


def _settle(tokens: Sequence[Token]) -> None:
    for token in tokens:
        token.tag = _LEVELS.get(token.tag, token.tag)
        if token.type == "table_open":
            token.attrSet("class", "table")
        elif token.type == "th_open":
            token.attrSet("scope", "col")
