"""Who plays: made-up enterprises, providers and people, the same for the same numbers.

Every code and number is valid in itself and used once, so that nobody in the cast is taken for somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from stdnum.cn import ric, uscc

from enterprises.models import Industry
from foundation.regions.models import City, District
from foundation.rosters.models import Level

_SURNAMES = "陈林黄张李王吴刘蔡杨许郑谢郭洪邱曾廖赖徐周叶苏庄江吕何罗高潘简朱钟彭游詹胡施沈余"
_GIVEN = (
    *(
        "志强",
        "秀英",
        "建华",
        "丽娟",
        "俊杰",
        "美玲",
        "伟明",
        "淑芬",
        "家豪",
        "雅婷",
        "国栋",
        "晓燕",
    ),
    *(
        "文博",
        "静怡",
        "海涛",
        "慧敏",
        "立新",
        "春梅",
        "永康",
        "玉兰",
        "子轩",
        "佩珊",
        "振宇",
        "婉仪",
    ),
)
_FIRST = "华南粤羊穗天恒锦明宏泰盛新云海东瑞嘉安启正创远达信诚越珠白荔"
_SECOND = "晟达宇科源峰业翔博润汇丰凯腾航捷信诚智联成鑫康利隆顺景卓瀚奕"
_THIRD = "德立昌荣威力美乐优讯"

_TRADES: dict[str, str] = {
    Industry.AGRICULTURE: "农业发展",
    Industry.MANUFACTURING: "精密制造",
    Industry.CONSTRUCTION: "建设工程",
    Industry.WHOLESALE: "商贸",
    Industry.RETAIL: "百货",
    Industry.TRANSPORT: "物流",
    Industry.WAREHOUSING: "仓储服务",
    Industry.POST: "快递服务",
    Industry.LODGING: "酒店管理",
    Industry.CATERING: "餐饮管理",
    Industry.TELECOM: "通信技术",
    Industry.SOFTWARE: "软件科技",
    Industry.REAL_ESTATE: "置业",
    Industry.PROPERTY: "物业服务",
    Industry.LEASING: "商务服务",
    Industry.OTHER: "文化传播",
}
# What most of a city's applicants do; the other industries come in turn.
_COMMON = (Industry.MANUFACTURING, Industry.SOFTWARE, Industry.WHOLESALE, Industry.LEASING)
_HEADS = (4, 8, 12, 18, 25, 35, 60, 90, 120, 180)

# An accredited institution's kind of name, and what it is accredited for.
SPECIALITIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("管理咨询", ("管理", "财税", "经营管理培训")),
    ("检测技术", ("检验检测", "质量控制和技术评价", "标准")),
    ("信息科技", ("信息化应用", "智能制造", "技术培训")),
    ("知识产权服务", ("知识产权", "法律法规", "品牌建设")),
    ("创业孵化", ("创业辅导", "项目策划", "创业培训")),
    ("融资服务", ("融资信息", "信用征集与评价", "财税")),
)

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_BIRTHS_FROM = date(1962, 1, 1)
_BIRTH_DAYS = 12_000


@dataclass(frozen=True)
class PersonPart:
    """A person of the cast."""

    name: str
    id_number: str
    mobile: str


@dataclass(frozen=True)
class EnterprisePart:
    """An enterprise of the cast; capital, revenue and assets in 万元."""

    serial: int
    username: str
    name: str
    credit_code: str
    legal: PersonPart
    handler: PersonPart
    district: District
    address: str
    industry: str
    employees: int
    revenue: Decimal
    assets: Decimal
    capital: Decimal
    founded_on: date


@dataclass(frozen=True)
class ProviderPart:
    """An accredited institution of the cast, as the directory has it and as it registers."""

    serial: int
    username: str
    name: str
    credit_code: str
    level: Level
    service_types: tuple[str, ...]
    recognised_year: int
    valid_from: date
    valid_until: date
    legal: PersonPart
    contact: PersonPart
    address: str
    bank_account: str


class Cast:
    """The people and organisations of one rehearsal in a city and year.

    ``tag``: two capital letters or digits that keep the codes of two rehearsals of one city and year apart.
    """

    def __init__(self, *, city: City, year: int, tag: str, rng: Random) -> None:
        self.city = city
        self.year = year
        self.tag = tag
        self.rng = rng
        self.place = city.name.removesuffix("市")
        self._districts = list(city.districts.order_by("code"))
        self._persons = 0
        self._organisations = 0

    def person(self) -> PersonPart:
        """Somebody new."""
        self._persons += 1
        number = self._persons
        surname = _SURNAMES[self.rng.randrange(len(_SURNAMES))]
        given = _GIVEN[self.rng.randrange(len(_GIVEN))]
        lap, day = divmod(number, _BIRTH_DAYS)
        born = _BIRTHS_FROM + timedelta(days=day)
        # The year's last digit and the tag are in the sequence, so that two rehearsals share nobody.
        sequence = (_ALPHABET.index(self.tag[-1]) * 10 + self.year % 10 + 310 * lap) % 1000
        body = f"{self.city.code}{born:%Y%m%d}{sequence:03d}"
        return PersonPart(
            name=f"{surname}{given}",
            id_number=body + ric.calc_check_digit(f"{body}0"),
            mobile=f"139{number % 10**8:08d}",
        )

    def enterprise(self, **changes: object) -> EnterprisePart:
        """A micro, small or medium enterprise of the city."""
        serial = self._next()
        industry = (
            list(_TRADES)[serial % len(_TRADES)] if serial % 3 == 0 else self.rng.choice(_COMMON)
        )
        district = self._districts[serial % len(self._districts)]
        heads = self.rng.choice(_HEADS)
        age = self.rng.randint(200, 900) if serial % 4 == 0 else self.rng.randint(1200, 7000)
        fields: dict[str, object] = {
            "serial": serial,
            "username": f"{self._prefix()}e{serial:05d}",
            "name": f"{self.place}{self._style(serial)}{_TRADES[industry]}有限公司",
            "credit_code": self._credit_code(serial),
            "legal": self.person(),
            "handler": self.person(),
            "district": district,
            "address": f"{district.name}示范路 {serial} 号",
            "industry": str(industry),
            "employees": heads,
            "revenue": Decimal(heads * self.rng.randint(12, 55)),
            "assets": Decimal(heads * self.rng.randint(8, 50)),
            "capital": Decimal(self.rng.choice((50, 100, 200, 500))),
            "founded_on": date(self.year, 1, 1) - timedelta(days=age),
        }
        return EnterprisePart(**{**fields, **changes})  # type: ignore[arg-type]

    def large_enterprise(self) -> EnterprisePart:
        """One that vouchers are not for (E4)."""
        return self.enterprise(
            industry=str(Industry.MANUFACTURING),
            employees=1200,
            revenue=Decimal(60_000),
            assets=Decimal(40_000),
            capital=Decimal(5_000),
        )

    def provider(self, level: Level, *, speciality: int, **changes: object) -> ProviderPart:
        """An institution of ``level``; its speciality is one of SPECIALITIES, counted round."""
        serial = self._next()
        kind, service_types = SPECIALITIES[speciality % len(SPECIALITIES)]
        suffix = "中小企业服务站" if level == Level.STATION else f"{kind}有限公司"
        recognised = self.year - 1 - serial % 2
        fields: dict[str, object] = {
            "serial": serial,
            "username": f"{self._prefix()}p{serial:05d}",
            "name": f"{self.place}{self._style(serial)}{suffix}",
            "credit_code": self._credit_code(serial),
            "level": level,
            "service_types": service_types,
            "recognised_year": recognised,
            "valid_from": date(recognised, 1, 1),
            "valid_until": date(self.year + 1, 12, 31),
            "legal": self.person(),
            "contact": self.person(),
            "address": f"{self._districts[serial % len(self._districts)].name}服务路 {serial} 号",
            "bank_account": f"62220208{self.city.code}{serial:05d}",
        }
        return ProviderPart(**{**fields, **changes})  # type: ignore[arg-type]

    def _next(self) -> int:
        self._organisations += 1
        return self._organisations

    def _prefix(self) -> str:
        return f"{self.city.slug}{self.year}-{self.tag.lower()}-"

    def _style(self, serial: int) -> str:
        """A name of two or three characters that no other serial has."""
        rest, first = divmod(serial, len(_FIRST))
        lap, second = divmod(rest, len(_SECOND))
        third = "" if lap == 0 else _THIRD[(lap - 1) % len(_THIRD)] * ((lap - 1) // len(_THIRD) + 1)
        return f"{_FIRST[first]}{_SECOND[second]}{third}"

    def _credit_code(self, serial: int) -> str:
        rest, digits = serial, ""
        for _ in range(4):
            rest, digit = divmod(rest, len(_ALPHABET))
            digits = _ALPHABET[digit] + digits
        organisation = f"{self.tag}{self.year % 100:02d}{digits}"
        total = sum(
            _CODES.index(character) * weight
            for character, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True)
        )
        check = {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
        body = f"91{self.city.code}{organisation}{check}"
        return body + uscc.calc_check_digit(body)


_CODES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
