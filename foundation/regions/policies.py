"""What a row of a table of regions must look like."""

from __future__ import annotations

import re
from collections.abc import Sequence

from foundation.errors import Refusal
from foundation.regions.tables import Row

_CODE = re.compile(r"[1-9][0-9]{5}")
_SLUG = re.compile(r"[a-z][a-z-]*")
NAME_LENGTH_MAX = 20


class UnableToLoadRegions(Refusal):
    """A table of regions with bad rows; nothing of it was loaded (G1).

    ``faults``: one sentence per bad row, beginning with its number in the file (the heading is line 1).
    """

    rule = "G1"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("区划表有误，未导入任何内容：" + "；".join(faults))
        self.faults = list(faults)


def check_rows(rows: Sequence[Row]) -> None:
    """Raises UnableToLoadRegions naming every bad row: shape, a district outside its city, contradictions."""
    faults = []
    cities: dict[str, tuple[str, str]] = {}
    districts: set[str] = set()
    names: set[tuple[str, str]] = set()
    for line, row in enumerate(rows, start=2):
        fault = _fault_of(row)
        city = (row["city_name"], row["city_slug"])
        if not fault and cities.setdefault(row["city_code"], city) != city:
            fault = "同一地市代码的名称或拼音前后不一致"
        if not fault and row["district_code"] in districts:
            fault = f"区县代码 {row['district_code']} 重复"
        if not fault and (row["city_code"], row["district_name"]) in names:
            fault = f"区县名称 {row['district_name']} 重复"
        districts.add(row["district_code"])
        names.add((row["city_code"], row["district_name"]))
        if fault:
            faults.append(f"第 {line} 行：{fault}")
    if not rows:
        faults.append("没有任何数据行")
    if faults:
        raise UnableToLoadRegions(faults)


def _fault_of(row: Row) -> str:
    """What is wrong with the shape of one row, or ""."""
    city, district = row["city_code"], row["district_code"]
    if not _CODE.fullmatch(city) or not city.endswith("00") or city.endswith("0000"):
        return "地市代码应为 6 位数字、以 00 结尾"
    if not _CODE.fullmatch(district) or district[:4] != city[:4]:
        return "区县代码应为 6 位数字，且前四位与地市代码相同"
    if not row["city_name"] or not row["district_name"]:
        return "缺少名称"
    if max(len(row["city_name"]), len(row["district_name"])) > NAME_LENGTH_MAX:
        return f"名称超过 {NAME_LENGTH_MAX} 个字"
    if not _SLUG.fullmatch(row["city_slug"]) or len(row["city_slug"]) > NAME_LENGTH_MAX:
        return f"拼音只能用小写字母和连字符，不超过 {NAME_LENGTH_MAX} 个字符"
    return ""
