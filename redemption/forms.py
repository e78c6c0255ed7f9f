"""The shape of what people fill in about claims; rules are asked by the operations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet

from foundation.accounts.actors import Actor
from foundation.accounts.models import User
from foundation.documents.fields import MaterialField, MaterialsField
from foundation.money import spoken_money
from foundation.requests import whole_number
from orders.models import Order
from providers.models import Provider
from redemption.models import Claim, ClaimLine, ExpertOpinion
from redemption.policies import (
    CONTACT_MAX,
    MAX_EVIDENCE_FILES,
    NAME_MAX,
    REASON_MAX,
    RECEIPT_NUMBER_MAX,
    TEXT_MAX,
)
from redemption.queries import (
    claimed_programmes,
    claims_listed_for,
    lines_with_papers,
    programmes_reported_by,
    suitable_experts,
)
from redemption.states import ClaimState, LineState
from vouchers.models import Programme

# The provider's and the public's pages


class PickOrdersForm(forms.Form):
    """Which accepted orders go into a claim (R1)."""

    order_pks = forms.TypedMultipleChoiceField(
        label="订单",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "请至少选择一个已收券的订单。",
            "invalid_choice": "所选订单中有的已不能申请兑现，请刷新页面后重新选择。",
        },
    )

    def __init__(self, *args: Any, orders: QuerySet[Order], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Only what was picked is looked up: of many claimable orders a page shows some.
        self.fields["order_pks"].choices = [  # type: ignore[attr-defined]
            (order.pk, order.number) for order in orders.filter(pk__in=self.picked)
        ]

    @property
    def picked(self) -> set[int]:
        """Primary keys that were ticked, so that a page shown again keeps the ticks."""
        numbers = (whole_number(str(value)) for value in self["order_pks"].value() or ())
        return {number for number in numbers if number is not None}


class ClaimFilterForm(forms.Form):
    """By what a provider narrows the list of its claims."""

    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *ClaimState.choices]
    )
    programme = forms.ModelChoiceField(
        Programme.objects.none(), label="年度方案", required=False, empty_label="全部"
    )

    def __init__(self, *args: Any, provider: Provider, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = claimed_programmes(provider)  # type: ignore[attr-defined]


class ScanForm(forms.Form):
    """One stamped scan (R1)."""

    file = MaterialField(label="加盖公章的扫描件")


class SupplyForm(forms.Form):
    """The provider's answer to a request for more (R2)."""

    answer = forms.CharField(
        label="补充说明", max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )
    file = MaterialField(label="补充材料", required=False)


class ObjectionForm(forms.Form):
    """An objection by anyone (R4)."""

    name = forms.CharField(label="姓名或单位名称", max_length=NAME_MAX)
    contact = forms.CharField(
        label="联系方式",
        max_length=CONTACT_MAX,
        help_text="手机、固定电话或电子邮箱，仅用于办理本复核申请，加密保存。",
    )
    statement = forms.CharField(
        label="异议内容",
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="请写明事实和理由，不要填写身份证号码或手机号码。",
    )
    evidence_files = MaterialsField(
        label="证据材料",
        required=False,
        help_text=f"可选择多个文件，最多 {MAX_EVIDENCE_FILES} 个；PDF、JPG 或 PNG，每个不超过 5 MB。",
    )


class ReceiptForm(forms.Form):
    """The receipt number by which an objection is followed (R4)."""

    receipt = forms.CharField(
        label="回执号", max_length=20, help_text="提出复核申请时得到的 16 位回执号。"
    )


# The staff desk


class ReasonForm(forms.Form):
    """A reason of an act."""

    reason = forms.CharField(
        label="原因", max_length=REASON_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )


class AskMoreForm(forms.Form):
    """What a line still needs (R2)."""

    reason = forms.CharField(
        label="需要补充的内容", max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )


class ExpertForm(forms.Form):
    """Which expert a claim is assigned to (R2)."""

    expert = forms.ModelChoiceField(label="评审专家", queryset=User.objects.none())

    def bind_to(self, record: Claim, actor: Actor, at: datetime) -> None:
        """Offer the experts of the claim's city."""
        field = self.fields["expert"]
        field.queryset = suitable_experts(record)  # type: ignore[attr-defined]
        field.label_from_instance = lambda user: user.shown_name  # type: ignore[attr-defined]


class OpinionForm(forms.Form):
    """An expert's opinion (R2)."""

    advice = forms.ChoiceField(
        label="意见", choices=ExpertOpinion.Advice.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label="意见说明", max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 6})
    )


class PublishForm(forms.Form):
    """Which approved claims go on a public list (R4)."""

    programme = forms.ModelChoiceField(label="年度方案", queryset=Programme.objects.none())
    claims = forms.ModelMultipleChoiceField(
        label="已审定的兑现申请", queryset=Claim.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def bind_to(self, record: None, actor: Actor, at: datetime) -> None:
        """Offer the programmes and approved claims of the actor's city."""
        if actor.user is None:
            return
        programmes = programmes_reported_by(actor.user)
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]
        self.fields["programme"].initial = programmes.first()
        claims = self.fields["claims"]
        claims.queryset = claims_listed_for(actor.user).filter(state=ClaimState.APPROVED)  # type: ignore[attr-defined]
        claims.label_from_instance = _approved_claim  # type: ignore[attr-defined]
        claims.help_text = "所选申请须属于所选年度方案；发布当日不计入公示期，期满后方可登记拨付。"
        if not claims.queryset.exists():  # type: ignore[attr-defined]
            claims.help_text = "目前没有已审定待公示的兑现申请。"


def _approved_claim(claim: Any) -> str:
    """What tells an approved claim apart, with what is asked for."""
    asked = f"{claim.line_count} 条　{spoken_money(claim.total)}"
    return f"{claim.number}　{claim.provider.name}　{asked}　{claim.programme.year} 年度"


def _is_yes(value: str) -> bool:
    return value == "uphold"


class AnswerForm(forms.Form):
    """The bureau's answer to an objection (R4)."""

    uphold = forms.TypedChoiceField(
        label="结论",
        choices=[("reject", "异议不成立"), ("uphold", "异议成立（该明细不予兑现）")],
        coerce=_is_yes,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="答复",
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="申请人凭回执号可见。",
    )


class SettlementForm(forms.Form):
    """A payment made outside the portal, with the bank's receipt (R5)."""

    line_pks = forms.TypedMultipleChoiceField(
        label="本次拨付的明细", coerce=int, widget=forms.CheckboxSelectMultiple
    )
    paid_on = forms.DateField(label="拨付日期", widget=forms.DateInput(attrs={"type": "date"}))
    receipt_number = forms.CharField(label="银行回单号", max_length=RECEIPT_NUMBER_MAX)
    receipt_file = MaterialField(label="银行回单")

    def bind_to(self, record: Claim, actor: Actor, at: datetime) -> None:
        """Offer the passed lines of the claim that no open objection holds back."""
        lines = lines_with_papers(record).filter(state=LineState.PASSED, under_objection=False)
        field = self.fields["line_pks"]
        field.choices = [(line.pk, _spoken(line)) for line in lines]  # type: ignore[attr-defined]
        if not self.is_bound:
            field.initial = [line.pk for line in lines]


def _spoken(line: ClaimLine) -> str:
    order = line.order
    return f"{order.number}　{order.profile.name}　{spoken_money(line.amount)}"
