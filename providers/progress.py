"""What the provider has to do next, in one sentence for its home page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from providers.models import Provider
from providers.states import ProviderState


@dataclass(frozen=True)
class Step:
    """One sentence, and the button to the page (or the act, when it ``posts``)."""

    sentence: str
    label: str = ""
    url_name: str = ""
    posts: bool = False

    @property
    def url(self) -> str:
        """The address that the button leads to, "" for none."""
        return reverse(self.url_name) if self.url_name else ""


def next_step(
    provider: Provider | None, *, missing: Sequence[str], standing: Sequence[str]
) -> Step:
    """``missing``: before submission; ``standing``: why an approved provider cannot accept now (P1, P2)."""
    if provider is None:
        return Step(
            "请先查询机构是否在服务机构名录内，然后登记。", "开始登记", "providers:register"
        )
    if provider.state == ProviderState.SUBMITTED:
        return Step("资料正在核对，请等待承办单位的核对结果。")
    if provider.state == ProviderState.RETURNED:
        return Step("资料被退回补正，请按原因修改后重新提交。", "修改材料", "providers:materials")
    if provider.state == ProviderState.REFUSED:
        return Step(
            "资料核对不予通过。如情况已改变，可重新办理。",
            "重新办理",
            "providers:renew",
            posts=True,
        )
    if provider.state == ProviderState.DRAFT:
        if missing:
            return Step("请补齐材料后提交核对。", "上传材料", "providers:materials")
        return Step("材料已齐，请检查后提交核对。", "检查与提交", "providers:materials")
    if standing:
        return Step(
            "本年度需要重新办理：签署本年度承诺书并经核对后，才能继续接单收券。",
            "办理年度续期",
            "providers:renew",
            posts=True,
        )
    return Step("可以发布服务产品、接收订单。", "管理产品", "providers:products")
