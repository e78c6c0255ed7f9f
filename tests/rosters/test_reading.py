"""Roster files as they come in: formats, encodings, headers, hostile files (E8, F4)."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from foundation.rosters import sheets
from foundation.rosters.blank_sheets import blank_sheet
from foundation.rosters.columns import ROSTERS
from foundation.rosters.columns import understand as understand_rows
from foundation.rosters.models import RosterKind
from foundation.rosters.sheets import (
    COLUMNS_MAX,
    CSV,
    MAX_BYTES,
    ROWS_MAX,
    XLSX,
    UnableToReadRoster,
    media_type_of,
    read_rows,
)
from tests import build
from tests.rosters.build import HEADERS, csv_file, xlsx

pytestmark = pytest.mark.rule("E8")

BLACKLIST = HEADERS[RosterKind.BLACKLIST]


def understand(kind: str, rows):
    return list(understand_rows(kind, rows))


def rows_of(file: SimpleUploadedFile):
    content = file.read()
    return read_rows(media_type_of(file.name, content), content)


def understood(kind: str, *rows):
    return understand(kind, rows_of(csv_file([HEADERS[RosterKind(kind)], *rows])))


class TestFormats:
    def test_excel_cells_keep_their_kind_and_rows_the_number_excel_shows(self):
        file = xlsx(
            [
                [],
                ["名称", "列入日期", "数"],
                [],
                [" 甲\u200b　公司\n", datetime(2020, 1, 2, 3), 12.0],
                ["00123", date(2020, 1, 2), None],
            ]
        )
        rows = rows_of(file)
        assert [row.number for row in rows] == [2, 4, 5]
        assert rows[1].cells == ("甲 公司", date(2020, 1, 2), 12.0)
        assert rows[2].cells == ("00123", date(2020, 1, 2), "")

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_csv_in_the_encodings_people_have(self, encoding):
        rows = rows_of(csv_file([["机构全称"], ["广州𠮷野服务中心"], ["", ""]], encoding))
        assert [(row.number, row.cells) for row in rows] == [
            (1, ("机构全称",)),
            (2, ("广州𠮷野服务中心",)),
        ]

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("a.xlsx", b"", "空的"),
            ("a.csv", b"a" * (MAX_BYTES + 1), "超过 20 MB"),
            ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 Excel"),
            ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "打开密码"),
            ("a.xlsx", b"a,b", "只接受"),
            ("a.csv", b"PK\x03\x04", "只接受"),
            ("a.txt", b"a,b", "只接受"),
            ("a.csv", "a,b".encode("utf-16"), "只接受"),
            ("a.csv", b"\xff\xff", "编码"),
            ("a.csv", b'a,"b\n', "引号"),
            ("a.csv", b"\n ,\n", "没有内容"),
            ("a.xlsx", b"PK\x03\x04 no zip", "无法读取"),
        ],
    )
    def test_anything_else_is_refused_with_the_reason(self, name, content, said):
        with pytest.raises(UnableToReadRoster) as refused:
            rows_of(SimpleUploadedFile(name, content))
        assert said in refused.value.sentence
        assert refused.value.field == "file"

    def test_the_largest_file_is_still_read(self):
        line = b"a" * 1023 + b"\n"
        content = line * (MAX_BYTES // len(line))
        assert len(content) == MAX_BYTES
        assert len(read_rows(media_type_of("a.csv", content), content)) == 20480

    @pytest.mark.parametrize("make", [csv_file, xlsx])
    def test_the_number_of_rows_has_a_limit(self, make, monkeypatch):
        assert ROWS_MAX >= 50_000
        monkeypatch.setattr(sheets, "ROWS_MAX", 300)
        rows = [["a"]] * 301
        assert len(rows_of(make(rows))) == 301
        with pytest.raises(UnableToReadRoster) as refused:
            rows_of(make([*rows, ["a"]]))
        assert "300" in refused.value.sentence

    def test_the_number_of_columns_has_a_limit(self):
        for make in (csv_file, xlsx):
            assert len(rows_of(make([["a"] * COLUMNS_MAX]))) == 1
            with pytest.raises(UnableToReadRoster) as refused:
                rows_of(make([["a"] * (COLUMNS_MAX + 1)]))
            assert str(COLUMNS_MAX) in refused.value.sentence

    @pytest.mark.rule("F4")
    def test_a_sheet_that_claims_all_cells_costs_its_sender_a_refusal(self):
        book = Workbook()
        book.active["A1"] = book.active["XFD1048576"] = "a"
        buffer = BytesIO()
        book.save(buffer)
        with pytest.raises(UnableToReadRoster):
            rows_of(SimpleUploadedFile("a.xlsx", buffer.getvalue()))

    @pytest.mark.rule("F4")
    def test_a_zip_that_unpacks_beyond_memory_costs_its_sender_a_refusal(self):
        good = xlsx([["a"]]).read()
        buffer = BytesIO()
        with (
            zipfile.ZipFile(BytesIO(good)) as old,
            zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
        ):
            for name in old.namelist():
                if name != "xl/worksheets/sheet1.xml":
                    new.writestr(name, old.read(name))
            with new.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
                sheet.write(b'<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>')
                for _ in range(600):
                    sheet.write(b"a" * 1_000_000)
                sheet.write(b"</v></c></row></sheetData></worksheet>")
        assert len(buffer.getvalue()) < MAX_BYTES
        with pytest.raises(UnableToReadRoster):
            rows_of(SimpleUploadedFile("a.xlsx", buffer.getvalue()))


class TestHeaders:
    def refusal(self, *header: str, kind: str = RosterKind.BLACKLIST) -> str:
        with pytest.raises(UnableToReadRoster) as refused:
            understand(kind, rows_of(csv_file([header, ["a"] * len(header)])))
        return refused.value.sentence

    def test_a_missing_column_is_named_with_all_that_belong_there(self):
        sentence = self.refusal("统一社会信用代码", "名称")
        assert "缺少“列入日期”" in sentence
        assert "统一社会信用代码、名称、列入事由、列入日期、移出日期" in sentence

    def test_the_end_of_an_accreditation_may_be_empty_but_its_column_not_missing(self):
        header = [h for h in HEADERS[RosterKind.ACCREDITATION] if h != "有效期止"]
        assert "缺少“有效期止”" in self.refusal(*header, kind=RosterKind.ACCREDITATION)

    def test_a_misspelt_column_is_not_silently_lost(self):
        sentence = self.refusal("统一社会信用代码", "列入日期", "移出时间")
        assert "不认识的列“移出时间”" in sentence

    def test_a_column_twice_is_refused(self):
        assert "重复的列“名称”" in self.refusal("统一社会信用代码", "列入日期", "名称", "名称")

    def test_a_header_without_rows_is_refused(self):
        with pytest.raises(UnableToReadRoster):
            understand(RosterKind.BLACKLIST, rows_of(csv_file([BLACKLIST])))

    def test_order_stars_and_running_numbers_do_not_matter(self):
        code = build.credit_code()
        header = ["序号", "列入日期 *", "统一社会信用代码＊", "备注"]
        rows = rows_of(csv_file([header, ["1", "2020-01-15", code, "无"]]))
        (reading,) = understand(RosterKind.BLACKLIST, rows)
        assert reading.values == {"credit_code": code, "listed_on": "2020-01-15"}


class TestCells:
    def blacklisted(self, code, day, lifted=""):
        (reading,) = understood(RosterKind.BLACKLIST, [code, "", "", day, lifted])
        return reading

    @pytest.mark.parametrize(
        "cell",
        ["2020-01-05", "2020/1/5", "2020.1.5", "2020年1月5日", "2020 年 1 月 5 日", "20200105"],
    )
    def test_days_as_people_write_them(self, cell):
        reading = self.blacklisted(build.credit_code(), cell)
        assert (reading.values["listed_on"], reading.problems) == ("2020-01-05", [])

    @pytest.mark.parametrize("cell", ["2020-02-30", "2020-1", "去年", "0020-01-05", "2020-13-01"])
    def test_what_is_no_day_is_told(self, cell):
        (problem,) = self.blacklisted(build.credit_code(), cell).problems
        assert problem.startswith("“列入日期”")

    def test_a_day_that_lost_its_format_is_refused(self):
        file = xlsx([BLACKLIST, [build.credit_code(), "", "", 43845, None]])
        (reading,) = understand(RosterKind.BLACKLIST, rows_of(file))
        assert "应为日期" in reading.problems[0]

    def test_codes_are_verified_and_made_uniform(self):
        code = build.credit_code()
        assert self.blacklisted(f" {code.lower()} ", "2020-01-05").values["credit_code"] == code
        wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
        assert "校验码不符" in self.blacklisted(wrong, "2020-01-05").problems[0]

    @pytest.mark.parametrize("code", [9.1440101e17, 914401010000000011, "9.1440101E+17", "9e17"])
    def test_a_code_that_excel_made_a_number_is_refused(self, code):
        make = csv_file if isinstance(code, str) else xlsx
        rows = rows_of(make([BLACKLIST, [code, "", "", "2020-01-05", ""]]))
        (reading,) = understand(RosterKind.BLACKLIST, rows)
        assert "文本" in reading.problems[0]

    def test_every_problem_of_a_row_is_told_in_the_order_of_its_columns(self):
        reading = self.blacklisted("", "去年", "今年")
        assert [problem[:6] for problem in reading.problems] == [
            "“统一社会信",
            "“列入日期”",
            "“移出日期”",
        ]

    def test_lifting_is_not_before_listing(self):
        code = build.credit_code()
        assert not self.blacklisted(code, "2020-01-05", "2020-01-05").problems
        assert self.blacklisted(code, "2020-01-05", "2020-01-04").problems

    @pytest.mark.parametrize(
        ("cell", "year"), [("2020", 2020), ("2020年", 2020), ("2020 年度", 2020), ("20", None)]
    )
    def test_years(self, cell, year):
        (reading,) = understood("priority", [build.credit_code(), "", cell, "专精特新", ""])
        assert reading.values.get("year") == year
        assert bool(reading.problems) is (year is None)

    def test_a_year_that_is_a_number_in_excel_is_a_year(self):
        header = HEADERS[RosterKind.PRIORITY]
        file = xlsx([header, [build.credit_code(), None, 2020, "重点规下", None]])
        (reading,) = understand("priority", rows_of(file))
        assert (reading.values["year"], reading.problems) == (2020, [])

    def test_choices_by_label_or_the_words_in_use(self):
        row = [build.credit_code(), "", "2020"]
        for cell, value in [
            ("国家、省专精特新企业(含小巨人)", "specialised"),
            ("小巨人", "specialised"),
            ("上年度升规工业企业", "promoted"),
            ("本年度拟培育升规工业企业", "fostered"),
            ("监测企业", "monitored"),
            ("重点规模以下工业企业", "key_small"),
        ]:
            (reading,) = understood("priority", [*row, cell, ""])
            assert reading.values["category"] == value
        (reading,) = understood("priority", [*row, "升规", ""])
        assert "没有“升规”这一项" in reading.problems[0]

    def test_relations_are_kept_in_one_order_and_not_with_oneself(self):
        low, high = sorted((build.credit_code(), build.credit_code()))
        (reading,) = understood("related", [high, low, "", ""])
        assert (reading.values["code_a"], reading.values["code_b"]) == (low, high)
        (reading,) = understood("related", [low, low, "", ""])
        assert "相同" in reading.problems[0]

    @pytest.mark.rule("O9")
    def test_numbers_of_papers_are_made_uniform_and_never_numeric(self):
        (reading,) = understood("funded", ["发票", " ０1234567 ", "", "省科技创新券", ""])
        assert reading.values["number_key"] == "01234567"
        assert reading.values["credit_code"] == ""
        header = HEADERS[RosterKind.FUNDED]
        file = xlsx([header, ["发票", 1234567, None, "省科技创新券", None]])
        (reading,) = understand("funded", rows_of(file))
        assert "文本" in reading.problems[0]

    def test_text_that_does_not_fit_is_told(self):
        (reading,) = understood("funded", ["合同", "1", "", "省" * 120, ""])
        assert not reading.problems
        (reading,) = understood("funded", ["合同", "1", "", "省" * 121, ""])
        assert reading.problems == ["“资金来源”超过 120 个字"]

    def test_a_removal_needs_only_what_names_the_entry(self):
        (reading,) = understood("funded", ["合同", "1", "", "", "移除"])
        assert not reading.problems
        (reading,) = understood("funded", ["合同", "", "", "", "移除"])
        assert reading.problems == ["“编号”没有填写"]
        (reading,) = understood("funded", ["合同", "1", "", "", "删"])
        assert len(reading.problems) == 2


class TestAccreditations:
    def read(self, **values):
        row = {
            "name": "广州服务中心",
            "code": build.credit_code(),
            "city": "广州市",
            "level": "省级",
            "types": "工业设计、检验检测；工业设计",
            "year": "2017",
            "from": "2017-09-01",
            "until": "2020-08-31",
        }
        (reading,) = understood("accreditation", list({**row, **values}.values()))
        return reading

    @pytest.mark.rule("P1")
    @pytest.mark.parametrize(
        ("level", "year", "until", "kept"),
        [
            ("省级", "2017", "2020-08-31", "2020-12-31"),
            ("省级", "2017", "2020-12-30", "2020-12-31"),
            ("省级", "2017", "", "2020-12-31"),
            ("省级", "2017", "2021-01-01", "2021-01-01"),
            ("省级", "2018", "2020-08-31", "2020-08-31"),
            ("国家级", "2017", "2020-08-31", "2020-08-31"),
            ("市级", "2017", "2020-08-31", "2020-08-31"),
        ],
    )
    def test_provincial_platforms_of_2017_are_valid_until_the_end_of_2020(
        self, level, year, until, kept
    ):
        reading = self.read(level=level, year=year, until=until)
        assert (reading.problems, reading.values["valid_until"]) == ([], kept)
        assert bool(reading.notes) is (kept == "2020-12-31")

    @pytest.mark.rule("P1")
    def test_all_others_need_their_end(self):
        assert self.read(year="2018", until="").problems == ["“有效期止”没有填写"]
        assert self.read(level="服务站", until="").problems == ["“有效期止”没有填写"]

    def test_the_end_is_not_before_the_beginning(self):
        values = {"year": "2018", "from": "2020-08-31"}
        assert not self.read(until="2020-08-31", **values).problems
        assert self.read(until="2020-08-30", **values).problems

    def test_service_types_are_a_list_without_repeats(self):
        assert self.read().values["service_types"] == ["工业设计", "检验检测"]
        assert self.read(types="、").problems == ["“服务类型”没有填写"]

    @pytest.mark.rule("P4")
    def test_service_types_are_those_of_the_work_plan(self, settings):
        settings.SERVICE_CATEGORY_QUERY = "providers.service_catalogue.category_of"
        assert not self.read(types="工业设计、财税").problems
        assert "“工业设记”" in self.read(types="工业设记、财税").problems[0]


@pytest.mark.parametrize("kind", RosterKind.values)
def test_the_blank_file_is_text_and_reads_back(kind):
    content = blank_sheet(kind)
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    (header,) = book.get_sheet_by_index(0).to_python()[:1]
    roster = ROSTERS[kind]
    assert header == [column.header for column in roster.all_columns]
    rows = read_rows(XLSX, content)
    assert len(rows) == 1
    # The examples themselves are good rows, but for the code, which is nobody's.
    example = [column.example for column in roster.all_columns]
    (reading,) = understand(kind, [rows[0], type(rows[0])(2, tuple(example))])
    assert all("信用代码" in problem for problem in reading.problems)
    assert media_type_of("a.csv", b"a") == CSV
