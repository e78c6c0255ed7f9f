"""Pictures: upright and without metadata (F4), merged into one PDF (F2), and what is told about them (F3)."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader

from foundation.documents.checks import Picture, UnableToKeepFile, check_file, merge_files
from foundation.documents.models import MediaType
from tests.foundation import files

MAX_BYTES = 5_242_880
PRIVATE = b"PhoneMaker"


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def differs(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of two pictures in any channel, looked at coarsely."""
    small = [
        image.convert("RGB").resize((100, 100), Image.Resampling.BOX) for image in (one, other)
    ]
    return max(high for _, high in ImageChops.difference(*small).getextrema())


@pytest.mark.rule("F4")
class TestMetadata:
    def test_where_a_photo_was_taken_is_gone_and_its_quality_is_not(self) -> None:
        photo = files.jpeg(
            exif=files.exif(),
            comment=b"PhoneMaker comment",
            icc_profile=b"\0" * 200,
            dpi=(300, 300),
        )
        assert PRIVATE in photo
        kept = check_file("a.jpg", photo).content
        assert PRIVATE not in kept
        assert not opened(kept).getexif()
        assert opened(kept).info["icc_profile"] == b"\0" * 200
        assert opened(kept).info["dpi"] == (300, 300)
        # Bit by bit the same picture: it was copied, not encoded again.
        assert opened(kept).tobytes() == opened(photo).tobytes()

    def test_texts_in_a_png_are_gone(self) -> None:
        from PIL.PngImagePlugin import PngInfo

        told = PngInfo()
        told.add_text("Author", "PhoneMaker")
        told.add_itxt("XML:com.adobe.xmp", "<x>PhoneMaker</x>")
        picture = files.png(pnginfo=told, exif=files.exif())
        kept = check_file("a.png", picture).content
        assert PRIVATE in picture
        assert PRIVATE not in kept
        assert opened(kept).tobytes() == opened(picture).tobytes()

    @pytest.mark.parametrize(
        ("orientation", "undo"),
        [
            (2, Image.Transpose.FLIP_LEFT_RIGHT),
            (3, Image.Transpose.ROTATE_180),
            (4, Image.Transpose.FLIP_TOP_BOTTOM),
            (5, Image.Transpose.TRANSPOSE),
            (6, Image.Transpose.ROTATE_270),
            (7, Image.Transpose.TRANSVERSE),
            (8, Image.Transpose.ROTATE_90),
        ],
    )
    @pytest.mark.parametrize(("make", "name"), [(files.jpeg, "a.jpg"), (files.png, "a.png")])
    def test_a_photo_is_set_upright_first(self, make, name, orientation, undo) -> None:
        held = make((600, 800), exif=files.exif(orientation=orientation))
        kept = check_file(name, held).content
        assert PRIVATE not in kept
        assert differs(opened(kept), opened(held).transpose(undo)) < 12
        assert len(kept) < 1.5 * len(held)

    def test_broken_exif_is_dropped(self) -> None:
        photo = files.jpeg(exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"PhoneMaker" * 9)
        assert PRIVATE not in check_file("a.jpg", photo).content


@pytest.mark.rule("F3")
class TestWarnings:
    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (files.jpeg(), "a.jpg"),
            (files.jpeg(quality=40), "a.jpg"),
            (files.png(), "a.png"),
            (files.scanned_pdf(), "a.pdf"),
            # Printed to PDF, not scanned: nothing to say about its colour.
            (files.plain_pdf(), "a.pdf"),
        ],
    )
    def test_a_good_scan_has_none(self, content: bytes, name: str) -> None:
        assert check_file(name, content).warnings == ()

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (files.encoded(files.page(stamp=False), "JPEG", quality=60), "a.jpg"),
            (files.encoded(files.page(mode="L"), "PNG"), "a.png"),
            (files.encoded(files.page(mode="1"), "PNG"), "a.png"),
            (files.scanned_pdf(files.page(stamp=False)), "a.pdf"),
        ],
    )
    def test_without_colour(self, content: bytes, name: str) -> None:
        (warning,) = check_file(name, content).warnings
        assert warning == "文件接近黑白，材料应为彩色扫描件或照片，请确认。"

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (files.jpeg((827, 1169)), "a.jpg"),
            (files.png((827, 1169)), "a.png"),
            (files.scanned_pdf(files.page((827, 1169)), dpi=100), "a.pdf"),
        ],
    )
    def test_a_low_resolution(self, content: bytes, name: str) -> None:
        (warning,) = check_file(name, content).warnings
        assert "约 100 dpi" in warning

    def test_the_pages_are_named(self) -> None:
        grey = files.page(stamp=False)
        content = files.scanned_pdf(files.page(), grey, files.page(), grey)
        (warning,) = check_file("a.pdf", content).warnings
        assert warning.startswith("第 2、4 页接近黑白")


