"""Events of claims, publicity, objections and settlement (R)."""

from foundation.notices.events.event import Event, Kind

REDEMPTION_EVENTS: dict[str, Event] = {
    "claim_submitted": Event(
        "兑现申请待初审（{number}）",
        "{provider}提交了兑现申请 {number}。",
        "请逐条初审。",
        button="去初审",
        kind=Kind.TODO,
    ),
    "claim_more_asked": Event(
        "兑现申请需补充材料（{number}）",
        "承办单位要求就兑现申请 {number} 补充材料。",
        "请在申请页面逐条查看要求并补充。",
        button="去补充",
        kind=Kind.TODO,
    ),
    "claim_request_taken_back": Event(
        "兑现申请逾期未补充（{number}）",
        "兑现申请 {number} 要求补充的材料逾期未补充，承办单位已按现有材料继续初审。",
        kind=Kind.RESULT,
    ),
    "claim_more_supplied": Event(
        "兑现申请已补充材料（{number}）",
        "{provider}已就兑现申请 {number} 补充材料。",
        "请继续初审。",
        button="去初审",
        kind=Kind.TODO,
    ),
    "expert_assigned": Event(
        "请对兑现申请提出意见（{number}）",
        "承办单位请您对兑现申请 {number} 提出评审意见。",
        "请在初审结束前提交意见。",
        button="去评审",
        kind=Kind.TODO,
    ),
    "opinion_given": Event(
        "专家已提交意见（{number}）",
        "{expert}已对兑现申请 {number} 提交评审意见。",
    ),
    "opinion_waiting": Event(
        "兑现申请 {number} 等您提出意见",
        "兑现申请 {number} 等待您的评审意见已 {days} 天。",
        "请在初审结束前提交意见。",
        button="去评审",
        kind=Kind.REMINDER,
    ),
    "claim_first_reviewed": Event(
        "兑现申请待审定（{number}）",
        "{provider}的兑现申请 {number} 初审已结束。",
        "请审定。",
        button="去审定",
        kind=Kind.TODO,
    ),
    "claim_sent_back": Event(
        "兑现申请退回初审（{number}）",
        "市局已将兑现申请 {number} 退回初审，原因请在申请页面查看。",
        "请重新初审。",
        button="去初审",
        kind=Kind.TODO,
    ),
    "claim_approved": Event(
        "兑现申请已审定（{number}）",
        "兑现申请 {number} 已由市局审定，其中 {disallowed} 条不予兑现，详见申请页面。下一步将公示。",
        kind=Kind.RESULT,
    ),
    "claim_published": Event(
        "兑现申请公示中（{number}）",
        "兑现申请 {number} 已公示，公示期至 {until}。期满无异议后由承办单位办理拨付。",
    ),
    "objection_filed": Event(
        "收到复核申请（{number}）",
        "{provider}的兑现申请 {number} 在公示期内收到复核申请，答复前相关明细不能拨付。",
        "请核实并答复。",
        button="去答复",
        kind=Kind.TODO,
    ),
    "claim_objected": Event(
        "兑现申请收到复核申请（{number}）",
        "兑现申请 {number} 中的订单 {order} 在公示期内收到复核申请。市局答复前，该笔暂不拨付，其他明细不受影响。",
        "目前无需办理，市局答复后将通知您。",
    ),
    "objection_answered": Event(
        "复核申请已答复（{number}）",
        "市局已答复兑现申请 {number} 中订单 {order} 的复核申请：{result}。",
        kind=Kind.RESULT,
    ),
    "objection_result": Event(
        "您的复核申请已答复",
        "您提出的复核申请（回执号 {receipt}）已由市局答复：{result}，答复内容请查看回执页面。",
        button="查看答复",
        kind=Kind.RESULT,
    ),
    "objection_waiting": Event(
        "复核申请待答复（{number}）",
        "兑现申请 {number} 的一件复核申请已等待答复 {days} 天。",
        "请及时处理。",
        button="去答复",
        kind=Kind.REMINDER,
    ),
    "publicity_over": Event(
        "兑现公示期满",
        "{list}公示期已满，无异议的明细可以办理拨付。",
        "拨付后请登记银行回单。",
        button="去登记",
        kind=Kind.TODO,
    ),
    "claim_paid": Event(
        "兑现资金已拨付（{number}）",
        "兑现申请 {number} 已拨付 {amount}，请查收。",
        kind=Kind.RESULT,
    ),
    "claim_settled": Event(
        "兑现申请已办结（{number}）",
        "兑现申请 {number} 已办结：兑现 {paid}，不予兑现 {refused}。",
        kind=Kind.RESULT,
    ),
    "claim_waiting": Event(
        "兑现申请等待办理（{number}）",
        "兑现申请 {number} 在“{state}”环节已等待 {days} 天。",
        "请及时办理。",
        button="去办理",
        kind=Kind.REMINDER,
    ),
}
