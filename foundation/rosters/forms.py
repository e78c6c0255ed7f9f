"""The shape of the desk's acts on rosters, violations and sanctions."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from foundation.accounts.actors import Actor
from foundation.documents.fields import MaterialField, MaterialsField
from foundation.moments import local_day
from foundation.money import ZERO, spoken_money
from foundation.rosters.models import Measure, RosterKind
from foundation.rosters.sheets import ROWS_MAX
from foundation.rosters.states import RowOutcome

BAD_ROWS_NAMED = 50

_DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _long_text(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "cols": 80})


class RosterFileForm(forms.Form):
    """A roster file for the bureau's own city (E8)."""

    kind = forms.ChoiceField(label="名单类别", choices=RosterKind.choices)
    file = forms.FileField(
        label="名单文件",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=f"Excel（.xlsx，只读第一张工作表）或 CSV（UTF-8、GB18030），不超过 20 MB、{ROWS_MAX} 行。",
    )
    whole = forms.BooleanField(
        label="完整名单",
        required=False,
        help_text="仅限服务机构名录和优先补助名单：本市名单中有而文件中没有的记录一并移除"
        "（优先补助名单只涉及文件中出现的年度）。不勾选则只增加、更新和按“操作”列移除。",
    )

    def bind_to(self, record: Any, actor: Actor, at: datetime) -> None:
        """The city is the account's; the empty files to fill in are offered beside the kinds."""
        self._city = actor.user.city if actor.user is not None else None
        links = format_html_join(
            "、",
            '<a href="{}">{}</a>',
            (
                (reverse("admin:rosters_rosterimport_blank", args=[kind.value]), kind.label)
                for kind in RosterKind
            ),
        )
        self.fields["kind"].help_text = format_html(
            "先试运行，只核对不改动名单。空白模板：{}。", links
        )

    def clean(self) -> dict[str, Any]:
        """Add the city for the operation."""
        return {**(super().clean() or {}), "city": self._city}


class RowNumbersField(forms.CharField):
    """Row numbers as people write them, "3、5、8-12", cleaned to a list of whole numbers."""

    def clean(self, value: Any) -> list[int]:
        text = super().clean(value)
        rows: set[int] = set()
        for part in re.split(r"[\s、,，;；]+", text):
            if not part:
                continue
            match = re.fullmatch(r"([0-9]{1,6})(?:[-–—~～至]([0-9]{1,6}))?", part)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if first > last or last - first > ROWS_MAX:
                raise forms.ValidationError(
                    f"“{part}”不是行号，请写成“3、5、8-12”的形式。", code="rows"
                )
            rows |= set(range(first, last + 1))
        return sorted(rows)


class ApplyImportForm(forms.Form):
    """Which rows of a dry run are left out (E8)."""

    skipped_rows = RowNumbersField(
        label="跳过的行",
        required=False,
        max_length=2000,
        help_text="有误的行须改正文件后重新上传，或在此逐一写明跳过，例如：3、5、8-12。",
    )

    def bind_to(self, record: Any, actor: Actor, at: datetime) -> None:
        """Name the bad rows, but never fill them in: skipping is the bureau's own word (E8)."""
        bad = record.rows.filter(outcome=RowOutcome.BAD, row__isnull=False).order_by("row")
        if count := record.counts.get(RowOutcome.BAD):
            named = "、".join(
                str(row) for row in bad.values_list("row", flat=True)[:BAD_ROWS_NAMED]
            )
            more = "……" if count > BAD_ROWS_NAMED else ""
            field = self.fields["skipped_rows"]
            field.help_text = f"{field.help_text}有误的行共 {count} 行：{named}{more}。"


class ReportViolationForm(forms.Form):
    """What the contractor reports (S1)."""

    credit_code = forms.CharField(label="统一社会信用代码", max_length=40)
    party_name = forms.CharField(label="单位名称", max_length=120)
    description = forms.CharField(label="违规情况", max_length=4000, widget=_long_text(8))
    evidence = MaterialsField(label="证据材料")


class SanctionForm(forms.Form):
    """What the bureau decides (S1)."""

    measure = forms.ChoiceField(label="处理措施", choices=Measure.choices)
    until = forms.DateField(
        label="暂停至",
        required=False,
        widget=_DAY_INPUT,
        help_text="仅暂停资格填写；含当日。",
    )
    money_to_recover = forms.DecimalField(
        label="应追回金额（元）",
        required=False,
        min_value=ZERO,
        max_digits=14,
        decimal_places=2,
        help_text="没有则留空。",
    )
    reason = forms.CharField(label="决定理由", max_length=2000, widget=_long_text())

    def clean_money_to_recover(self) -> Decimal:
        """Nothing typed is nothing to recover."""
        return self.cleaned_data["money_to_recover"] or ZERO


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="理由", max_length=2000, widget=_long_text())


class RecoveryForm(forms.Form):
    """Money that came back (S1)."""

    amount = forms.DecimalField(
        label="本次追回金额（元）", min_value=Decimal("0.01"), max_digits=14, decimal_places=2
    )
    received_on = forms.DateField(label="到账日期", widget=_DAY_INPUT)
    reference = forms.CharField(label="凭证号或说明", max_length=120, required=False)
    receipt = MaterialField(label="到账凭证", required=False)

    def bind_to(self, record: Any, actor: Actor, at: datetime) -> None:
        """Say what is left; most often all of it comes back, today."""
        left = record.money_to_recover - record.money_recovered
        self.initial = {"amount": left, "received_on": local_day(at)}
        self.fields["amount"].help_text = f"待追回 {spoken_money(left)}。"
