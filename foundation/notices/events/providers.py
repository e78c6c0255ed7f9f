"""Events of providers and their products (P1-P6)."""

from foundation.notices.events.event import Event, Kind

PROVIDER_EVENTS: dict[str, Event] = {
    "provider_submitted": Event(
        "服务机构待核对：{provider}",
        "服务机构“{provider}”已提交注册资料。",
        "请核对资料后办理。",
        button="去核对",
        kind=Kind.TODO,
    ),
    "provider_approved": Event(
        "服务机构资料核对通过",
        "贵机构 {year} 年度资料已由承办单位核对通过，可以发布服务产品、接收服务券。",
        kind=Kind.RESULT,
    ),
    "provider_returned": Event(
        "服务机构资料需要补正",
        "承办单位核对后，请贵机构补正注册资料：{items}。",
        "请登录平台查看每一项的原因，修改后重新提交。",
        button="去补正",
        kind=Kind.TODO,
    ),
    "provider_refused": Event(
        "服务机构资料核对不予通过",
        "贵机构的注册资料核对不予通过，原因请登录平台查看。",
        "如有疑问请联系承办单位。",
        kind=Kind.RESULT,
    ),
    "change_requested": Event(
        "机构变更申请待审核：{provider}",
        "服务机构“{provider}”提交了变更申请。",
        "请核对证明材料后办理。",
        button="去审核",
        kind=Kind.TODO,
    ),
    "change_applied": Event(
        "机构变更已办理",
        "贵机构的变更申请已审核通过，新的信息已生效。",
        "如变更了用户名，请用新用户名登录。",
        kind=Kind.RESULT,
    ),
    "change_refused": Event(
        "机构变更申请不予变更",
        "贵机构的变更申请未获通过，原因请登录平台查看。",
        kind=Kind.RESULT,
    ),
    "product_submitted": Event(
        "服务产品待审核：{product}",
        "服务机构“{provider}”提交了服务产品“{product}”。",
        "请审核该产品。",
        button="去审核",
        kind=Kind.TODO,
    ),
    "product_published": Event(
        "服务产品已发布：{product}",
        "服务产品“{product}”已审核通过并上架，企业可以下单。",
        kind=Kind.RESULT,
    ),
    "product_returned": Event(
        "服务产品需要修改：{product}",
        "承办单位审核后，请修改服务产品“{product}”：{items}。",
        "请登录平台查看每一项的原因，修改后重新提交。",
        button="去修改",
        kind=Kind.TODO,
    ),
}
