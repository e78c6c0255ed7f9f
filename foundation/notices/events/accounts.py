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
}
