"""What gets in and what does not (F1), and that a hostile file costs its sender a refusal (F4)."""

from __future__ import annotations

import zlib
from contextlib import suppress

import pytest
from PIL import Image

from foundation import bounded
from foundation.documents import checks
from foundation.documents.checks import CheckedFile, UnableToKeepFile, check_file
from foundation.documents.models import MediaType
from tests.foundation import files

MAX_BYTES = 5_242_880

pytestmark = [pytest.mark.once, pytest.mark.rule("F1")]


def refusal(content: bytes, name: str = "a.pdf") -> str:
    with pytest.raises(UnableToKeepFile) as refused:
        check_file(name, content)
    assert refused.value.rule in {"F1", "F4"}
    return refused.value.sentence


def check(content: bytes, name: str = "a.pdf") -> CheckedFile:
    return check_file(name, content)


class TestAccepted:
    @pytest.mark.parametrize(
        ("content", "name", "media_type"),
        [
            (files.scanned_pdf(), "a.pdf", MediaType.PDF),
            (files.plain_pdf(), "营业执照.PDF", MediaType.PDF),
            (files.plain_pdf() + b"\r\n\0\0", "a.pdf", MediaType.PDF),
            (files.jpeg(), "a.jpg", MediaType.JPEG),
            (files.jpeg(progressive=True), "a.jpeg", MediaType.JPEG),
            (files.encoded(files.page(mode="CMYK"), "JPEG"), "a.JPG", MediaType.JPEG),
            (files.encoded(files.page(mode="L"), "JPEG"), "a.JPG", MediaType.JPEG),
            (files.png(), "a.png", MediaType.PNG),
            (files.encoded(files.page(mode="P"), "PNG"), "a.png", MediaType.PNG),
            (files.encoded(files.page(mode="RGBA"), "PNG"), "a.png", MediaType.PNG),
            (files.encoded(files.page(mode="1"), "PNG"), "a.png", MediaType.PNG),
        ],
    )
    def test_pdf_jpg_and_png(self, content: bytes, name: str, media_type: MediaType) -> None:
        found = check(content, name)
        assert found.media_type == media_type
        assert found.thumbnail.startswith(b"\xff\xd8\xff")

    def test_exactly_5_mib_is_in(self) -> None:
        content = files.pdf_of_length(MAX_BYTES)
        assert len(content) == MAX_BYTES
        assert check(content).content == content

    def test_one_byte_more_is_out(self) -> None:
        assert "5 MB" in refusal(files.pdf_of_length(MAX_BYTES + 1))

    def test_a_pdf_is_kept_as_it_came(self) -> None:
        content = files.scanned_pdf()
        assert check(content).content == content

    def test_forbidding_changes_is_no_password_to_open(self) -> None:
        content = files.locked_pdf(user="", owner="secret")
        assert check(content).content == content

    @pytest.mark.parametrize(
        "catalog",
        [b"/OpenAction[3 0 R/Fit]", b"/OpenAction<</S/GoTo/D[3 0 R/Fit]>>", b"/PageMode/UseThumbs"],
    )
    def test_going_to_a_page_is_no_action(self, catalog: bytes) -> None:
        check(files.plain_pdf(catalog=catalog))

    def test_a_link_is_no_action_of_its_own(self) -> None:
        link = b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://example.cn/)>>>>"
        check(files.plain_pdf(page_entries=b"/Annots[5 0 R]", more=[link]))


