"""Cities and districts are data (G1)."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from stdnum import numdb

from foundation.accounts.actors import Actor, job
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.regions.models import City, District
from foundation.regions.operations import load_regions
from foundation.regions.policies import UnableToLoadRegions
from foundation.regions.tables import guangdong_rows, read_rows
from tests.foundation.build import AT, staff

pytestmark = [pytest.mark.django_db, pytest.mark.rule("G1")]

CITIES = "广州 韶关 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 云浮"
GUANGZHOU = "荔湾 越秀 海珠 天河 白云 黄埔 番禺 花都 南沙 从化 增城"


def row(**changed: str) -> dict[str, str]:
    return {
        "city_code": "430100",
        "city_name": "长沙市",
        "city_slug": "changsha",
        "district_code": "430102",
        "district_name": "芙蓉区",
        **changed,
    }


def test_the_18_cities_take_part() -> None:
    names = City.objects.order_by("code").values_list("name", flat=True)
    assert list(names) == [f"{name}市" for name in CITIES.split()]
    assert City.objects.get(name="广州市").code == "440100"


def test_the_11_districts_of_guangzhou() -> None:
    names = District.objects.filter(city__code="440100").order_by("code")
    assert [district.name for district in names] == [f"{name}区" for name in GUANGZHOU.split()]


def test_every_code_is_one_of_the_standard_in_force() -> None:
    standard = numdb.get("cn/loc")
    for district in District.objects.select_related("city"):
        _, properties = standard.info(district.code)[-1]
        in_force = [name for name in properties["county"].split(",") if "-]" in name]
        assert in_force[0].partition("]")[2] == district.name, district.code
        assert district.code[:4] == district.city.code[:4]


def test_no_district_of_the_standard_is_missing() -> None:
    standard = numdb.get("cn/loc")
    for city in City.objects.all():
        wanted: set[str] = set()
        for number in range(2, 100):
            found = standard.info(f"{city.code[:4]}{number:02d}")
            names = found[-1][1].get("county", "") if len(found) > 1 else ""
            wanted |= {name.partition("]")[2] for name in names.split(",") if "-]" in name}
        wanted.discard("市辖区")
        assert set(city.districts.values_list("name", flat=True)) == (wanted or {city.name})


def test_another_city_comes_in_the_same_way() -> None:
    done = load_regions(
        by=job("load"), at=AT, rows=[row(), row(district_code="430103", district_name="天心区")]
    )

    assert done == (3, 0)
    city = City.objects.get(slug="changsha")
    assert [d.name for d in city.districts.all()] == ["芙蓉区", "天心区"]
    assert AuditEntry.objects.filter(action="load_regions").count() == 3


def test_loading_again_renames_and_adds_nothing() -> None:
    assert load_regions(by=job("load"), at=AT, rows=guangdong_rows()) == (0, 0)
    assert not AuditEntry.objects.exists()

    rows = [
        {**r, "district_name": r["district_name"].replace("从化区", "从化市")}
        for r in guangdong_rows()
    ]
    assert load_regions(by=job("load"), at=AT, rows=rows) == (0, 1)
    assert District.objects.get(code="440117").name == "从化市"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"city_code": "4301"}, "地市代码"),
        ({"city_code": "430102"}, "地市代码"),
        ({"city_code": "430000"}, "地市代码"),
        ({"district_code": "430202"}, "前四位"),
        ({"district_code": "43010x"}, "区县代码"),
        ({"district_name": ""}, "缺少名称"),
        ({"city_name": ""}, "缺少名称"),
        ({"district_name": "区" * 21}, "20 个字"),
        ({"city_slug": "长沙"}, "拼音"),
        ({"city_slug": "other"}, "前后不一致"),
        ({"district_code": "430102"}, "重复"),
        ({"district_name": "芙蓉区"}, "重复"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_done(changed: dict[str, str], says: str) -> None:
    rows = [row(), {**row(district_code="430103", district_name="天心区"), **changed}]

    with pytest.raises(UnableToLoadRegions) as refused:
        load_regions(by=job("load"), at=AT, rows=rows)

    assert [fault.startswith("第 3 行") for fault in refused.value.faults] == [True]
    assert says in refused.value.faults[0]
    assert not City.objects.filter(slug="changsha").exists()


def test_a_name_of_another_code_is_refused_and_nothing_is_done() -> None:
    rows = [
        row(),
        row(city_code="430200", city_slug="zhuzhou", district_code="430202", city_name="广州市"),
    ]
    with pytest.raises(UnableToLoadRegions, match="冲突"):
        load_regions(by=job("load"), at=AT, rows=rows)
    assert not City.objects.filter(slug="changsha").exists()


def test_no_rows_are_refused() -> None:
    with pytest.raises(UnableToLoadRegions):
        load_regions(by=job("load"), at=AT, rows=[])


def test_only_the_command_line_loads() -> None:
    with pytest.raises(OutOfReach):
        load_regions(by=Actor(user=staff(Role.BUREAU)), at=AT, rows=[row()])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "regions.csv"
    head = "city_code,city_name,city_slug,district_code,district_name"
    file.write_text(f"{head}\n430100,长沙市,changsha,430102, 芙蓉区 \n", encoding="utf-8-sig")
    call_command("load_regions", file)
    assert District.objects.get(code="430102").name == "芙蓉区"
    assert "2 added, 0 renamed" in capsys.readouterr().out

    file.write_text(f"{head}\n430100,长沙市,changsha,440102,芙蓉区\n", encoding="utf-8")
    with pytest.raises(CommandError, match="第 2 行"):
        call_command("load_regions", file)
    with pytest.raises(CommandError, match="missing columns: city_slug"):
        file.write_text(head.replace("city_slug,", "") + "\n", encoding="utf-8")
        call_command("load_regions", file)
    with pytest.raises(CommandError):
        call_command("load_regions", tmp_path / "none.csv")


def test_a_short_row_has_empty_cells() -> None:
    assert (
        read_rows(["city_code,city_name,city_slug,district_code,district_name", "440100"])[0][
            "district_name"
        ]
        == ""
    )


@pytest.mark.urls("tests.foundation.urls")
@pytest.mark.parametrize("role", list(Role)[2:])
def test_the_desk_shows_regions_to_the_bureau_only(client, role: Role) -> None:
    client.force_login(staff(role))
    page = client.get("/admin/regions/district/?city__id__exact=1")
    assert (page.status_code == 200) is (role == Role.BUREAU)
    assert client.get("/admin/regions/city/add/").status_code in {302, 403, 404}
