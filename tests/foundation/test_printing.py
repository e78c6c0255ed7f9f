"""Forms set by the typesetter: literal data, embedded font, and bounds (ADR 0014)."""

from __future__ import annotations

import logging
import subprocess
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from foundation.moments import moment
from foundation.printing import typesetting
from foundation.printing.answers import PDF, download
from foundation.printing.typesetting import UnableToPrint, print_form
from foundation.printing.wording import Letter, Part, fill_in
from tests.pdfs import HOSTILE, extent, flat, fonts_embedded, pages, words

AT = moment(date(2020, 6, 1), 8)


def letter(name: str, **fields: str) -> Letter:
    return Letter(
        **{
            "title": "声明函",
            "edition": "（2020年版）",
            "paragraphs": [fill_in("本企业名称{name}，特此声明。", {"name": name})],
            "contact": fill_in("（经办人：{name}）", {"name": "王五"}),
            "signatures": ("企业名称（盖章）",),
            "note": "统一社会信用代码",
            "year": "2020",
            **fields,
        }
    )


def printed(name: str, **fields: str) -> bytes:
    return print_form("printing/letter.typ", letter(name, **fields).as_data(), at=AT)


@pytest.mark.parametrize(
    "name",
    [
        HOSTILE,
        '#import "@preview/x:1.0.0": *',
        '#read("/printing/form.typ")',
        "$ sum_1^2 $ *粗* _斜_ `码`",
        "\\u{41} \\#",
        "迪丽热巴·买买提",
        "𬭎㐀䶮龘",
    ],
)
def test_a_value_is_printed_as_it_is(name):
    assert f"本企业名称{flat(name)}，特此声明" in words(printed(name))
    assert flat(name) in words(printed("甲", title=name, note=name))


@pytest.mark.parametrize(
    "name", ["W" * 200, "W" * 19, "汉W" * 100, "W-" * 100, "W " * 100, "ÉW" * 100]
)
def test_a_long_value_breaks_and_stays_between_the_margins(name):
    content = printed(name)
    assert flat(name) in words(content)
    left, right = extent(content, "W")
    assert 27.5 < left < right < 210 - 27.5


def test_marks_that_do_not_show_are_dropped():
    assert "本企业名称甲乙丙丁，" in words(printed("甲\x07乙\u202e丙\u200d\ud800丁"))
    assert "甲乙" in words(printed("甲\r\n\t乙"))


def test_a_sign_the_font_lacks_is_a_sentence_and_no_empty_box():
    for sign in ("😀", "\ue000", "𠀀"):
        with pytest.raises(UnableToPrint, match=f"“{sign}”不在 PDF 表单的字库内"):
            printed(f"广州{sign}公司")


def test_the_font_comes_with_the_file():
    embedded = fonts_embedded(printed("甲"))
    assert len(embedded) == 2
    assert all(embedded.values())
    assert all("NotoSerifSC" in name for name in embedded)


def test_pages_are_numbered():
    long = "很长的内容。" * 400
    found = pages(printed(long))
    assert len(found) > 2
    for number, page in enumerate(found, start=1):
        assert f"第{number}页共{len(found)}页" in page


def test_the_same_data_at_the_same_moment_are_the_same_bytes():
    assert printed("甲") == printed("甲")
    assert b"20200601000000" in printed("甲")


class TestBounds:
    @pytest.fixture
    def template(self, tmp_path, monkeypatch):
        """Writes a template that stands where the portal's stand."""
        monkeypatch.setattr(typesetting, "TEMPLATES", tmp_path)

        def write(source: str) -> str:
            (tmp_path / "form.typ").write_text(source, encoding="utf-8")
            return "form.typ"

        return write

    def test_one_that_does_not_end_is_ended(self, template, monkeypatch):
        monkeypatch.setattr(typesetting, "SECONDS_MAX", 0.5)
        name = template("#for i in range(2000000) { for j in range(1000) { let x = i * j } }")
        with pytest.raises(UnableToPrint, match="未能生成 PDF"):
            print_form(name, {}, at=AT)

    def test_one_that_eats_memory_ends_its_own_process_only(self, template):
        name = template('#let x = "x"; #for i in range(60) { x = x + x }; #x')
        with pytest.raises(UnableToPrint):
            print_form(name, {}, at=AT)

    def test_a_faulty_template_says_nothing_of_the_data(self, template, caplog, settings):
        settings.DEBUG = False
        name = template("#panic(sys.inputs.data)")
        with caplog.at_level(logging.ERROR), pytest.raises(UnableToPrint, match="暂时不能生成"):
            print_form(name, {"id": "440101198001010015"}, at=AT)
        assert "form form.typ cannot be set" in caplog.text
        assert "440101" not in caplog.text

    def test_nothing_outside_the_templates_is_read(self, template):
        name = template('#read("/../../../../etc/hostname")')
        with pytest.raises(UnableToPrint):
            print_form(name, {}, at=AT)

    def test_the_typesetter_gets_the_data_by_its_input_only(self, monkeypatch):
        seen = {}
        run = subprocess.run

        def watch(command, **kwargs):
            seen.update(command=command, env=kwargs["env"])
            return run(command, **kwargs)

        monkeypatch.setattr(subprocess, "run", watch)
        printed("440101198001010015")
        assert not any("440101" in part for part in seen["command"])
        assert seen["env"] == {}


def test_templates_fetch_nothing():
    found = list((Path(settings.BASE_DIR) / "templates").rglob("*.typ"))
    assert len(found) >= 5
    for path in found:
        source = path.read_text(encoding="utf-8")
        assert "@" not in source and "http" not in source, path


def test_blanks_are_filled_by_name():
    parts = fill_in("甲{a}乙{b}", {"a": "{b}", "b": ""})
    assert parts == (Part("甲"), Part("{b}", True), Part("乙"), Part("", True))


def test_a_download_has_a_chinese_name_and_is_kept_nowhere():
    answer = download(b"x", name="声明函.pdf", content_type=PDF)
    assert answer["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E5%A3%B0%E6%98%8E%E5%87%BD.pdf"
    )
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