@pytest.mark.rule("F2")
class TestMerging:
    def photo(self, colour: str, size: tuple[int, int] = files.A4_AT_200, **how: object) -> bytes:
        image = Image.new("RGB", size, colour)
        # The upper left corner is black, so that the way it is turned can be seen.
        image.paste("black", (0, 0, size[0] // 4, size[1] // 4))
        return files.encoded(image, "JPEG", **how)

    def pages(self, content: bytes) -> list[Image.Image]:
        document = pdfium.PdfDocument(content)
        return [page.render(scale=0.2).to_pil().convert("RGB") for page in document]

    def test_in_the_order_given(self) -> None:
        merged = merge_files(
            [Picture(f"{n}.jpg", self.photo(c)) for n, c in enumerate(["red", "green", "blue"])]
        )
        assert (merged.name, merged.media_type) == ("0.pdf", MediaType.PDF)
        seen = [
            max(range(3), key=page.getpixel((60, 100)).__getitem__)
            for page in self.pages(merged.content)
        ]
        assert seen == [0, 1, 2]
        assert check_file("again.pdf", merged.content).content == merged.content

    @pytest.mark.parametrize(
        ("turn", "corner"),
        [(0, "left top"), (90, "right top"), (180, "right bottom"), (270, "left bottom")],
    )
    @pytest.mark.parametrize("orientation", [1, 6])
    def test_turned(self, turn: int, corner: str, orientation: int) -> None:
        # Held sideways: the corner is upper left once the Exif is obeyed.
        image = opened(self.photo("yellow"))
        if orientation == 6:
            image = image.transpose(Image.Transpose.ROTATE_90)
        content = files.encoded(image, "JPEG", exif=files.exif(orientation=orientation))
        (page,) = self.pages(merge_files([Picture("a.jpg", content, turn)]).content)
        assert (page.width > page.height) == (turn in {90, 270})
        across, up = corner.split()
        point = (
            10 if across == "left" else page.width - 10,
            10 if up == "top" else page.height - 10,
        )
        assert sum(page.getpixel(point)) < 120

    def test_each_page_is_a4_and_nothing_is_told_beside_it(self) -> None:
        content = files.jpeg((3000, 4000), exif=files.exif())
        merged = merge_files([Picture("a.jpg", content), Picture("b.png", files.png((2000, 1000)))])
        sizes = [
            (round(page.mediabox.width), round(page.mediabox.height))
            for page in PdfReader(io.BytesIO(merged.content)).pages
        ]
        assert sizes == [(595, 842), (842, 595)]
        assert PRIVATE not in merged.content

    def test_large_photos_are_made_to_fit_and_stay_legible(self) -> None:
        photo = files.encoded(
            Image.effect_noise((3000, 4000), 40).convert("RGB"), "JPEG", quality=95
        )
        assert len(photo) > MAX_BYTES
        merged = merge_files([Picture("a.jpg", photo), Picture("b.jpg", photo)])
        assert len(merged.content) <= MAX_BYTES
        images = [page.images[0].image for page in PdfReader(io.BytesIO(merged.content)).pages]
        assert all(min(image.size) >= 200 * 8.2 for image in images)

    def test_what_cannot_fit_is_refused(self) -> None:
        photo = files.encoded(Image.effect_noise(files.A4_AT_200, 200).convert("RGB"), "JPEG")
        with pytest.raises(UnableToKeepFile, match="合并后超过 5 MB"):
            merge_files([Picture(f"{n}.jpg", photo) for n in range(12)])

    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("b.pdf", files.scanned_pdf(), "第 2 个文件：只能把多张图片"),
            ("b.png", files.jpeg(), "第 2 个文件：文件扩展名"),
            ("b.jpg", b"", "第 2 个文件：文件是空的"),
            ("b.jpg", files.jpeg()[:900], "不完整"),
            ("b.jpg", b"\xff\xd8\xff" + b"\0" * (15 * 1024 * 1024), "超过 15 MB"),
            ("b.png", files.png_header_of(60_000, 60_000), "5000 万像素"),
        ],
    )
    def test_one_bad_file_refuses_all(self, name: str, content: bytes, says: str) -> None:
        with pytest.raises(UnableToKeepFile, match=says):
            merge_files([Picture("a.jpg", self.photo("red")), Picture(name, content)])

    def test_too_many(self) -> None:
        with pytest.raises(UnableToKeepFile, match="最多合并 20 张"):
            merge_files([Picture("a.jpg", self.photo("red", (40, 30)))] * 21)

    def test_warnings_name_the_pages(self) -> None:
        grey = files.encoded(files.page(stamp=False), "JPEG")
        merged = merge_files([Picture("a.jpg", files.jpeg()), Picture("b.jpg", grey)])
        assert merged.warnings[0].startswith("第 2 页接近黑白")
