"""Events of accounts."""

from foundation.notices.events.event import Event, Kind

ACCOUNT_EVENTS: dict[str, Event] = {
    "address_asked": Event(
        "请确认接收通知的电子邮箱",
        "该邮箱被登记为本平台账号接收通知的邮箱，确认以后才会收到邮件通知。如果不是您本人登记，请忽略，不会再收到其他邮件。",
        "请打开邮箱中的确认邮件，点击其中的链接完成确认。",
        "{deadline}",
        "确认邮箱",
        Kind.TODO,
    ),
    "account_joined": Event(
        "本账号已绑定统一身份认证平台",
        "从现在起，本账号通过统一身份认证平台的法人账号登录，原密码停用，已登录的其他设备须重新登录。",
        "如果不是本单位办理，请立即联系承办单位。",
        button="账号安全",
        kind=Kind.TODO,
    ),
    "password_reset": Event(
        "您的登录密码已被重置",
        "{by}重置了您账号的登录密码。用新密码登录后须先改成自己的密码。",
        "如果您没有要求重置，请立即告知市工业和信息化局，并由其停用账号。",
        button="账号安全",
        kind=Kind.TODO,
    ),
    "factor_vouched": Event(
        "您的身份验证器已确认",
        "{by}核对核对码后，确认您账号的身份验证器由您本人启用，账号可以使用。",
        "如果您没有设置过身份验证器，请立即告知市工业和信息化局。",
        button="账号安全",
        kind=Kind.TODO,
    ),
    "factor_reset_asked": Event(
        "有人申请重置您账号的二次验证",
        "{by}申请重置您账号的二次验证，另一位工作人员同意后生效。",
        "如果您没有要求重置，请在“账号安全”中撤销该申请。",
        button="账号安全",
        kind=Kind.TODO,
    ),
    "factor_reset": Event(
        "您账号的二次验证已重置",
        "{by}同意后，您账号的二次验证已重置，原验证器和恢复码失效。下次登录时重新设置。",
        "如果您没有要求重置，请立即告知市工业和信息化局。",
        button="账号安全",
        kind=Kind.TODO,
    ),
    "access_token_made": Event(
        "您的账号新建了接口令牌",
        "您的账号新建了接口令牌“{name}”，有效期至 {until}。持有令牌的程序可以代表您的账号调用接口。",
        "如果不是您本人建立的，请立即在“账号安全”的接口令牌中停用，并修改密码。",
        button="接口令牌",
        kind=Kind.RESULT,
    ),
}
