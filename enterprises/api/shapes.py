"""The shapes of an enterprise's file; personal data is masked wherever it goes out (F5)."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from enterprises.models import Industry, Profile, ProofKind, SizeClass
from enterprises.policies import PROFILE_FIELDS
from enterprises.states import QualificationState
from foundation.api.fields import Choice, FigureIn, FileOut, In, Out, StagedFile, State, Text, Yes
from foundation.personal_data import lookup_key, mask_id_number, mask_mobile
from foundation.regions.api import CityOut
from foundation.regions.models import City, District

REVISION_LENGTH = 24


class CityCode(Text):
    """A city by its pinyin."""

    def run_validation(self, data: Any = empty) -> Any:
        slug = super().run_validation(data)
        city = City.objects.filter(slug=slug).first()
        if city is None:
            raise serializers.ValidationError("没有这个地市，请用“地市列表”中的拼音。")
        return city


class DistrictCode(Text):
    """A district by its code."""

    def run_validation(self, data: Any = empty) -> Any:
        code = super().run_validation(data)
        district = District.objects.filter(code=code).first()
        if district is None:
            raise serializers.ValidationError("没有这个区县，请用“地市列表”中的行政区划代码。")
        return district


class RegisterIn(In):
    """The city of registration and the credit code (E1)."""

    city = CityCode(20, help_text="注册登记所在地市的拼音，登记后不能更改")
    credit_code = Text(40, help_text="统一社会信用代码，18 位")


class EnterpriseOut(Out):
    """The account's enterprise."""

    id = serializers.IntegerField(source="pk")
    city = CityOut()
    credit_code = serializers.CharField(help_text="统一社会信用代码")
    name = serializers.CharField(help_text="企业名称；首次提交前为空")


class ProfileIn(In):
    """The basic information of E2. Personal data left out stays as it is stored."""

    name = Text(120, help_text="企业名称，与营业执照一致")
    legal_representative = Text(60, help_text="法定代表人")
    legal_representative_id = Text(40, required=False, help_text="法定代表人身份证号码；不填为不变")
    is_legal_person = Yes(help_text="是否具有独立法人资格")
    address = Text(200, help_text="地址")
    district = DistrictCode(6, help_text="所在区县的行政区划代码")
    registered_capital = FigureIn(help_text="注册资本（万元）")
    founded_on = serializers.DateField(help_text="成立日期")
    industry = Choice(choices=Industry.choices, help_text="所属行业（16 类）")
    employees = serializers.IntegerField(
        min_value=0, max_value=10_000_000, help_text="从业人员（人）"
    )
    revenue = FigureIn(help_text="上年营业收入（万元）")
    assets = FigureIn(help_text="上年资产总额（万元）")
    handler = Text(60, help_text="经办人")
    handler_id = Text(40, required=False, help_text="经办人身份证号码；不填为不变")
    handler_mobile = Text(40, required=False, help_text="经办人手机；不填为不变")
    figures_confirmed = Yes(
        required=False, default=False, help_text="数额看似以元为单位时，确认无误"
    )
    reopening_understood = Yes(
        required=False,
        default=False,
        help_text="资料已核对通过的，修改后须重新核对，通过前不能申领；确需修改的填 true",
    )


class ProfileOut(Out):
    """The basic information as stored, personal data masked; every field null before the first saving."""

    version = serializers.IntegerField(allow_null=True, help_text="版本")
    revision = serializers.SerializerMethodField(
        help_text="内容摘要：任何一项改变（含不显示的个人信息）即改变"
    )
    name = serializers.CharField(allow_null=True)
    legal_representative = serializers.CharField(allow_null=True)
    legal_representative_id = serializers.SerializerMethodField(help_text="已遮盖")
    is_legal_person = serializers.BooleanField(allow_null=True)
    address = serializers.CharField(allow_null=True)
    district = serializers.CharField(allow_null=True, source="district.code", default=None)
    registered_capital = serializers.DecimalField(14, 2, allow_null=True, help_text="万元")
    founded_on = serializers.DateField(allow_null=True)
    industry = serializers.CharField(allow_null=True, help_text="行业代码")
    employees = serializers.IntegerField(allow_null=True)
    revenue = serializers.DecimalField(14, 2, allow_null=True, help_text="万元")
    assets = serializers.DecimalField(14, 2, allow_null=True, help_text="万元")
    figures_year = serializers.IntegerField(allow_null=True, help_text="经营数据所属年度")
    size_class = serializers.CharField(allow_null=True, help_text="划型结果（E4），由平台计算")
    handler = serializers.CharField(allow_null=True)
    handler_id = serializers.SerializerMethodField(help_text="已遮盖")
    handler_mobile = serializers.SerializerMethodField(help_text="已遮盖")

    def get_revision(self, profile: Profile) -> str:
        if profile.pk is None:
            return ""
        values = {
            field: str(getattr(profile, field)) for field in (*PROFILE_FIELDS, "figures_year")
        }
        return lookup_key(json.dumps(values, sort_keys=True))[:REVISION_LENGTH]

    def get_legal_representative_id(self, profile: Profile) -> str:
        return mask_id_number(profile.legal_representative_id or "")

    def get_handler_id(self, profile: Profile) -> str:
        return mask_id_number(profile.handler_id or "")

    def get_handler_mobile(self, profile: Profile) -> str:
        return mask_mobile(profile.handler_mobile or "")


class MaterialIn(In):
    """A material for its slot (E3)."""

    file = StagedFile()
    proof_kind = Choice(
        choices=ProofKind.choices, required=False, help_text="证明类别；上传完税或社保证明时必填"
    )
    declared_on = serializers.DateField(
        required=False, help_text="声明函上的日期；上传声明函时必填"
    )


class SlotOut(Out):
    """A slot with its file, and what is still to be done."""

    slot = serializers.CharField(help_text="licence、proof 或 declaration")
    label = serializers.CharField(help_text="材料名称")
    document = FileOut(allow_null=True, help_text="已上传的文件")
    missing = serializers.CharField(help_text="尚缺什么；不缺为空")
    reason = serializers.CharField(help_text="被退回的原因；没有为空")


class ReturnedOut(Out):
    """An item that was sent back."""

    item = serializers.CharField(help_text="项目代码")
    label = serializers.CharField(help_text="项目")
    reason = serializers.CharField(help_text="退回原因")


class QualificationOut(Out):
    """The file of a year: where it stands, its materials, and what stands against submitting it."""

    year = serializers.IntegerField(source="file.year", help_text="年度")
    state = State(QualificationState, source="file.state", help_text="状态")
    size_class = State(SizeClass, source="file.profile.size_class", help_text="划型结果（E4）")
    submitted_at = serializers.DateTimeField(source="file.submitted_at", allow_null=True)
    decided_at = serializers.DateTimeField(source="file.decided_at", allow_null=True)
    round = serializers.IntegerField(help_text="最近提交的轮次；未提交为 0")
    materials = SlotOut(many=True)
    returned = ReturnedOut(many=True, help_text="退回补正的项目和原因")
    blocked = serializers.CharField(help_text="现在不能提交的原因；可以提交为空")


class RoundOut(Out):
    """One round of the check (E6)."""

    number = serializers.IntegerField(help_text="轮次")
    submitted_at = serializers.DateTimeField(help_text="提交时间")
    outcome = serializers.CharField(help_text="结果代码；未核对为空")
    reason = serializers.CharField(help_text="不予通过的原因")
    item_reasons = serializers.DictField(child=serializers.CharField(), help_text="逐项退回原因")
    decided_at = serializers.DateTimeField(allow_null=True, help_text="核对时间")
