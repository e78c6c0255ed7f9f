"""The shape of the enterprise's pages and of the desk's acts on its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.urls import reverse

from enterprises.completeness import NOT_A_LEGAL_PERSON
from enterprises.models import Enterprise, Industry, Profile, ProofKind, Qualification
from enterprises.policies import PROFILE_FIELDS, REASON_MAX, REVIEW_ITEMS, clean_profile
from enterprises.queries import last_round
from foundation.accounts.actors import Actor
from foundation.documents.fields import MaterialField
from foundation.moments import local_day
from foundation.personal_data import mask_id_number, mask_mobile
from foundation.regions.models import City, District

# Never sent back to the browser once stored (F5); left empty, the stored value stays.
_MASKS = {
    "legal_representative_id": mask_id_number,
    "handler_id": mask_id_number,
    "handler_mobile": mask_mobile,
}
# What is of last year by its nature, and has to be typed anew each year (E3).
FIGURES_OF_THE_YEAR = ("revenue", "assets")
# What the size class and the question about 元 look at.
MEASURED = ("industry", "employees", "revenue", "assets", "registered_capital")


def _day_field(label: str, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, **kwargs)


def _figure_field(label: str, **kwargs: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, max_digits=14, decimal_places=2, min_value=Decimal(0), **kwargs
    )


class RegisterForm(forms.Form):
    """The city of registration and the credit code (E1)."""

    city = forms.ModelChoiceField(
        label="注册登记所在地市",
        queryset=City.objects.all(),
        empty_label="请选择",
        help_text="企业只能申领注册登记所在地市发放的服务券，登记后不能更改。",
    )
    credit_code = forms.CharField(
        label="统一社会信用代码",
        max_length=40,
        help_text="18 位，见营业执照。每家企业固定使用一个账号，登记后不能更改。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credit_code"].widget.attrs |= {
            "hx-post": reverse("enterprises:register_check"),
            "hx-trigger": "change, input changed delay:900ms, change from:#id_city",
            "hx-target": "#check-credit_code",
            "hx-sync": "this:replace",
        }


@dataclass(frozen=True)
class Section:
    """A part of the form of E2 with its heading."""

    key: str
    title: str
    fields: list[BoundField]

    @property
    def has_errors(self) -> bool:
        """Whether a field of it is to be mended."""
        return any(field.errors for field in self.fields)


# The form of E2 in the order in which a clerk has the papers at hand.
SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "enterprise": (
        "企业信息",
        (
            "name",
            "is_legal_person",
            "legal_representative",
            "legal_representative_id",
            "district",
            "address",
            "registered_capital",
            "founded_on",
        ),
    ),
    "figures": ("经营数据", ("industry", "employees", "revenue", "assets")),
    "handler": ("经办人", ("handler", "handler_id", "handler_mobile")),
}
# What the server looks at as soon as it is typed; the rules stay where they are.
CHECKED_AS_TYPED = (
    "legal_representative_id",
    "handler_id",
    "handler_mobile",
    "founded_on",
    "registered_capital",
    "is_legal_person",
)


class ProfileForm(forms.Form):
    """The basic information of E2; every field that is wrong is named at once."""

    name = forms.CharField(label="企业名称", max_length=120, help_text="与营业执照完全一致。")
    legal_representative = forms.CharField(label="法定代表人", max_length=60)
    legal_representative_id = forms.CharField(label="法定代表人身份证号码", max_length=40)
    is_legal_person = forms.TypedChoiceField(
        label="是否具有独立法人资格",
        choices=[("yes", "是"), ("no", "否（分公司、个体工商户等）")],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    address = forms.CharField(
        label="地址", max_length=200, help_text="营业执照上的住所或经营场所。"
    )
    district = forms.ModelChoiceField(
        label="所在区", queryset=District.objects.none(), empty_label="请选择"
    )
    registered_capital = _figure_field("注册资本（万元）")
    founded_on = _day_field("成立日期", help_text="营业执照上的成立日期。")
    industry = forms.ChoiceField(
        label="所属行业",
        choices=[("", "请选择"), *Industry.choices],
        help_text="按主营业务选择；不在前 15 类的选“其他未列明行业”。",
    )
    employees = forms.IntegerField(
        label="从业人员（人）", min_value=0, help_text="上年末在岗人数，包括劳务派遣人员。"
    )
    revenue = _figure_field("上年营业收入（万元）")
    assets = _figure_field("上年资产总额（万元）")
    handler = forms.CharField(
        label="经办人", max_length=60, help_text="本企业办理服务券事宜的唯一经办人。"
    )
    handler_id = forms.CharField(label="经办人身份证号码", max_length=40)
    handler_mobile = forms.CharField(label="经办人手机", max_length=40)
    figures_confirmed = forms.BooleanField(label="数额无误", required=False)

    def __init__(
        self,
        *args: Any,
        enterprise: Enterprise,
        year: int,
        at: datetime,
        stored: Profile | None = None,
        draft: Mapping[str, str] | None = None,
        checked: bool = False,
        **kwargs: Any,
    ) -> None:
        """``stored``: the version to start from; ``draft``: what was typed since and not saved; ``checked``: saving
        changes will reopen a passed file (E6)."""
        self.enterprise, self.at, self.stored = enterprise, at, stored
        self.draft = draft or {}
        self.renewing = stored is not None and stored.figures_year != year - 1
        kwargs["initial"] = self._start()
        super().__init__(*args, **kwargs)
        district: Any = self.fields["district"]
        district.queryset = District.objects.filter(city_id=enterprise.city_id)
        for field in FIGURES_OF_THE_YEAR:
            self.fields[field].help_text = self._figure_help(field, year - 1)
        for field, mask in _MASKS.items():
            known = self.draft.get(field) or (getattr(stored, field) if stored else "")
            if known:
                self.fields[field].required = False
                self.fields[field].help_text = f"已填写：{mask(known)}。不修改请留空。"
            self.fields[field].widget.attrs["autocomplete"] = "off"
        for field in ("employees", "revenue", "assets", "registered_capital"):
            self.fields[field].widget.attrs["inputmode"] = "decimal"
        for field in CHECKED_AS_TYPED:
            self.fields[field].widget.attrs |= {
                "hx-post": reverse("enterprises:profile_check", args=[field]),
                "hx-trigger": "change, input changed delay:900ms",
                "hx-target": f"#check-{field}",
                "hx-sync": "this:replace",
            }
        if checked:
            self.fields["reopening_understood"] = forms.BooleanField(
                label="我知道：修改已核对的资料后须重新提交核对，核对通过前不能申领",
                required=True,
                error_messages={"required": "资料已核对通过；确需修改的，请勾选此项后再保存。"},
            )

    def _start(self) -> dict[str, Any]:
        """Where the form begins: the saved data without last year's figures, and over it what was typed since."""
        start: dict[str, Any] = {}
        if self.stored is not None:
            start = {
                field: getattr(self.stored, field)
                for field in PROFILE_FIELDS
                if field not in _MASKS and not (self.renewing and field in FIGURES_OF_THE_YEAR)
            }
            start["is_legal_person"] = "yes" if self.stored.is_legal_person else "no"
        return start | {field: text for field, text in self.draft.items() if field not in _MASKS}

    def _figure_help(self, field: str, of_year: int) -> str:
        if not self.renewing:
            return f"{of_year} 年度数据，单位为万元。"
        before = getattr(self.stored, field)
        return f"须更新为 {of_year} 年度数据，单位为万元；往年填报为 {before:,f} 万元。"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for field in _MASKS:
            if field in cleaned and not cleaned[field]:
                cleaned[field] = self.draft.get(field) or (
                    getattr(self.stored, field) if self.stored else ""
                )
        plain, faults = clean_profile(cleaned, city_id=self.enterprise.city_id, at=self.at)
        for field, sentence in faults.items():
            if field not in self.errors:
                self.add_error(field, sentence)
        return {
            **{field: value for field, value in plain.items() if field not in self.errors},
            "figures_confirmed": bool(cleaned.get("figures_confirmed")),
        }

    @property
    def hints(self) -> dict[str, str]:
        """What is worth knowing of a field that is not wrong, told at once and not only before submitting (E5)."""
        is_legal_person = self["is_legal_person"].value()
        return {"is_legal_person": NOT_A_LEGAL_PERSON} if is_legal_person == "no" else {}

    @property
    def sections(self) -> list[Section]:
        """The form's fields in their parts."""
        return [
            Section(key, title, [self[field] for field in fields])
            for key, (title, fields) in SECTIONS.items()
        ]

    @property
    def measured(self) -> dict[str, Any]:
        """The figures that are sound so far, of a bound form or of what it starts from; units as in the form."""
        if not self.is_bound:
            start: Any = ProfileForm(
                {field: text for field, text in self.initial.items() if text is not None},
                enterprise=self.enterprise,
                year=local_day(self.at).year,
                at=self.at,
            )
            return start.measured  # type: ignore[no-any-return]
        self.is_valid()
        return {field: self.cleaned_data.get(field) for field in MEASURED}


