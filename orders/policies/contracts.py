"""Checks on an uploaded contract (O3, O9, V4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from foundation.errors import Refusal, require_each
from foundation.moments import spoken_day
from foundation.money import ZERO, spoken_money
from foundation.names import normal_number, same_name


class UnableToUseContract(Refusal):
    """A contract that cannot be uploaded, confirmed or sent back so (O3)."""

    rule = "O3"


class Affiliated(UnableToUseContract):
    """The two parties are affiliated (O3)."""


class FundedElsewhere(UnableToUseContract):
    """The matter is, or is not declared not to be, supported by other public money (O9)."""

    rule = "O9"


@dataclass(frozen=True)
class ContractData:
    """What the enterprise states about its contract; amounts in yuan, days in Shanghai."""

    number: str
    signed_on: date
    total: Decimal
    supported: Decimal
    service_from: date
    service_until: date
    enterprise_name: str
    provider_name: str


def require_sound_contract(
    data: ContractData,
    *,
    today: date,
    period_from: date,
    period_until: date,
    enterprise: str,
    provider: str,
) -> None:
    """Numbers, amounts, names and days of a contract against the registered names and the service period (O3)."""
    require_each(
        lambda: _require_number(data),
        lambda: _require_total(data),
        lambda: _require_supported(data),
        lambda: require_names(data, enterprise=enterprise, provider=provider),
        lambda: require_service_days(data, period_from=period_from, period_until=period_until),
        lambda: require_signing_day(data, today=today),
    )


def _require_number(data: ContractData) -> None:
    if not normal_number(data.number):
        raise UnableToUseContract(
            "请填写合同编号；合同没有编号的，请与机构约定一个编号。", field="number"
        )


def _require_total(data: ContractData) -> None:
    if data.total <= ZERO:
        raise UnableToUseContract("合同总额应大于零。", field="total")


def _require_supported(data: ContractData) -> None:
    """The supported part lies within the total, unrelated items left out (O3)."""
    if data.supported <= ZERO:
        raise UnableToUseContract("可用券金额部分应大于零。", field="supported")
    if data.supported > data.total:
        raise UnableToUseContract(
            f"可用券金额部分不能超过合同总额 {spoken_money(data.total)}；与所下单产品无关的内容应剔除。",
            field="supported",
        )


def require_names(data: ContractData, *, enterprise: str, provider: str) -> None:
    """Equal after normalising width, brackets and spaces, nothing looser (O3)."""
    require_each(
        lambda: _require_enterprise(data, enterprise), lambda: _require_provider(data, provider)
    )


def _require_enterprise(data: ContractData, enterprise: str) -> None:
    if not same_name(data.enterprise_name, enterprise):
        raise UnableToUseContract(
            f"合同中的企业名称与注册名称“{enterprise}”不一致，请核对合同或先变更注册信息。",
            field="enterprise_name",
        )


def _require_provider(data: ContractData, provider: str) -> None:
    if not same_name(data.provider_name, provider):
        raise UnableToUseContract(
            f"合同中的服务机构名称与其注册名称“{provider}”不一致，请核对合同。",
            field="provider_name",
        )


def require_service_days(data: ContractData, *, period_from: date, period_until: date) -> None:
    """Service start and acceptance lie in the service period, in this order (O3)."""
    require_each(
        lambda: _require_order(data),
        lambda: _require_in_period(
            data.service_from, period_from, period_until, "服务开始日期", "service_from"
        ),
        lambda: _require_in_period(
            data.service_until, period_from, period_until, "验收日期", "service_until"
        ),
    )


def _require_order(data: ContractData) -> None:
    if data.service_until < data.service_from:
        raise UnableToUseContract("验收日期不能早于服务开始日期。", field="service_until")


def _require_in_period(
    day: date, period_from: date, period_until: date, what: str, field: str
) -> None:
    if not period_from <= day <= period_until:
        period = f"{spoken_day(period_from)}至{spoken_day(period_until)}"
        raise UnableToUseContract(f"{what}应在方案规定的服务期内（{period}）。", field=field)


def require_signing_day(data: ContractData, *, today: date) -> None:
    """Signed by now, and not after the acceptance (O3)."""
    if data.signed_on > today:
        raise UnableToUseContract("签订日期不能晚于今天，请核对后重新填写。", field="signed_on")
    if data.signed_on > data.service_until:
        raise UnableToUseContract("签订日期不能晚于验收日期，请核对后重新填写。", field="signed_on")


def require_unaffiliated(
    *, same_code: bool, enterprise_keys: set[str], provider_keys: set[str], known_relation: bool
) -> None:
    """No affiliation of the parties (O3).

    ``*_keys``: look-up keys of the ID numbers of legal representative and handler or contact, empty ones ignored.
    """
    if same_code:
        raise Affiliated("企业与服务机构是同一单位，不能使用服务券。")
    if (enterprise_keys & provider_keys) - {""}:
        raise Affiliated(
            "企业与服务机构的法定代表人、经办人或联系人为同一人，属于关联关系，不能使用服务券。"
        )
    if known_relation:
        raise Affiliated(
            "企业与服务机构存在投资或产权关联关系，不能使用服务券。如有异议，请联系承办单位。"
        )


def require_not_funded(*, declared: bool, listed: bool, what: str) -> None:
    """The matter must be declared not supported elsewhere, and must not stand on an imported list (O9)."""
    require_each(
        lambda: require_declared(declared=declared),
        lambda: require_not_listed(listed=listed, what=what),
    )


def require_declared(*, declared: bool) -> None:
    """The enterprise declares that no other public money supports the matter (O9)."""
    if not declared:
        raise FundedElsewhere(
            "请确认该服务未获得科技创新券、上云上平台等其他财政资金或往年服务券支持；已获支持的不能再使用服务券。",
            field="not_funded_elsewhere",
        )


def require_not_listed(*, listed: bool, what: str) -> None:
    """The matter stands on no imported list of what was supported (O9)."""
    if listed:
        raise FundedElsewhere(
            f"{what}已列入其他财政资金或往年服务券支持名单，不能再使用服务券。如有异议，请联系承办单位。",
            field="number",
        )
