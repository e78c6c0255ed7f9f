"""Every event that reaches a user, with its Chinese subject and text (N2, V7).

Each app adds its own events here; a test renders all of them. Placeholders are the message's ``params``.
"""

from __future__ import annotations

from typing import NamedTuple


class Event(NamedTuple):
    """The words of one event; both are ``str.format`` patterns over the message's params."""

    subject: str
    text: str


EVENTS: dict[str, Event] = {
    # enterprises
    "qualification_passed": Event(
        "{year} 年度企业资料核对通过",
        "贵企业 {year} 年度资料已由承办单位核对通过，可以在发券批次开放期间申领服务券。",
    ),
    "qualification_returned": Event(
        "{year} 年度企业资料需要补正",
        "贵企业 {year} 年度资料需要补正：{items}。请登录平台查看每一项的原因，修改后重新提交。",
    ),
    "qualification_refused": Event(
        "{year} 年度企业资料核对不予通过",
        "贵企业 {year} 年度资料核对不予通过，原因请登录平台查看。如有疑问请联系承办单位；资料有误的，可修改后重新提交。",
    ),
    # providers
    "provider_submitted": Event(
        "服务机构待核对：{provider}",
        "服务机构“{provider}”已提交注册资料，请核对。",
    ),
    "provider_approved": Event(
        "服务机构资料核对通过",
        "贵机构 {year} 年度资料已由承办单位核对通过，可以发布服务产品、接收服务券。",
    ),
    "provider_returned": Event(
        "服务机构资料需要补正",
        "贵机构的注册资料需要补正：{items}。请登录平台查看每一项的原因，修改后重新提交。",
    ),
    "provider_refused": Event(
        "服务机构资料核对不予通过",
        "贵机构的注册资料核对不予通过，原因请登录平台查看。如有疑问请联系承办单位。",
    ),
    "change_requested": Event(
        "机构变更申请待审核：{provider}",
        "服务机构“{provider}”提交了变更申请，请核对证明材料后办理。",
    ),
    "change_applied": Event(
        "机构变更已办理",
        "贵机构的变更申请已审核通过，新的信息已生效。如变更了用户名，请用新用户名登录。",
    ),
    "change_refused": Event(
        "机构变更申请不予变更",
        "贵机构的变更申请未获通过，原因请登录平台查看。",
    ),
    "product_submitted": Event(
        "服务产品待审核：{product}",
        "服务机构“{provider}”提交了服务产品“{product}”，请审核。",
    ),
    "product_published": Event(
        "服务产品已发布：{product}",
        "服务产品“{product}”已审核通过并上架，企业可以下单。",
    ),
    "product_returned": Event(
        "服务产品需要修改：{product}",
        "服务产品“{product}”需要修改：{items}。请登录平台查看每一项的原因，修改后重新提交。",
    ),
    # vouchers
    "application_submitted": Event(
        "申领已提交（{number}）",
        "您已提交第 {batch} 批服务券申领，申领金额 {amount} 元，回执号 {number}。结果公布后将通知您。",
    ),
    "result_granted": Event(
        "申领结果：全额获券",
        "{batch}：您的申领排名第 {rank}，申领 {requested} 元，获券 {granted} 元。请在 {deadline} 前下单并上传服务合同，"
        "逾期未使用的将由系统收回并占用当年申领额度。",
    ),
    "result_partial": Event(
        "申领结果：部分获券",
        "{batch}：您的申领排名第 {rank}，申领 {requested} 元，本批余额仅够发放 {granted} 元。"
        "请在 {deadline} 前下单并上传服务合同，未获券部分不占用当年申领额度。",
    ),
    "result_not_granted": Event(
        "申领结果：未获券",
        "{batch}：您的申领排名第 {rank}，申领 {requested} 元，轮到您时本批金额已发完。申领金额已退回年度额度，可申领以后批次。",
    ),
    "result_passed_over": Event(
        "申领结果：不再符合条件",
        "{batch}：排序时您已不符合申领条件，本次申领 {requested} 元未获券，原因请在申领记录中查看。",
    ),
    "voucher_unused": Event(
        "服务券将在 {days} 天后被收回",
        "{batch}：您的服务券还有 {free} 元可用，请在 {deadline} 前下单并上传服务合同，或主动退回。"
        "逾期由系统收回，并占用当年申领额度。",
    ),
    # orders
    "order_placed": Event(
        "新订单待确认（{order}）",
        "{enterprise}下单“{product}”，预计用券 {amount}，订单号 {order}。请尽快确认订单；"
        "企业须在 {deadline} 前上传服务合同，逾期订单失效。",
    ),
    "order_confirmed": Event(
        "机构已确认订单（{order}）",
        "{provider}已确认订单 {order}（{product}）。请在 {deadline} 前上传服务合同，逾期订单失效，预留金额由系统收回。",
    ),
    "order_declined": Event(
        "机构未接单（{order}）",
        "{provider}未接受订单 {order}（{product}），预留金额已退回服务券。原因：{reason}",
    ),
    "order_cancelled": Event(
        "订单已取消（{order}）",
        "订单 {order}（{product}，{enterprise}与{provider}）已取消，预留金额已解除。原因：{reason}",
    ),
    "cancellation_asked": Event(
        "{side}提出取消订单（{order}）",
        "{side}提出取消订单 {order}（{product}）。合同确认后取消须双方同意，请到订单页同意，或与对方协商。原因：{reason}",
    ),
    "cancellation_withdrawn": Event(
        "{side}撤回了取消请求（{order}）",
        "{side}撤回了取消订单 {order}（{product}）的请求，订单照常进行。",
    ),
    "contract_uploaded": Event(
        "服务合同待确认（{order}）",
        "{enterprise}已上传订单 {order}（{product}）的服务合同，请核对后确认或退回。{deviation}",
    ),
    "contract_confirmed": Event(
        "机构已确认合同（{order}）",
        "{provider}已确认订单 {order}（{product}）的服务合同。服务完成后，请在 {deadline} 前上传发票和转账凭证并支付服务券。",
    ),
    "contract_returned": Event(
        "服务合同被退回（{order}）",
        "{provider}退回了订单 {order}（{product}）的服务合同，请在 {deadline} 前补正并重新上传。原因：{reason}",
    ),
    "payment_submitted": Event(
        "服务券待收取（{order}）",
        "{enterprise}已为订单 {order}（{product}）支付服务券 {amount}（下单时预计 {expected}），请核对材料后收券或要求补正。",
    ),
    "payment_correction_asked": Event(
        "支付材料需补正（{order}）",
        "{provider}核对订单 {order}（{product}）的支付材料后要求补正，用券金额不变。需补正：{reason}",
    ),
    "payment_corrected": Event(
        "支付材料已补正（{order}）",
        "{enterprise}已补正订单 {order}（{product}）的支付材料，用券金额 {amount}，请重新核对。",
    ),
    "payment_accepted": Event(
        "机构已收券（{order}）",
        "{provider}已收取订单 {order}（{product}）的服务券 {amount}。",
    ),
    "payment_return_asked": Event(
        "机构申请退回支付（{order}）",
        "{provider}申请退回订单 {order}（{product}）的支付 {amount}，由承办单位决定。原因：{reason}",
    ),
    "payment_return_to_decide": Event(
        "退回支付申请待决定（{order}）",
        "{provider}申请退回{enterprise}订单 {order} 的支付 {amount}，请在服务券到期前决定。原因：{reason}",
    ),
    "payment_return_granted": Event(
        "支付已退回（{order}）",
        "承办单位同意退回订单 {order}（{product}）的支付，{amount} 已回到订单预留，企业可在服务券有效期内重新支付。"
        "说明：{reason}",
    ),
    "payment_return_refused": Event(
        "不同意退回支付（{order}）",
        "承办单位不同意退回订单 {order}（{product}）的支付，原支付有效。理由：{reason}",
    ),
    "payment_ended": Event(
        "未完成的支付已结束（{order}）",
        "服务券到期后，订单 {order}（{product}，{enterprise}与{provider}）的支付 {amount} 一直未完成收券，承办单位已结束该支付，"
        "金额由系统收回，占用当年申领额度。原因：{reason}",
    ),
    "order_lapsed": Event(
        "订单已失效（{order}）",
        "订单 {order}（{product}，{enterprise}与{provider}）因{reason}已失效，预留的 {amount} 由系统收回，占用当年申领额度。",
    ),
    "order_deadline": Event(
        "订单 {order} 将在 {days} 天内到期",
        "订单 {order}（{product}，{enterprise}与{provider}）的截止时间是 {deadline}，逾期将因{why}而失效。"
        "目前等待：{what}。",
    ),
    "order_waiting": Event(
        "订单 {order} 等您办理",
        "订单 {order}（{product}，{enterprise}与{provider}）正在等待：{what}。服务券相关期限为 {deadline}，请尽快办理。",
    ),
    "order_settled": Event(
        "订单已兑现（{order}）",
        "订单 {order}（{product}，{enterprise}与{provider}）的服务券 {amount} 已兑现。",
    ),
    "order_disallowed": Event(
        "订单不予兑现（{order}）",
        "订单 {order}（{product}，{enterprise}与{provider}）的服务券 {amount} 不予兑现。原因：{reason}",
    ),
    # redemption
    "claim_submitted": Event(
        "兑现申请待初审（{number}）",
        "{provider}提交了兑现申请 {number}，请逐条初审。",
    ),
    "claim_more_asked": Event(
        "兑现申请需补充材料（{number}）",
        "承办单位要求就兑现申请 {number} 补充材料，请在申请页面逐条查看要求并补充。",
    ),
    "claim_request_taken_back": Event(
        "兑现申请逾期未补充（{number}）",
        "兑现申请 {number} 要求补充的材料逾期未补充，承办单位已按现有材料继续初审。",
    ),
    "claim_more_supplied": Event(
        "兑现申请已补充材料（{number}）",
        "{provider}已就兑现申请 {number} 补充材料，请继续初审。",
    ),
    "expert_assigned": Event(
        "请对兑现申请提出意见（{number}）",
        "承办单位请您对兑现申请 {number} 提出评审意见，请在初审结束前提交。",
    ),
    "opinion_given": Event(
        "专家已提交意见（{number}）",
        "{expert}已对兑现申请 {number} 提交评审意见。",
    ),
    "claim_first_reviewed": Event(
        "兑现申请待审定（{number}）",
        "{provider}的兑现申请 {number} 初审已结束，请审定。",
    ),
    "claim_sent_back": Event(
        "兑现申请退回初审（{number}）",
        "市局已将兑现申请 {number} 退回初审，原因请在申请页面查看。",
    ),
    "claim_approved": Event(
        "兑现申请已审定（{number}）",
        "兑现申请 {number} 已由市局审定，其中 {disallowed} 条不予兑现，详见申请页面。下一步将公示。",
    ),
    "claim_published": Event(
        "兑现申请公示中（{number}）",
        "兑现申请 {number} 已公示，公示期至 {until}。期满无异议后由承办单位办理拨付。",
    ),
    "objection_filed": Event(
        "收到复核申请（{number}）",
        "{provider}的兑现申请 {number} 在公示期内收到复核申请，答复前相关明细不能拨付，请及时处理。",
    ),
    "objection_answered": Event(
        "复核申请已答复（{number}）",
        "市局已答复兑现申请 {number} 中订单 {order} 的复核申请：{result}。",
    ),
    "objection_waiting": Event(
        "复核申请待答复（{number}）",
        "兑现申请 {number} 的一件复核申请已等待答复 {days} 天，请及时处理。",
    ),
    "publicity_over": Event(
        "兑现公示期满",
        "{list}公示期已满，无异议的明细可以办理拨付，拨付后请登记银行回单。",
    ),
    "claim_paid": Event(
        "兑现资金已拨付（{number}）",
        "兑现申请 {number} 已拨付 {amount}，请查收。",
    ),
    "claim_settled": Event(
        "兑现申请已办结（{number}）",
        "兑现申请 {number} 已办结：兑现 {paid}，不予兑现 {refused}。",
    ),
    "claim_waiting": Event(
        "兑现申请等待办理（{number}）",
        "兑现申请 {number} 在“{state}”环节已等待 {days} 天，请及时办理。",
    ),
}
