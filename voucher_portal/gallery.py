"""The page of components that only development shows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

LONG_NAME = "广州市某某某某某某科技创新与中小企业综合服务有限责任公司南沙自由贸易试验区分公司"


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="企业名称", help_text="与营业执照一致。")
    industry = forms.ChoiceField(label="所属行业", choices=[("", "请选择"), ("retail", "零售业")])
    remark = forms.CharField(label="说明", widget=forms.Textarea, required=False)
    pace = forms.ChoiceField(
        label="服务方式", choices=[("once", "一次性"), ("long", "长期")], widget=forms.RadioSelect
    )
    agreed = forms.BooleanField(label="已阅读并同意")


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component with short and long content, and a form with errors."""
    at = request.at  # type: ignore[attr-defined]
    return render(
        request,
        "components/gallery.html",
        {
            "form": SampleForm({"name": LONG_NAME, "pace": "once"}),
            "soon": at + timedelta(days=2, hours=5),
            "moments": [at + timedelta(days=days) for days in (30, 5, 0.4, -1)],
            "amount": Decimal("12500"),
            "cap": Decimal("20000"),
            "tones": [
                ("good", "已通过"),
                ("brand", "进行中"),
                ("warn", "待补正"),
                ("bad", "不予通过"),
                ("neutral", "已结束"),
            ],
            "alerts": [
                ("info", "说明"),
                ("success", "已完成"),
                ("warning", "请注意"),
                ("danger", "不能提交"),
            ],
            "steps": [
                {"label": "登记", "state": "done", "url": "#"},
                {"label": "基本信息", "state": "done", "url": "#"},
                {"label": "材料", "state": "current"},
                {"label": "检查提交", "state": "todo"},
            ],
            "outcomes": [
                SimpleNamespace(outcome="pass", label="双方名称一致", evidence=LONG_NAME),
                SimpleNamespace(
                    outcome="warn", label="总额与价格一致", evidence="高出 1,000 元（5.0%）"
                ),
                SimpleNamespace(outcome="fail", label="转账足够", evidence="还差 2,000 元"),
            ],
            "tab": SimpleNamespace(key="due", label="待确认"),
            "tabs": [
                (SimpleNamespace(key="due", label="待确认"), 3),
                (SimpleNamespace(key="all", label="全部"), 128),
            ],
            "checks": [
                SimpleNamespace(met=True, label="在方案所在地市注册登记", remedy=""),
                SimpleNamespace(
                    met=False, label="本年度资料已经核对通过", remedy="请完成填报并提交核对。"
                ),
            ],
            "trail": [
                {"at": at - timedelta(days=3), "text": "下单", "note": "预计用券 3,000 元"},
                {"at": at - timedelta(days=1), "text": "服务机构确认订单", "tone": "good"},
                {"text": "上传服务合同", "waiting": True},
            ],
            "rows": [
                ("2020 0000 0016", "甲公司", Decimal("3000"), "可用"),
                ("2020 0000 0024", LONG_NAME, Decimal("20000"), "部分使用"),
            ],
        },
    )
