"""The automatic checks of a file: pure, each outcome with its evidence (E2–E7, F3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from enterprises.checking import automatic_checks
from enterprises.checks import FileFacts, Paper, file_checks
from enterprises.models import Qualification
from foundation.rosters.models import PriorityEntry, RelatedParty
from tests import build
from tests.enterprises.build import AT, YEAR, registered, submitted

FACTS = FileFacts(
    year=2020,
    submitted_at=AT,
    credit_code=build.credit_code(),
    city_code="440100",
    city_name="广州市",
    name="广州晨光软件有限公司",
    is_legal_person=True,
    founded_on=date(2018, 1, 1),
    industry="software",
    employees=20,
    revenue=Decimal(300),
    assets=Decimal(200),
    registered_capital=Decimal(100),
    size_class="small",
    declared_on=date(2020, 4, 1),
    papers=(Paper("licence"), Paper("proof"), Paper("declaration")),
)


def outcome(label: str, **changes) -> tuple[str, str]:
    found = {one.label: one for one in file_checks(replace(FACTS, **changes))}[label]
    return found.outcome, found.evidence


def test_a_plain_file_passes_everything_with_evidence() -> None:
    checks = file_checks(FACTS)
    assert {one.outcome for one in checks} == {"pass"}
    assert all(one.evidence for one in checks)


@pytest.mark.parametrize(
    ("label", "changes", "expected", "words"),
    [
        ("统一社会信用代码", {"credit_code": FACTS.credit_code[:-1] + "*"}, "fail", "18 位"),
        ("登记机关", {"city_code": "440400", "city_name": "珠海市"}, "warn", "不属于珠海市"),
        ("名称与名单一致", {"roster_names": ("广州晨光科技有限公司",)}, "warn", "广州晨光科技"),
        ("名称与名单一致", {"roster_names": ("广州晨光软件有限公司 ",)}, "pass", "一致"),
        ("独立法人资格", {"is_legal_person": False}, "fail", "不具有"),
        ("企业规模", {"employees": 300, "revenue": Decimal(10_000)}, "fail", "大型"),
        ("企业规模", {"size_class": "micro"}, "fail", "记录为微型"),
        ("经营数据", {"employees": 5, "revenue": Decimal(900_000)}, "warn", "元"),
        ("成立日期", {"founded_on": date(2020, 4, 11)}, "fail", "晚于提交"),
        ("成立日期", {"founded_on": date(2020, 1, 5)}, "warn", "本年度才成立"),
        ("声明函日期", {"declared_on": date(2019, 12, 31)}, "fail", "2020"),
        ("失信联合惩戒名单", {"blacklist": "2020年1月1日列入：欠税"}, "fail", "欠税"),
        ("违规处理", {"sanction": "暂停"}, "fail", "暂停"),
        ("优先补助名单", {"priority": "重点规模以下工业企业"}, "pass", "重点"),
        ("法定代表人、经办人是否重复", {"same_persons": ("广州乙有限公司",)}, "warn", "广州乙"),
        ("关联关系", {"related": ("9144（天眼查）",)}, "warn", "天眼查"),
        (
            "营业执照副本是否重复",
            {"papers": (Paper("licence", others=2, named=("广州乙有限公司",)),)},
            "warn",
            "另有 2 个账号",
        ),
    ],
)
def test_each_check(label: str, changes: dict, expected: str, words: str) -> None:
    found, evidence = outcome(label, **changes)
    assert found == expected and words in evidence


def test_a_certificate_of_another_year_is_pointed_out_and_a_licence_may_stay() -> None:
    proof = [Paper("proof", earlier_year=2019), Paper("licence", earlier_year=2019)]
    found = {
        one.item: one.outcome
        for one in file_checks(replace(FACTS, papers=proof))
        if "重复" in one.label and one.item in {"proof", "licence"}
    }
    assert found == {"proof": "warn", "licence": "pass"}


@pytest.mark.django_db
def test_what_is_read_for_them() -> None:
    file = submitted(registered(), name="广州甲有限公司")
    twin = submitted(registered(), name="广州乙有限公司")
    code = file.enterprise.credit_code
    PriorityEntry.objects.create(
        city=file.enterprise.city,
        year=YEAR,
        category="monitored",
        credit_code=code,
        name="广州甲厂",
    )
    low, high = sorted((code, build.credit_code()))
    RelatedParty.objects.create(code_a=low, code_b=high, source="测试")
    file = Qualification.objects.select_related("enterprise__city").get(pk=file.pk)
    found = {one.label: (one.outcome, one.evidence) for one in automatic_checks(file, at=AT)}
    assert found["名称与名单一致"][0] == "warn" and "广州甲厂" in found["名称与名单一致"][1]
    assert "省生产经营运行监测企业" in found["优先补助名单"][1]
    # The builder's persons are the same for all.
    assert twin.profile.name in found["法定代表人、经办人是否重复"][1]
    assert "测试" in found["关联关系"][1]
