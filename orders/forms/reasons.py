"""Why a step is taken: free text, or ticked from a short list with free text beside it."""

from __future__ import annotations

from typing import Any

from django import forms

REASON_MAX = 300


class ReasonForm(forms.Form):
    """Why a step is taken."""

    reason = forms.CharField(
        label="原因", max_length=REASON_MAX, widget=forms.Textarea(attrs={"rows": 3})
    )


class OptionalReasonForm(forms.Form):
    """Why, if there is something to say."""

    reason = forms.CharField(
        label="说明",
        max_length=REASON_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ListedReasonForm(forms.Form):
    """Reasons ticked from ``usual`` and free text; cleaned to one ``reason``."""

    usual: tuple[str, ...] = ()

    picked = forms.MultipleChoiceField(
        label="常见原因", required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label="具体说明",
        max_length=REASON_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写清是哪一份材料、哪一处需要修改，对方能直接看到。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["picked"].choices = [(one, one) for one in self.usual]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        said = [*cleaned.get("picked", []), cleaned.get("reason", "")]
        reason = "；".join(filter(None, said))
        if not reason:
            self.add_error("reason", "请勾选或填写原因，此项为必填。")
        elif len(reason) > REASON_MAX:
            self.add_error("reason", f"原因合计不超过 {REASON_MAX} 个字，请缩短说明。")
        return {"reason": reason}


class DeclineForm(ListedReasonForm):
    """Why an order is not taken (O2)."""

    usual = ("服务排期已满", "企业需求与本产品不符", "预计金额与价格不符", "联系不上企业")


class ReturnContractForm(ListedReasonForm):
    """What is wrong with a contract (O4)."""

    usual = (
        "缺少签字或盖章（骑缝章）",
        "扫描件不清晰或缺页",
        "双方名称与合同不一致",
        "金额与合同不一致",
        "日期与合同不一致",
        "服务内容与所下单产品不符",
    )


class CorrectionReasonForm(ListedReasonForm):
    """What is wrong with the papers of a payment (O7)."""

    usual = (
        "发票不清晰或不完整",
        "发票内容与填写不一致",
        "转账凭证不清晰或缺少银行章",
        "转账凭证与填写不一致",
        "发票项目与合同内容不符",
    )
