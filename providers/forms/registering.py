"""The shape of a registration, its materials and its changes (P1, P2)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from foundation.documents.fields import MaterialField
from providers.forms.fields import date_input
from providers.models import Provider
from providers.policies import registering as rules


class NameForm(forms.Form):
    """The full name with which registration begins (P1)."""

    name = forms.CharField(
        label="机构全称",
        max_length=120,
        help_text="请按营业执照填写全称，系统据此查询服务机构名录。",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


class DetailsForm(forms.Form):
    """The data of a registration."""

    legal_representative = forms.CharField(label="法定代表人", max_length=60)
    legal_representative_id = forms.CharField(
        label="法定代表人身份证号码",
        max_length=30,
        help_text="加密保存，用于核查与企业有无关联关系。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    contact = forms.CharField(label="联系人", max_length=60)
    contact_id = forms.CharField(
        label="联系人身份证号码",
        max_length=30,
        help_text="加密保存。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    contact_mobile = forms.CharField(
        label="联系人手机",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    address = forms.CharField(label="地址", max_length=200)
    bank_name = forms.CharField(
        label="开户银行", max_length=120, help_text="对公账户，兑现资金拨付至该账户。"
    )
    bank_account = forms.CharField(
        label="银行账号", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    introduction = forms.CharField(
        label="机构简介",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="选填，将在服务产品页面公开显示。",
    )


class RegisterForm(DetailsForm):
    """Registration under a name that the directory has (P1)."""

    credit_code = forms.CharField(
        label="统一社会信用代码", max_length=30, help_text="应与服务机构名录登记的一致。"
    )
    field_order = ["credit_code"]


# What each item of a review is about (P2).
FIELDS_OF_ITEM: dict[str, tuple[str, ...]] = {
    "details": (
        "name",
        "legal_representative",
        "legal_representative_id",
        "address",
        "introduction",
    ),
    "contact": ("contact", "contact_id", "contact_mobile"),
    "bank": ("bank_name", "bank_account"),
}


class AmendForm(DetailsForm):
    """The data of a registration that is not being checked.

    ``items``: what the reviewer asked to mend; the other fields stay as they are, whatever is sent. None: all open.
    """

    name = forms.CharField(label="机构名称", max_length=120, help_text="应与服务机构名录一致。")
    field_order = ["name"]

    def __init__(
        self, *args: Any, provider: Provider, items: Collection[str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {name: getattr(provider, name) for name in self.fields}
        self.is_narrowed = items is not None
        for item, names in FIELDS_OF_ITEM.items():
            for name in names:
                self.fields[name].disabled = items is not None and item not in items

    def open_fields(self) -> list[forms.BoundField]:
        """The fields that may be changed."""
        return [field for field in self if not field.field.disabled]


class LicenceForm(forms.Form):
    """The licence (P2)."""

    file = MaterialField(label=rules.MATERIALS["licence"])


class CommitmentForm(forms.Form):
    """The signed and stamped commitment with its date (P2)."""

    file = MaterialField(label=rules.MATERIALS["commitment"])
    committed_on = forms.DateField(
        label="承诺书日期", widget=date_input(), help_text="应在本年度内，与承诺书落款日期一致。"
    )


MATERIAL_FORMS: dict[str, type[forms.Form]] = {"licence": LicenceForm, "commitment": CommitmentForm}


class ChangeForm(forms.Form):
    """What is to be changed, and the materials that prove it (P2)."""

    name = forms.CharField(
        label="新机构名称", required=False, max_length=120, help_text="新名称应已列入服务机构名录。"
    )
    address = forms.CharField(label="新地址", required=False, max_length=200)
    contact = forms.CharField(label="新联系人", required=False, max_length=60)
    contact_id = forms.CharField(
        label="新联系人身份证号码",
        required=False,
        max_length=30,
        help_text="变更联系人时必填。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    contact_mobile = forms.CharField(
        label="新联系人手机", required=False, max_length=20, help_text="变更联系人时必填。"
    )
    username = forms.CharField(label="新登录用户名", required=False, max_length=60)
    licence = MaterialField(label="营业证照副本", required=False)
    authorisation = MaterialField(label="授权人证明", required=False)
    commitment = MaterialField(label="服务机构承诺书", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        files = [cleaned.pop(key, None) for key in ("licence", "authorisation", "commitment")]
        return {**cleaned, "materials": [file for file in files if file]}
