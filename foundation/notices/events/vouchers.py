"""Events of batches, applications and vouchers (B, V)."""

from foundation.notices.events.event import Event, Kind

VOUCHER_EVENTS: dict[str, Event] = {
    "batch_announced": Event(
        "{batch}将于 {opens} 开放申领",
        "{batch}发放服务券 {amount}，{opens} 至 {closes} 开放申领，额满则停止申领。贵企业资料已核对通过，可以申领。",
        "请在开放时间内登录平台申领。",
        "{closes}",
        "查看批次",
        Kind.TODO,
    ),
    "batch_announced_not_ready": Event(
        "{batch}将于 {opens} 开放申领，贵企业暂不能申领",
        "{batch}发放服务券 {amount}，{opens} 至 {closes} 开放申领，额满则停止申领。贵企业暂不具备申领资格：{why}。",
        "请在开放前到企业首页查看原因并办理；资料核对需要时间，请尽早提交。",
        "{closes}",
        "去办理",
        Kind.TODO,
    ),
    "application_submitted": Event(
        "申领已提交（{number}）",
        "您已提交第 {batch} 批服务券申领，申领金额 {amount} 元，回执号 {number}。结果公布后将通知您。",
    ),
    "application_withdrawn": Event(
        "申领已撤回（{number}）",
        "您已撤回第 {batch} 批服务券申领（回执号 {number}），申领金额 {amount} 元已退回年度额度。"
        "批次开放期间可以重新申领，按新的提交时间排序。",
    ),
    "result_granted": Event(
        "申领结果：全额获券",
        "{batch}：您的申领排名第 {rank}，申领 {requested} 元，获券 {granted} 元。",
        "请在截止时间前下单并上传服务合同，逾期未使用的由系统收回，并占用当年申领额度。",
        "{deadline}",
        "查看结果",
        Kind.RESULT,
    ),
    "result_partial": Event(
        "申领结果：部分获券",
        "{batch}：您的申领排名第 {rank}，申领 {requested} 元，本批余额仅够发放 {granted} 元，未获券部分不占用当年申领额度。",
        "请在截止时间前下单并上传服务合同，逾期未使用的由系统收回，并占用当年申领额度。",
        "{deadline}",
        "查看结果",
        Kind.RESULT,
    ),
    "result_not_granted": Event(
        "申领结果：未获券",
        "{batch}：您的申领排名第 {rank}，申领 {requested} 元，轮到您时本批金额已发完。申领金额已退回年度额度，可申领以后批次。",
        button="查看结果",
        kind=Kind.RESULT,
    ),
    "result_passed_over": Event(
        "申领结果：不再符合条件",
        "{batch}：排序时您已不符合申领条件，本次申领 {requested} 元未获券，原因请在申领记录中查看。",
        button="查看原因",
        kind=Kind.RESULT,
    ),
    "voucher_unused": Event(
        "服务券将在 {days} 天内被收回",
        "{batch}：您的服务券还有 {free} 元可用，逾期由系统收回，并占用当年申领额度。",
        "请在截止时间前下单并上传服务合同；不再需要的，请主动退回，退回后不占用年度额度。",
        "{deadline}",
        "去使用",
        Kind.REMINDER,
    ),
    "voucher_returned": Event(
        "服务券已退回 {amount}",
        "{batch}：您已主动退回服务券 {amount}，相应的年度申领额度已恢复。",
    ),
    "voucher_reclaimed": Event(
        "服务券余额已被系统收回",
        "{batch}：使用期限已过，未使用的 {amount} 元已由系统收回，占用当年申领额度。已下单的金额不受影响。",
        button="查看服务券",
        kind=Kind.RESULT,
    ),
}
