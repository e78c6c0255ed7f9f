"""What the bureau writes: formatted and cleaned, previewed, corrected, with attachments (N1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.documents.errors import UnableToKeepFile
from foundation.documents.office import look_into_attachment
from foundation.errors import OutOfReach
from foundation.notices.formatting import html_of, plain_text_of
from foundation.notices.models import Notice, NoticeKind
from foundation.notices.operations import announce, correct_notice, publish_notice
from foundation.notices.policies import UnableToCorrectNotice
from tests.foundation.build import AT, city, staff
from tests.foundation.test_documents import PDF
from tests.markup import inline_parts

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.foundation.urls"),
    pytest.mark.rule("N1"),
]

LATER = AT + timedelta(days=2)
TEXT = """# 申领条件

请在 **6月28日** 前申领：

- 注册在本市
- 微型、小型、中型企业

| 批次 | 金额 |
|---|---:|
| 第一批 | 2,000,000 元 |

详见[省厅网站](https://gdii.gd.gov.cn/)。"""


@pytest.fixture(autouse=True)
def _own_reach(settings) -> None:
    settings.DOCUMENT_REACH = ["foundation.notices.queries.documents_in_reach"]


@pytest.fixture
def bureau() -> Actor:
    return Actor(user=staff(Role.BUREAU))


def written(by: Actor, **changed) -> Notice:
    fields = {"kind": NoticeKind.GENERAL, "title": "通知", "body": TEXT, **changed}
    return announce(by=by, at=AT, **fields)


def zipped(parts: Mapping[str, bytes], name: str = "表.docx") -> SimpleUploadedFile:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
    return SimpleUploadedFile(name, buffer.getvalue())


WORD = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}


