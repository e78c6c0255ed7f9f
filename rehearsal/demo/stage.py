"""Everybody and everything the demo is played with, and the accounts one can sign in with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from enterprises.models import Enterprise, Qualification
from foundation.accounts.actors import Actor
from foundation.regions.models import City
from providers.models import PriceTier, ProductVersion, Provider
from redemption.models import Claim
from rehearsal.agenda import Agenda
from rehearsal.cast import Cast, EnterprisePart, ProviderPart
from rehearsal.demo.timeline import Timeline
from rehearsal.papers import Papers
from rehearsal.steps.ordering import Deal, PaperNumbers
from rehearsal.steps.staffing import Office
from vouchers.models import Batch, Programme, Voucher

TAG = "MB"
SERIES = 9
PASSWORD = "fuwuquan-demo"


@dataclass(frozen=True)
class Login:
    """An account to sign in with. ``shows``: what one finds there, in Chinese."""

    username: str
    role: str
    shows: str


LOGINS = (
    Login("enterprise", "企业（已领券）", "各批服务券、各种状态的订单、即将收回的余额"),
    Login("newcomer", "企业（未注册）", "从登记企业开始，走一遍注册和申领"),
    Login("provider", "服务机构", "待确认的订单和合同、待收的券、各环节的兑现申请、产品"),
    Login("contractor", "承办单位", "待核对的企业、机构和产品，兑现初审，退回支付，违规报告"),
    Login("province-contractor", "省级承办单位", "国家级、省级机构及其产品"),
    Login("expert", "评审专家", "分派的兑现申请"),
    Login("bureau", "市工业和信息化局", "方案、批次、名单、审定、公示、复核、违规处理"),
    Login("bureau2", "市工业和信息化局（另一人）", "制审分离：前者经手过的事项由此人办理"),
    Login("district", "区主管部门", "本区企业的看板"),
    Login("province", "省级主管部门", "全省看板"),
)
# The other accounts of the offices; their people are the same as, or beside, those above.
OFFICE_NAMES = {
    "bureau": "bureau",
    "second_bureau": "bureau2",
    "contractor": "contractor",
    "second_contractor": "contractor2",
    "seconded": "contractor3",
    "province_contractor": "province-contractor",
    "expert": "expert",
    "district": "district",
    "province": "province",
}


@dataclass(eq=False)
class Firm:
    """An enterprise of the demo and what it has."""

    part: EnterprisePart
    is_priority: bool = False
    actor: Actor | None = None
    enterprise: Enterprise | None = None
    qualification: Qualification | None = None
    vouchers: dict[str, Voucher] = field(default_factory=dict)


@dataclass(eq=False)
class House:
    """A provider of the demo and what it has on sale."""

    part: ProviderPart
    actor: Actor | None = None
    provider: Provider | None = None
    on_sale: list[tuple[ProductVersion, PriceTier | None]] = field(default_factory=list)


@dataclass(eq=False)
class Stage:
    """The demo: its clock, its people, and what has come into being so far, by name."""

    timeline: Timeline
    agenda: Agenda
    city: City
    cast: Cast
    papers: Papers
    numbers: PaperNumbers
    office: Office | None = None
    programmes: dict[int, Programme] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    firms: dict[str, Firm] = field(default_factory=dict)
    houses: dict[str, House] = field(default_factory=dict)
    deals: dict[str, Deal] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The moment around which everything is."""
        return self.timeline.now
