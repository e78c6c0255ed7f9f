"""Events among the staff of the desk."""

from foundation.notices.events.event import Event, Kind

DESK_EVENTS: dict[str, Event] = {
    "file_handed_over": Event(
        "有一件工作转交给您（{file}）",
        "{by}把“{file}”转交给您办理。",
        "请接着办理；如不便办理，请及时放回或再转交。",
        button="去办理",
        kind=Kind.TODO,
    ),
}
