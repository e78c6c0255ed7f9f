"""Events of violations and sanctions (S1)."""

from foundation.notices.events.event import Event, Kind

SANCTION_EVENTS: dict[str, Event] = {
    "violation_reported": Event(
        "违规报告待决定：{party}",
        "承办单位报告了“{party}”的违规情况，并提交了证据。",
        "请核实后作出决定。",
        button="去决定",
        kind=Kind.TODO,
    ),
    "violation_dismissed": Event(
        "违规报告不予处理：{party}",
        "市局对“{party}”的违规报告决定不予处理，理由请在工作台查看。",
        kind=Kind.RESULT,
    ),
    "violation_sanctioned": Event(
        "违规报告已处理：{party}",
        "市局对“{party}”的违规报告作出处理：{measure}{period}。",
        kind=Kind.RESULT,
    ),
    "sanction_warned": Event(
        "{city}对贵单位作出警告",
        "因违反服务券管理规定，{city}主管部门对“{party}”作出警告处理，自 {since} 起记录在案；不影响办理业务。{money}理由：{reason}",
        "请对照整改，避免再次违规；如有疑问请联系承办单位。",
        kind=Kind.RESULT,
    ),
    "sanction_imposed": Event(
        "{city}对贵单位作出违规处理：{measure}",
        "因违反服务券管理规定，{city}主管部门决定对“{party}”作出处理：{measure}{period}，自 {since} 起生效。"
        "处理期内不能申领、下单、上传合同、支付、收券和申请兑现，已提交的申领不参加排序。{money}理由：{reason}",
        "如有疑问请联系承办单位。",
        kind=Kind.RESULT,
    ),
    "sanction_lifted": Event(
        "{city}解除对贵单位的违规处理",
        "{city}主管部门自 {since} 起解除对“{party}”的违规处理（{measure}），可以继续办理业务。理由：{reason}",
        kind=Kind.RESULT,
    ),
    "sanction_recovered": Event(
        "已登记追回金额 {amount}",
        "“{party}”应追回的服务券资金已登记追回 {amount}，尚余 {left}。",
        kind=Kind.RESULT,
    ),
}
