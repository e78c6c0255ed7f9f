"""Events of enterprises and their yearly qualification (E3-E6)."""

from foundation.notices.events.event import Event, Kind

ENTERPRISE_EVENTS: dict[str, Event] = {
    "qualification_submitted": Event(
        "{year} 年度企业资料已提交",
        "贵企业 {year} 年度资料已提交，由承办单位核对，核对结果将通知您。",
    ),
    "qualification_passed": Event(
        "{year} 年度企业资料核对通过",
        "贵企业 {year} 年度资料已由承办单位核对通过，可以在发券批次开放期间申领服务券。",
        kind=Kind.RESULT,
    ),
    "qualification_returned": Event(
        "{year} 年度企业资料需要补正",
        "承办单位核对后，请贵企业补正 {year} 年度资料：{items}。",
        "请登录平台查看每一项的原因，修改后重新提交；资料核对通过后才能申领服务券。",
        button="去补正",
        kind=Kind.TODO,
    ),
    "qualification_refused": Event(
        "{year} 年度企业资料核对不予通过",
        "贵企业 {year} 年度资料核对不予通过，原因请登录平台查看。",
        "资料有误的，可修改后重新提交；如有疑问请联系承办单位。",
        kind=Kind.RESULT,
    ),
    "qualifications_waiting": Event(
        "有 {count} 份企业资料待核对",
        "截至 {day}，{city}有 {count} 份企业资料等待核对，最早一份提交于 {since}。",
        "请到工作台逐份核对。",
        button="去核对",
        kind=Kind.TODO,
    ),
}