class LicenceForm(forms.Form):
    """The business licence copy (E3)."""

    file = MaterialField(label="营业执照副本")


class ProofForm(forms.Form):
    """Last year's tax or social-insurance certificate (E3)."""

    proof_kind = forms.ChoiceField(
        label="证明类别", choices=ProofKind.choices, widget=forms.RadioSelect
    )
    file = MaterialField(label="证明文件")


class DeclarationForm(forms.Form):
    """The signed and stamped declaration with its date (E3)."""

    declared_on = _day_field("声明函上填写的日期")
    file = MaterialField(label="声明函扫描件")


MATERIAL_FORMS: dict[str, type[forms.Form]] = {
    "licence": LicenceForm,
    "proof": ProofForm,
    "declaration": DeclarationForm,
}


class ReviewForm(forms.Form):
    """An act on the round that the reviewer has looked at (E6)."""

    round_number = forms.IntegerField(widget=forms.HiddenInput)

    def bind_to(self, record: Qualification, actor: Actor, at: datetime) -> None:
        """Remember which round the page showed."""
        submitted = last_round(record)
        self.initial["round_number"] = submitted.number if submitted else 0


class PassForm(ReviewForm):
    """Pass: nothing to fill in."""


class RefuseForm(ReviewForm):
    """Refuse with a reason."""

    reason = forms.CharField(
        label="不予通过的原因",
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="企业将看到该原因；请勿填写身份证号码或手机号码。",
    )


class SendBackForm(ReviewForm):
    """Send back with a reason for each item that needs correcting."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item, (label, _) in REVIEW_ITEMS.items():
            self.fields[item] = forms.CharField(
                label=label,
                required=False,
                max_length=REASON_MAX,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        return {
            "round_number": cleaned.get("round_number"),
            "item_reasons": {item: cleaned.get(item) or "" for item in REVIEW_ITEMS},
        }
