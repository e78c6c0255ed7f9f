"""What the audit trail says, in Chinese: acts, actors, objects and states.

Acts are known by their operation's name; a test finds every name that is written anywhere in the code.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models

from foundation.accounts.models import Role

# Looking at personal data in clear (F5).
UNMASKING = frozenset({"reveal_personal_data", "reveal_contact", "reveal_handler"})
SIGNING_IN = frozenset({"sign_in", "fail_second_factor", "use_recovery_code"})

ACTIONS: dict[str, str] = {
    # accounts
    "ask_address": "登记待确认的邮箱",
    "ask_factor_reset": "申请重置二次验证",
    "change_assurance": "可信级别变更",
    "change_password": "修改密码",
    "choose_mail": "调整邮件通知",
    "close_account": "停用账号",
    "confirm_address": "确认邮箱",
    "confirm_authenticator": "启用二次验证",
    "drop_address": "停用邮箱",
    "end_other_sessions": "退出其他设备上的登录",
    "fail_second_factor": "二次验证连续输错",
    "grant_factor_reset": "同意重置二次验证",
    "join_account": "绑定统一身份认证平台账号",
    "open_staff_account": "开设账号",
    "open_vouched_account": "经统一身份认证平台建立账号",
    "register_party_account": "注册账号",
    "release_identity": "解除统一身份认证平台绑定（命令行）",
    "renew_recovery_codes": "重新生成恢复码",
    "reset_password": "重置密码",
    "reset_second_factor": "重置二次验证（命令行）",
    "sign_in": "登录",
    "use_recovery_code": "用恢复码登录",
    "vouch_for_factor": "确认本人启用二次验证",
    "make_token": "建立接口令牌",
    "revoke_token": "停用接口令牌",
    "withdraw_factor_reset": "撤销二次验证重置申请",
    # personal data past its time
    "forget_addresses": "到期清除邮箱",
    "forget_changed_contacts": "到期清除变更中的联系人信息",
    "forget_contacts": "到期清除机构联系人信息",
    "forget_handlers": "到期清除经办人信息",
    "forget_messages": "到期清除站内消息",
    "forget_objectors": "到期清除复核申请人信息",
    "forget_persons": "到期清除离任人员身份证号码",
    "forget_traces": "到期清除登录痕迹",
    # regions, working days, notices
    "load_regions": "载入行政区划",
    "load_year": "载入放假安排",
    "set_workday_exception": "设置工作日例外",
    "remove_workday_exception": "删除工作日例外",
    "publish_notice": "发布公告",
    "withdraw_notice": "撤销公告",
    "correct_notice": "更正公告",
    "send_again": "重新发送邮件",
    # the desk
    "take_file": "领取",
    "take_over_file": "接手办理",
    "hand_over_file": "转交",
    "release_file": "放回",
    "export_list": "导出列表",
    # rosters and sanctions
    "check_roster_file": "试读名单文件",
    "apply_roster_import": "导入名单",
    "finish_roster_import": "试读完成",
    "fail_roster_import": "无法读取名单文件",
    "order_roster_import": "提交导入",
    "give_back_roster_import": "退回待导入",
    "discard_roster_import": "放弃名单导入",
    "report_violation": "报告违规",
    "sanction_violation": "作出违规处理",
    "dismiss_violation": "不予处理违规报告",
    "impose_sanction": "违规处理生效",
    "lift_sanction": "解除违规处理",
    "record_recovery": "登记追回资金",
    # enterprises
    "register_enterprise": "登记企业",
    "save_profile": "保存基本信息",
    "start_year": "开始本年度登记",
    "attach_material": "上传材料",
    "fill_in_declaration": "生成声明函",
    "submit_qualification": "提交年度资格资料",
    "pass_qualification": "核对通过",
    "send_back_qualification": "退回补正",
    "refuse_qualification": "不予通过",
    "reopen_qualification": "信息变更，重新核对",
    "reveal_personal_data": "查看完整个人信息",
    # providers and products
    "register_provider": "登记机构",
    "amend_provider": "修改机构资料",
    "submit_provider": "提交机构资料",
    "approve_provider": "机构核对通过",
    "send_back_provider": "退回机构资料",
    "refuse_provider": "机构不予通过",
    "renew_provider": "重新提交本年度承诺",
    "request_change": "申请变更",
    "apply_change": "同意变更",
    "refuse_change": "不同意变更",
    "save_draft": "建立产品草稿",
    "amend_draft": "修改产品草稿",
    "discard_draft": "删除草稿",
    "keep_draft": "保存草稿",
    "begin_next_version": "编辑产品新版本",
    "copy_product": "复制产品",
    "set_price_tiers": "设置价格档",
    "attach_evidence": "上传产品证明材料",
    "remove_evidence": "移除产品证明材料",
    "submit_version": "提交产品审核",
    "publish_version": "产品审核通过并上架",
    "send_back_version": "退回产品",
    "withdraw_version": "撤回产品审核",
    "withdraw_product": "产品下架",
    # programmes, batches, vouchers
    "create_programme": "设立年度方案",
    "amend_programme": "修改年度方案",
    "draft_batch": "拟定批次",
    "announce_batch": "发布批次",
    "cancel_batch": "取消批次",
    "rank_batch": "排序",
    "publish_results": "公布结果并发券",
    "grant_from_waiting_list": "递补发券",
    "reclaim_batch": "收回未用金额",
    "submit_application": "申领",
    "withdraw_application": "撤回申领",
    "return_voucher": "主动退回",
    # orders and payments
    "place_order": "下单",
    "confirm_order": "确认订单",
    "decline_order": "不接单",
    "cancel_order": "取消订单",
    "ask_cancellation": "提出取消订单",
    "withdraw_cancellation": "撤回取消请求",
    "agree_cancellation": "同意取消",
    "upload_contract": "上传服务合同",
    "return_contract": "退回合同",
    "confirm_contract": "确认合同",
    "submit_payment": "支付服务券",
    "ask_payment_correction": "要求补正支付材料",
    "correct_payment": "补正支付材料",
    "accept_payment": "收券",
    "ask_payment_return": "申请退回支付",
    "grant_payment_return": "同意退回支付",
    "refuse_payment_return": "不同意退回支付",
    "take_into_claim": "列入兑现申请",
    "put_back_from_claim": "移出兑现申请",
    "settle_order": "兑现完成",
    "disallow_order": "不予兑现",
    "lapse_order": "订单失效",
    "end_payment": "结束未完成的支付",
    "reveal_contact": "查看联系方式",
    # claims
    "prepare_claim": "建立兑现申请",
    "attach_scan": "上传盖章扫描件",
    "submit_claim": "提交兑现申请",
    "give_up_claim": "放弃兑现申请",
    "pass_line": "明细初审通过",
    "ask_more_on_line": "要求补充明细材料",
    "disallow_line": "明细不予兑现",
    "reopen_line": "重新审核明细",
    "request_more": "退回机构补充材料",
    "take_back_request": "收回补充要求",
    "supply_more": "补充材料",
    "assign_expert": "分派专家",
    "give_opinion": "提交专家意见",
    "finish_first_review": "结束初审",
    "send_back_to_review": "退回初审",
    "approve_claim": "审定通过",
    "publish_claims": "发布兑现公示",
    "close_publicity_list": "公示结束",
    "file_objection": "提出复核申请",
    "answer_objection": "答复复核申请",
    "record_settlement": "登记拨付",
    "settle_claim_if_done": "兑现申请办结",
    "ask_more_claim": "退回机构补充材料",
    "finish_first_review_claim": "结束初审",
    "publish_claim": "列入兑现公示",
    "send_back_to_review_claim": "退回初审",
    "settle_claim": "兑现申请办结",
    "supply_more_claim": "补充材料",
    "take_back_request_claim": "收回补充要求",
    "ask_more_claim_line": "要求补充明细材料",
    "disallow_claim_line": "明细不予兑现",
    "give_up_claim_line": "移出放弃的申请",
    "pass_claim_line": "明细初审通过",
    "reopen_claim_line": "重新审核明细",
    "settle_claim_line": "明细兑付",
    "supply_more_claim_line": "补充明细材料",
    "take_back_request_claim_line": "收回明细补充要求",
    "reject_objection": "复核不成立",
    "uphold_objection": "复核成立",
    "hand_over_archive": "下载兑现档案",
    "hand_over_report": "下载上报表",
    # call lists
    "record_call": "记录联系企业",
    "reveal_handler": "查看经办人电话",
}

# What the values beside an act are called; others are shown to the bureau in the entry itself.
DETAILS: dict[str, str] = {
    "amount": "金额",
    "changed": "修改项目",
    "digest": "名单摘要",
    "failures": "连续次数",
    "files": "附件数",
    "kind": "类别",
    "role": "角色",
    "title": "标题",
    "version": "版本",
    "vouchers": "发券数",
    "year": "年度",
}


def action_words(action: str) -> str:
    """What an act is called; its own name when nobody gave it words."""
    return ACTIONS.get(action, action)


def role_words(role: str) -> str:
    """Whoever acts in this role."""
    if role in Role.values:
        return str(Role(role).label)
    return {"job": "系统", "public": "公众", "": "—"}.get(role, role)


def subject_model(subject_type: str) -> type[models.Model] | None:
    """The model an entry is about; None for one that is no longer in the code."""
    try:
        return apps.get_model(subject_type)
    except (LookupError, ValueError):
        return None


def subject_words(subject_type: str) -> str:
    """What the object of an entry is called."""
    model = subject_model(subject_type)
    return str(model._meta.verbose_name) if model else subject_type


def state_words(subject_type: str, state: str) -> str:
    """The label of a state of this kind of object."""
    model = subject_model(subject_type)
    if not state or model is None:
        return state
    # Most have a state; a sanction begins with its measure.
    for field in sorted(model._meta.concrete_fields, key=lambda field: field.name != "state"):
        if state in (choices := dict(field.flatchoices)):
            return str(choices[state])
    return state


def detail_words(subject_type: str, details: dict[str, Any]) -> list[str]:
    """The values beside an act that have a name, one line each."""
    lines = []
    for key, label in DETAILS.items():
        if (value := details.get(key)) in (None, "", [], {}):
            continue
        if key == "changed" and isinstance(value, list):
            value = "、".join(_field_words(subject_type, name) for name in value)
        elif key == "role":
            value = role_words(str(value))
        elif isinstance(value, (list, dict)):
            continue
        lines.append(f"{label}：{value}")
    return lines


def _field_words(subject_type: str, name: Any) -> str:
    model = subject_model(subject_type)
    candidates = [model] if model else []
    if model:  # what was changed may stand on the record's own detail, as a profile does
        candidates += [
            field.related_model for field in model._meta.get_fields() if field.related_model
        ]
    for candidate in candidates:
        for field in candidate._meta.concrete_fields:
            if field.name == name:
                return str(field.verbose_name)
    return str(name)
