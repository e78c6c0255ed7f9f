"""Working days by the State Council's calendar with make-up workdays (B7)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from foundation.accounts.actors import Actor, job
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.moments import moment
from foundation.workdays.forms import LoadYearForm
from foundation.workdays.models import LoadedYear, WorkdayException
from foundation.workdays.operations import (
    load_year,
    remove_workday_exception,
    set_workday_exception,
)
from foundation.workdays.policies import UnableToChangeCalendar
from foundation.workdays.queries import CalendarUnknown, is_workday, workday_after
from tests.foundation.build import AT, staff

pytestmark = [pytest.mark.django_db, pytest.mark.rule("B7")]

SPRING_2027 = [date(2027, 2, 5) + timedelta(days=n) for n in range(7)]


@pytest.fixture(autouse=True)
def _no_dependants(settings) -> None:
    settings.WORKDAY_DEPENDANTS = []


@pytest.fixture
def bureau() -> Actor:
    return Actor(user=staff(Role.BUREAU))


class TestTheCalendarOf2020:
    @pytest.mark.parametrize(
        ("day", "works"),
        [
            ("2020-06-24", True),
            ("2020-06-25", False),  # Dragon Boat Festival, Thursday
            ("2020-06-26", False),  # Friday off
            ("2020-06-27", False),  # Saturday
            ("2020-06-28", True),  # Sunday, worked instead
            ("2020-06-29", True),
            ("2020-09-27", True),  # Sunday, worked for the National Day
            ("2020-10-01", False),
            ("2020-10-08", False),
            ("2020-10-09", True),
            ("2020-10-10", True),  # Saturday, worked for the National Day
            ("2020-10-11", False),
            ("2020-01-31", False),  # Spring Festival was made longer in 2020
            ("2020-02-01", False),
        ],
    )
    def test_a_day(self, day: str, works: bool) -> None:
        assert is_workday(date.fromisoformat(day)) is works

    @pytest.mark.parametrize(
        ("closing", "results"),
        [
            ("2020-06-28", "2020-06-29"),  # closes on a make-up Sunday
            ("2020-06-27", "2020-06-28"),  # results on a make-up Sunday
            ("2020-06-24", "2020-06-28"),  # over the festival
            ("2020-09-26", "2020-09-27"),
            ("2020-09-30", "2020-10-09"),
            ("2020-10-09", "2020-10-10"),
            ("2020-10-10", "2020-10-12"),
            ("2020-12-31", "2021-01-04"),
        ],
    )
    def test_the_next_working_day(self, closing: str, results: str) -> None:
        assert workday_after(date.fromisoformat(closing)) == date.fromisoformat(results)

    @pytest.mark.rule("R4")
    @pytest.mark.parametrize(
        ("days", "last"),
        [(0, "2020-09-24"), (1, "2020-09-25"), (5, "2020-09-30"), (6, "2020-10-09")],
    )
    def test_several_working_days_without_the_first(self, days: int, last: str) -> None:
        assert workday_after(date(2020, 9, 24), days) == date.fromisoformat(last)


class TestAYearNobodyLoaded:
    @pytest.mark.parametrize("day", [date(2027, 1, 4), date(2027, 1, 2), date(2003, 12, 31)])
    def test_neither_weekdays_nor_weekends_are_guessed(self, day: date) -> None:
        with pytest.raises(CalendarUnknown) as refused:
            is_workday(day)
        assert refused.value.year == day.year
        assert refused.value.rule == "B7"
        assert f"{day.year} 年" in refused.value.sentence
        assert "载入" in refused.value.sentence

    def test_counting_stops_at_its_border(self) -> None:
        assert workday_after(date(2026, 12, 30)) == date(2026, 12, 31)
        with pytest.raises(CalendarUnknown):
            workday_after(date(2026, 12, 31))

    def test_loading_it_answers(self, bureau: Actor) -> None:
        change = load_year(
            by=bureau,
            at=AT,
            year=2027,
            days_off=[date(2027, 1, 1), *SPRING_2027],
            makeup_days=[date(2027, 1, 30), date(2027, 2, 20)],
        )

        assert change.subject == LoadedYear.objects.get(year=2027)
        assert workday_after(date(2026, 12, 31)) == date(2027, 1, 4)
        assert [is_workday(day) for day in SPRING_2027] == [False] * 7
        assert is_workday(date(2027, 1, 30))
        assert not is_workday(date(2027, 1, 31))
        assert is_workday(date(2027, 2, 12))
        entry = AuditEntry.objects.get(action="load_year")
        assert entry.details["makeup_days"] == ["2027-01-30", "2027-02-20"]
        assert entry.details["year"] == 2027

    def test_an_earlier_exception_gives_way(self, bureau: Actor) -> None:
        set_workday_exception(by=bureau, at=AT, day=date(2027, 1, 1), is_workday=True, name="误填")
        load_year(by=bureau, at=AT, year=2027, days_off=[date(2027, 1, 1)])
        assert not is_workday(date(2027, 1, 1))

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"days_off": []}, "days_off"),
            ({"days_off": [date(2026, 12, 31)]}, "days_off"),
            ({"days_off": [date(2027, 1, 1)] * 2}, "days_off"),
            ({"makeup_days": [date(2028, 1, 1)]}, "makeup_days"),
            ({"makeup_days": [date(2027, 1, 29)]}, "makeup_days"),  # a Friday
            ({"days_off": [date(2027, 2, 6)], "makeup_days": [date(2027, 2, 6)]}, "makeup_days"),
            ({"year": 2026, "days_off": [date(2026, 1, 1)]}, "year"),
        ],
    )
    def test_nonsense_is_refused(self, bureau: Actor, fields: dict, field: str) -> None:
        with pytest.raises(UnableToChangeCalendar) as refused:
            load_year(by=bureau, at=AT, **{"year": 2027, "days_off": SPRING_2027, **fields})
        assert refused.value.field == field
        assert not LoadedYear.objects.exists()

    def test_loading_it_twice_is_refused(self, bureau: Actor) -> None:
        load_year(by=bureau, at=AT, year=2027, days_off=SPRING_2027)
        with pytest.raises(UnableToChangeCalendar, match="逐日调整"):
            load_year(by=bureau, at=AT, year=2027, days_off=SPRING_2027)


class TestExceptions:
    @pytest.mark.parametrize("day", [date(2020, 6, 1), date(2020, 6, 6), date(2027, 6, 1)])
    @pytest.mark.parametrize("works", [True, False])
    def test_an_exception_decides_its_day(self, bureau: Actor, day: date, works: bool) -> None:
        set_workday_exception(by=bureau, at=AT, day=day, is_workday=works, name="台风停工")
        assert is_workday(day) is works

    def test_setting_it_again_corrects_it(self, bureau: Actor) -> None:
        for works in (False, True):
            set_workday_exception(
                by=bureau, at=AT, day=date(2020, 6, 1), is_workday=works, name="调整"
            )
        assert WorkdayException.objects.get().is_workday

    def test_removing_it_brings_the_calendar_back(self, bureau: Actor) -> None:
        change = set_workday_exception(
            by=bureau, at=AT, day=date(2020, 6, 1), is_workday=False, name="停工"
        )
        remove_workday_exception(by=bureau, at=AT, exception=change.subject)
        assert is_workday(date(2020, 6, 1))
        assert AuditEntry.objects.get(action="remove_workday_exception").details["name"] == "停工"
        with pytest.raises(OutOfReach):
            remove_workday_exception(by=bureau, at=AT, exception=change.subject)

    def test_it_says_what_it_is(self, bureau: Actor) -> None:
        with pytest.raises(UnableToChangeCalendar):
            set_workday_exception(
                by=bureau, at=AT, day=date(2020, 6, 1), is_workday=False, name=" "
            )

    @pytest.mark.parametrize("role", [r for r in Role if r not in {Role.BUREAU}])
    def test_only_the_bureau_changes_the_calendar(self, role: Role) -> None:
        by = Actor(user=staff(role)) if role in list(Role)[2:] else job("sweep")
        with pytest.raises(OutOfReach):
            set_workday_exception(by=by, at=AT, day=date(2020, 6, 1), is_workday=False, name="停工")
        with pytest.raises(OutOfReach):
            load_year(by=by, at=AT, year=2027, days_off=SPRING_2027)
        with pytest.raises(OutOfReach):
            remove_workday_exception(by=by, at=AT, exception=WorkdayException(pk=1))

    def test_the_bureau_of_any_city_may(self) -> None:
        by = Actor(user=staff(Role.BUREAU, slug="zhuhai"))
        set_workday_exception(by=by, at=AT, day=date(2020, 6, 1), is_workday=False, name="停工")
        assert not is_workday(date(2020, 6, 1))


class TestWhatDependsOnTheCalendar:
    def test_what_moved_is_returned_and_logged(self, bureau: Actor, settings) -> None:
        settings.WORKDAY_DEPENDANTS = ["tests.foundation.dependants.results_of_june"]

        change = set_workday_exception(
            by=bureau, at=AT, day=date(2020, 6, 28), is_workday=False, name="临时放假"
        )

        assert [tuple(shift) for shift in change.shifts] == [
            (
                "六月二十七日截止批次的结果公布",
                moment(date(2020, 6, 28), 9),
                moment(date(2020, 6, 29), 9),
            )
        ]
        assert AuditEntry.objects.get(action="set_workday_exception").details["shifts"] == [
            {
                "label": "六月二十七日截止批次的结果公布",
                "before": "2020-06-28T09:00:00+08:00",
                "after": "2020-06-29T09:00:00+08:00",
            }
        ]
        assert str(change.shifts[0]).endswith("2020年6月28日 09:00 → 2020年6月29日 09:00")

        back = remove_workday_exception(by=bureau, at=AT, exception=change.subject)
        assert (back.shifts[0].before, back.shifts[0].after) == (
            change.shifts[0].after,
            change.shifts[0].before,
        )

    def test_an_unknown_year_is_open_before_and_known_after(self, bureau: Actor, settings) -> None:
        settings.WORKDAY_DEPENDANTS = [
            "tests.foundation.dependants.results_of_2027",
            "tests.foundation.dependants.results_of_june",
        ]

        change = load_year(by=bureau, at=AT, year=2027, days_off=[date(2027, 1, 1)])

        assert [tuple(shift) for shift in change.shifts] == [
            ("2027 年元旦前批次的结果公布", None, moment(date(2027, 1, 4), 9))
        ]
        assert "未定 → " in str(change.shifts[0])


@pytest.mark.urls("tests.foundation.urls")
class TestTheDesk:
    def test_the_bureau_adjusts_a_day_and_sees_what_moved(
        self, client, bureau: Actor, settings
    ) -> None:
        settings.WORKDAY_DEPENDANTS = ["tests.foundation.dependants.results_of_june"]
        client.force_login(bureau.user)

        page = client.post(
            "/admin/workdays/workdayexception/act/set/",
            {"day": "2020-06-28", "is_workday": "no", "name": "临时放假"},
            follow=True,
        )

        assert "2020年6月28日 09:00 → 2020年6月29日 09:00" in page.content.decode()
        exception = WorkdayException.objects.get()
        page = client.post(
            f"/admin/workdays/workdayexception/{exception.pk}/act/remove/", follow=True
        )
        assert "2020年6月29日 09:00 → 2020年6月28日 09:00" in page.content.decode()
        assert not WorkdayException.objects.exists()

    def test_the_bureau_loads_a_year(self, client, bureau: Actor) -> None:
        client.force_login(bureau.user)
        where = "/admin/workdays/workdayexception/act/year/"
        wrong = client.post(where, {"year": "2026", "days_off": "2026-01-01"})
        assert "已经载入" in wrong.content.decode()

        right = {
            "year": "2027",
            "days_off": "2027-01-01\n2027-02-05~2027-02-11",
            "makeup_days": "2027-01-30",
        }
        page = client.post(where, right, follow=True)
        assert "年度日历已载入" in page.content.decode()
        assert "没有任何时间因此变动" in page.content.decode()
        assert WorkdayException.objects.count() == 9

    @pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.EXPERT, Role.DISTRICT, Role.PROVINCE])
    def test_nobody_else_gets_in(self, client, role: Role) -> None:
        client.force_login(staff(role))
        for path in ("", "act/set/", "act/year/"):
            page = client.get(f"/admin/workdays/workdayexception/{path}")
            assert page.status_code in {302, 403, 404}
        page = client.post(
            "/admin/workdays/workdayexception/act/set/",
            {"day": "2020-06-28", "is_workday": "no", "name": "临时放假"},
        )
        assert page.status_code in {302, 404}
        assert not WorkdayException.objects.exists()


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2027-01-01", 1),
        ("2027-01-01，2027-01-02、2027-01-03", 3),
        ("2027-02-05~2027-02-11 2027-01-01", 8),
        ("2027-02-05至2027-02-05", 1),
    ],
)
def test_days_are_typed_as_a_list(text: str, days: int) -> None:
    form = LoadYearForm({"year": 2027, "days_off": text})
    assert form.is_valid(), form.errors
    assert len(form.cleaned_data["days_off"]) == days
    assert form.cleaned_data["makeup_days"] == []


@pytest.mark.parametrize(
    "text",
    ["", "2027-02-30", "元旦", "2027-02-11~2027-02-05", "2027-01-01~2027-12-31", "2027-01-01~"],
)
def test_other_words_are_no_days(text: str) -> None:
    assert "days_off" in LoadYearForm({"year": 2027, "days_off": text}).errors