_WEB = b"<</S/URI/URI(https://example.cn/)>>"


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "name", "says"),
        [
            (b"", "a.pdf", "空的"),
            (files.jpeg(), "a.pdf", "扩展名"),
            (files.plain_pdf(), "a.png", "扩展名"),
            (files.plain_pdf(), "a", "扩展名"),
            (files.plain_pdf(), "a.pdf.exe", "扩展名"),
            (files.png(), "a.jpg", "扩展名"),
            (b"<!doctype html><script>alert(1)</script>", "a.pdf", "PDF、JPG 或 PNG"),
            (b"<html>%PDF-1.4 %%EOF", "a.pdf", "PDF、JPG 或 PNG"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "PDF、JPG 或 PNG"),
            (files.encoded(files.page((40, 30)), "GIF"), "a.png", "PDF、JPG 或 PNG"),
            (files.encoded(files.page((40, 30)), "WEBP"), "a.jpg", "PDF、JPG 或 PNG"),
            (b"PK\x03\x04" + b"\0" * 40, "a.docx", "PDF、JPG 或 PNG"),
            (b"MZ" + b"\0" * 40, "a.jpg", "PDF、JPG 或 PNG"),
        ],
    )
    def test_what_it_is_not(self, content: bytes, name: str, says: str) -> None:
        assert says in refusal(content, name)

    @pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (files.scanned_pdf(), "a.pdf"),
            (files.jpeg(), "a.jpg"),
            (files.jpeg(progressive=True), "a.jpg"),
            (files.png(), "a.png"),
        ],
    )
    def test_a_truncated_file(self, content: bytes, name: str, share: float) -> None:
        assert "不完整" in refusal(content[: int(len(content) * share)], name)

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"%PDF-1.7\n%%EOF", "a.pdf"),
            (b"%PDF-1.7\n" + b"\0" * 3000 + b"%%EOF", "a.pdf"),
            (b"\xff\xd8\xff\xd9", "a.jpg"),
            (files.png()[:60] + b"\0" * 40 + files.png()[100:], "a.png"),
            (files.plain_pdf().replace(b"/Root 1 0 R", b"/Root 9 0 R"), "a.pdf"),
        ],
    )
    def test_a_broken_file(self, content: bytes, name: str) -> None:
        assert refusal(content, name)

    def test_a_password_to_open(self) -> None:
        assert "打开密码" in refusal(files.locked_pdf(user="secret", owner="secret"))

    def test_no_pages(self) -> None:
        content = files.pdf_of(
            [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]
        )
        assert "没有页面" in refusal(content)

    @pytest.mark.parametrize(
        ("catalog", "page", "more"),
        [
            (b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>", b"", []),
            (b"/OpenAction<</S/JavaScr#69pt/J#53(app.alert\\(1\\))>>", b"", []),
            (b"/Names<</JavaScript<</Names[(a)5 0 R]>>>>", b"", [b"<</S/JavaScript/JS(1)>>"]),
            (b"/OpenAction 5 0 R", b"", [b"<</S/L#61unch/F(cmd.exe)>>"]),
            (b"/OpenAction 5 0 R", b"", [b"<</S 6 0 R/F(cmd.exe)>>", b"/Launch"]),
            (b"", b"/AA<</O<</S/Launch/F(cmd.exe)>>>>", []),
            (b"", b"/AA<</O<</S/JavaScript/JS 5 0 R>>>>", [files.stream(b"app.alert(1)")]),
            (b"", b"/AA<</C<</S/SubmitForm/F(https://example.cn/)>>>>", []),
            (b"/AcroForm<</Fields[]/XFA 5 0 R>>", b"", [files.stream(b"<xdp/>")]),
            (b"", b"/Annots[5 0 R]", [b"<</Type/Annot/Subtype/RichMedia/Rect[0 0 9 9]>>"]),
            # Opens an address or a file elsewhere without a click: Windows sends its user's name and password hash along.
            (b"/OpenAction<</S/URI/URI(https://example.cn/)>>", b"", []),
            (b"/OpenAction 5 0 R", b"", [b"<</S/URI/URI(https://example.cn/)>>"]),
            (b"/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next 5 0 R>>", b"", [b"[6 0 R]", _WEB]),
            (b"", b"/AA<</O<</S/URI/URI(https://example.cn/)>>>>", []),
            (b"", b"/AA 5 0 R", [b"<</O 6 0 R>>", _WEB]),
            (b"", b"/AA<</O<</S/GoToR/F(\\\\\\\\host\\\\share)/D[0/Fit]>>>>", []),
            (b"", b"/Annots[5 0 R]", [b"<</Subtype/Link/Rect[0 0 9 9]/A<</S/GoToR/F(a)>>>>"]),
        ],
    )
    def test_what_acts_by_itself(self, catalog: bytes, page: bytes, more: list[bytes]) -> None:
        content = files.plain_pdf(catalog=catalog, page_entries=page, more=more)
        assert "脚本、自动动作" in refusal(content)

    def test_an_action_in_a_compressed_object(self) -> None:
        content = files.hidden_in_an_object_stream(b"<</S/JavaScript/JS(app.alert\\(1\\))>>")
        assert b"JavaScript" not in content
        assert "脚本、自动动作" in refusal(content)
        # The same file without it is sound, so it was not refused for its build.
        check(files.hidden_in_an_object_stream(b"<</S/GoTo/D[3 0 R/Fit]>>"))

    @pytest.mark.parametrize(
        "content",
        [
            files.pdf_with_attachment(),
            files.plain_pdf(
                page_entries=b"/Annots[5 0 R]",
                more=[b"<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]>>"],
            ),
            files.plain_pdf(catalog=b"/Collection<</View/D>>"),
        ],
    )
    def test_files_inside_the_file(self, content: bytes) -> None:
        assert "内嵌了其他文件" in refusal(content)


@pytest.mark.rule("F4")
class TestHostile:
    """Each of these would take a web process with it if it were opened there."""

    @pytest.mark.parametrize(("width", "height"), [(50_001, 1000), (1_000_000, 51), (2**31 - 1, 2)])
    def test_a_picture_beyond_50_megapixels_is_not_decoded(self, width: int, height: int) -> None:
        content = files.png_header_of(
            width if width < 2**30 else 60_000, height if height > 2 else 60_000
        )
        assert "5000 万像素" in refusal(content, "a.png")

    def test_50_megapixels_are_in(self) -> None:
        assert check(files.png_header_of(50_000, 1000), "a.png").media_type == MediaType.PNG

    def test_a_large_picture_inside_a_pdf(self) -> None:
        picture = files.stream(
            b"",
            b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceGray/BitsPerComponent 8",
        )
        content = files.plain_pdf(
            page_entries=b"/Resources<</XObject<</I 5 0 R>>>>", more=[picture]
        )
        assert "5000 万像素" in refusal(content)

    def test_a_table_of_objects_that_unpacks_without_end(self) -> None:
        packed = zlib.compress(b"\0" * 900_000_000, 9)
        out = b"%PDF-1.5\n"
        table = files.stream(
            packed, b"/Type/XRef/Size 99999999/W[1 4 2]/Root 1 0 R/Filter/FlateDecode"
        )
        content = out + b"1 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF" % (table, len(out))
        assert len(content) < MAX_BYTES
        assert refusal(content)

    def test_a_page_that_unpacks_without_end(self) -> None:
        drawing = zlib.compress(b"0 0 1 rg 1 1 9 9 re f\n" * 20_000_000, 9)
        content = files.pdf_of(
            [
                b"<</Type/Catalog/Pages 2 0 R>>",
                b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
                files.stream(drawing, b"/Filter/FlateDecode"),
            ]
        )
        assert len(content) < MAX_BYTES
        assert "过于复杂" in refusal(content)

    def test_pages_below_pages_below_pages(self) -> None:
        deep = 20_000
        nodes = [
            b"<</Type/Pages/Kids[%d 0 R]/Count 1/Parent %d 0 R>>" % (number + 1, number - 1)
            for number in range(2, deep)
        ]
        leaf = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]>>" % (deep - 1)
        assert refusal(files.pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", *nodes, leaf]))

    def test_pages_that_are_their_own_parents(self) -> None:
        content = files.pdf_of(
            [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"]
        )
        assert refusal(content)

    def test_objects_that_lead_to_themselves(self) -> None:
        content = files.plain_pdf(catalog=b"/OpenAction 5 0 R", more=[b"5 0 R"])
        # Refused, or taken as no action: both end.
        with suppress(UnableToKeepFile):
            check(content)

    def test_brackets_without_end(self) -> None:
        assert refusal(files.plain_pdf(more=[b"[" * 200_000 + b"]" * 200_000]))

    def test_a_million_objects(self) -> None:
        objects = [b"[%s]" % (b"0 " * 20_000)] * 60
        assert "过于复杂" in refusal(files.plain_pdf(more=objects))

    def test_an_object_that_cannot_be_looked_at(self) -> None:
        beyond_reading = b"[" + b"0 " * 1_500_000 + b"]"
        assert refusal(files.plain_pdf(catalog=b"/Extra 5 0 R", more=[beyond_reading]))

    def test_a_form_that_draws_itself(self) -> None:
        form = files.stream(
            b"/F Do /F Do",
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>",
        )
        content = files.plain_pdf(page_entries=b"/Resources<</XObject<</F 5 0 R>>>>", more=[form])
        # A drawing of itself may be taken as empty.
        with suppress(UnableToKeepFile):
            check(content)

    @pytest.mark.parametrize(("content", "name"), [(files.jpeg(), "a.jpg"), (files.png(), "a.png")])
    def test_what_follows_a_picture_is_cut_off(self, content: bytes, name: str) -> None:
        polyglot = content + b"PK\x03\x04<script>alert(1)</script>%PDF-1.4 %%EOF" + content[-12:]
        assert b"script" not in check(polyglot, name).content

    def test_the_work_has_limits(self) -> None:
        for limits in (checks.CHECKING, checks.MERGING):
            assert limits.memory_bytes <= 1024 * bounded.MIB
            assert limits.cpu_seconds <= 45
            assert limits.seconds < 60, "the proxy in front waits a minute"

    def test_the_decoder_never_sees_more_pixels_than_allowed(self) -> None:
        assert Image.MAX_IMAGE_PIXELS is not None, "the worker's setting stays in the worker"