class Elements(HTMLParser):
    """Every element with its attributes, as a browser would find them."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))


class TestFormatting:
    def test_sections_lists_tables_and_links_are_set(self) -> None:
        html = html_of(TEXT)
        assert "<h2>申领条件</h2>" in html
        assert "<strong>6月28日</strong>" in html
        assert html.count("<li>") == 2
        assert '<th scope="col">批次</th>' in html
        assert 'class="table-wrap"' in html
        assert 'href="https://gdii.gd.gov.cn/"' in html
        assert 'rel="noopener noreferrer nofollow"' in html
        assert not inline_parts(html)

    @pytest.mark.parametrize(
        "hostile",
        [
            "<script>alert(1)</script>",
            '<img src=x onerror="alert(1)">',
            "[点我](javascript:alert(1))",
            "![图](http://x/y.png)",
            '[a](https://x "onclick=alert(1)")',
            "<a href='data:text/html,x'>x</a>",
            "[x](<https://x> 'a\" onmouseover=\"b')",
        ],
    )
    def test_nothing_hostile_comes_through(self, hostile: str) -> None:
        found = Elements()
        found.feed(html_of(hostile))
        assert {tag for tag, _ in found.all} <= {"p", "a"}
        for _, attributes in found.all:
            assert set(attributes) <= {"href", "rel", "title"}
            assert attributes.get("href", "http").startswith("http")

    def test_words_alone_for_searches_and_feeds(self, bureau: Actor) -> None:
        assert plain_text_of(written(bureau)).startswith(
            "申领条件 请在 6月28日 前申领： 注册在本市"
        )

    def test_what_the_portal_itself_writes_stays_plain(self) -> None:
        made = publish_notice(
            at=AT,
            by=Actor(job="test"),
            city=city(),
            publish_at=AT,
            kind=NoticeKind.RESULTS,
            title="结果",
            body="# 不是标题\n\n1. 也不是列表",
        )
        page = Client().get(f"/notices/{made.pk}/").content.decode()
        assert "<p># 不是标题</p>" in page


class TestCorrecting:
    def test_the_former_words_are_kept_and_shown_with_the_reason(self, bureau, time_machine):
        made = written(bureau)
        correct_notice(
            by=bureau,
            at=LATER,
            notice=made,
            title="通知",
            body="改为 **7月1日**",
            reason="更正日期",
        )
        time_machine.move_to(LATER, tick=False)
        page = Client().get(f"/notices/{made.pk}/").content.decode()
        assert "<strong>7月1日</strong>" in page
        assert "更正日期" in page
        assert "<strong>6月28日</strong>" in page.partition("更正前的内容</summary>")[2]

    def test_a_change_before_publication_is_kept_but_nobody_s_business(self, bureau, time_machine):
        made = written(bureau, publish_at=LATER)
        correct_notice(
            by=bureau, at=AT, notice=made, title="通知", body="定稿", reason="未定稿", files=()
        )
        assert made.corrections.get().body == TEXT
        time_machine.move_to(LATER, tick=False)
        page = Client().get(f"/notices/{made.pk}/").content.decode()
        assert "未定稿" not in page
        assert "6月28日" not in page

    def test_it_says_something_else_and_why(self, bureau: Actor) -> None:
        made = written(bureau)
        for words in ({"body": TEXT, "reason": "无"}, {"body": "新", "reason": " "}):
            with pytest.raises(UnableToCorrectNotice):
                correct_notice(by=bureau, at=LATER, notice=made, title="通知", **words)
        assert not made.corrections.exists()

    def test_neither_a_list_of_the_portal_nor_another_city_s_notice(self, bureau: Actor) -> None:
        stranger = Actor(user=staff(Role.BUREAU, slug="foshan"))
        with pytest.raises(OutOfReach):
            correct_notice(
                by=stranger, at=LATER, notice=written(bureau), title="通", body="新", reason="无"
            )
        results = publish_notice(
            at=AT,
            by=bureau,
            city=city(),
            publish_at=AT,
            kind=NoticeKind.RESULTS,
            title="结果",
            body="名单",
        )
        with pytest.raises(UnableToCorrectNotice):
            correct_notice(by=bureau, at=LATER, notice=results, title="通", body="新", reason="无")


class TestAttachments:
    def test_an_office_file_is_kept_and_downloaded_once_published(self, bureau, time_machine):
        made = written(bureau, publish_at=LATER, files=[look_into_attachment(zipped(WORD))])
        document = made.attachments.get()
        address = f"/notices/{made.pk}/files/{document.pk}/"
        time_machine.move_to(AT, tick=False)
        assert Client().get(address).status_code == 404
        time_machine.move_to(LATER, tick=False)
        answer = Client().get(address)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] == "application/octet-stream"

    @pytest.mark.rule("F4")
    @pytest.mark.parametrize(
        ("file", "said"),
        [
            (zipped({**WORD, "word/vbaProject.bin": b"x"}), "宏"),
            (zipped({**WORD, "[Content_Types].xml": b"macroEnabled"}), "宏"),
            (zipped({**WORD, "word/embeddings/oleObject1.bin": b"x"}), "内嵌"),
            (zipped({**WORD, "word/activeX/activeX1.xml": b"x"}), "控件"),
            (zipped({"[Content_Types].xml": b""}), "不是 Word"),
            (zipped(WORD, "表.xlsx"), "不是 Excel"),
            (SimpleUploadedFile("表.docx", b"PK\x03\x04"), "无法读取"),
            (SimpleUploadedFile("表.docx", b""), "空的"),
            (SimpleUploadedFile("表.doc", b"\xd0\xcf\x11\xe0"), "另存为"),
            (SimpleUploadedFile("表.zip", b"PK\x03\x04"), "其他格式"),
        ],
    )
    def test_what_could_act_or_hide_is_refused(self, file, said: str) -> None:
        with pytest.raises(UnableToKeepFile) as refused:
            look_into_attachment(file)
        assert said in refused.value.sentence

    def test_a_scan_is_checked_as_ever(self) -> None:
        assert (
            look_into_attachment(SimpleUploadedFile("a.pdf", PDF)).media_type == "application/pdf"
        )


class TestDesk:
    def test_the_preview_writes_nothing(self, bureau: Actor) -> None:
        client = Client()
        client.force_login(bureau.user)
        write = reverse("admin:notices_notice_list_act", args=["announce"])
        page = client.post(write, {"body": TEXT, "preview": "1"}).content.decode()
        assert "<h2>申领条件</h2>" in page
        assert "errorlist" not in page
        assert not Notice.objects.exists()

    def test_from_writing_to_correcting(self, bureau: Actor) -> None:
        client = Client()
        client.force_login(bureau.user)
        write = reverse("admin:notices_notice_list_act", args=["announce"])
        data = {"kind": "general", "title": "通知", "body": TEXT, "files": zipped(WORD)}
        page = client.post(write, data, follow=True).content.decode()
        made = Notice.objects.get()
        assert made.formatted
        assert made.attachments.get().name == "表.docx"
        assert "<h2>申领条件</h2>" in page
        correct = reverse("admin:notices_notice_record_act", args=[made.pk, "correct"])
        assert "6月28日" in client.get(correct).content.decode()
        refused = client.post(correct, {"title": "通知", "body": TEXT, "reason": "无"})
        assert "没有改动" in refused.content.decode()
        data = {"title": "通知", "body": "新内容", "reason": "更正"}
        page = client.post(correct, data, follow=True).content.decode()
        assert "公告已更正" in page
        assert "更正前的内容" in page
