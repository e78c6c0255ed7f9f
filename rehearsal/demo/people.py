"""The demo's enterprises and providers: cast, registered, checked, renewed when the year has turned (E1–E6, P1, P2)."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from enterprises.models import Qualification
from enterprises.operations import (
    pass_qualification,
    refuse_qualification,
    send_back_qualification,
    start_year,
    submit_qualification,
)
from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.moments import local_day
from foundation.rosters.models import Level
from providers.models import Provider
from providers.operations import (
    apply_change,
    approve_provider,
    refuse_change,
    refuse_provider,
    renew_provider,
    request_change,
    send_back_provider,
)
from providers.queries import reviewer_city_id
from rehearsal.demo.stage import PASSWORD, Firm, House, Stage
from rehearsal.steps import registering
from rehearsal.steps.staffing import sign_up

# Checked and in good order; "main" is the enterprise one can sign in as.
CHECKED = ("main", *(f"firm{number}" for number in range(1, 14)))
PRIORITY = ("main", "firm8")
UNFINISHED = ("draft", "submitted1", "submitted2", "submitted3", "returned", "refused")
# House by house: its level and its speciality (see SPECIALITIES in the cast).
HOUSES: dict[str, tuple[Level, int]] = {
    "main": (Level.MUNICIPAL, 0),
    "platform": (Level.PROVINCIAL, 2),
    "station": (Level.STATION, 1),
    "draft": (Level.STATION, 3),
    "submitted": (Level.MUNICIPAL, 4),
    "submitted_wide": (Level.NATIONAL, 5),
    "returned": (Level.STATION, 2),
    "refused": (Level.STATION, 1),
}
APPROVED_HOUSES = ("main", "platform", "station")


def cast_people(stage: Stage) -> None:
    """Everybody by name, before anything happens; the directory and the rosters are made of them."""
    for key in (*CHECKED, *UNFINISHED):
        username = {"main": "enterprise"}.get(key)
        part = stage.cast.enterprise(**({"username": username} if username else {}))
        stage.firms[key] = Firm(part, is_priority=key in PRIORITY)
    for key, (level, speciality) in HOUSES.items():
        changes = {"username": "provider"} if key == "main" else {}
        stage.houses[key] = House(stage.cast.provider(level, speciality=speciality, **changes))


def plan_people(stage: Stage) -> None:
    """Registrations at the beginning of the story, the unfinished ones of the last days, and renewals."""
    agenda, timeline = stage.agenda, stage.timeline
    for key in APPROVED_HOUSES:
        agenda.at(timeline.ago(80), partial(_enter_house, stage, key))
        agenda.at(timeline.ago(80, 15), partial(_approve_house, stage, key))
    for key in CHECKED:
        agenda.at(timeline.ago(78), partial(_enter_firm, stage, key))
        agenda.at(timeline.ago(77), partial(_pass_firm, stage, key))
    if timeline.turns:
        for key in APPROVED_HOUSES:
            agenda.at(timeline.turn(0.2), partial(_renew_house, stage, key))
        for key in CHECKED:
            agenda.at(timeline.turn(0.5), partial(_renew_firm, stage, key))
    agenda.at(timeline.ago(4), partial(_enter_newcomer, stage))
    for key in UNFINISHED:
        agenda.at(timeline.ago(4, 11), partial(_enter_firm, stage, key))
    agenda.at(timeline.ago(2), partial(_send_back_and_refuse, stage))
    for key in (key for key in HOUSES if key not in APPROVED_HOUSES):
        agenda.at(timeline.ago(5), partial(_enter_house, stage, key))
    agenda.at(timeline.ago(3), partial(_check_houses, stage))
    agenda.at(timeline.ago(20), partial(_change_houses, stage))
    agenda.at(timeline.ago(1), partial(_ask_for_a_change, stage))


# --- Enterprises ---------------------------------------------------------------------------


def _enter_newcomer(stage: Stage, at: datetime) -> None:
    """An account that has registered nothing yet."""
    sign_up(tick=lambda: at, username="newcomer", role=Role.ENTERPRISE, password=PASSWORD)


def _enter_firm(stage: Stage, key: str, at: datetime) -> None:
    """Sign up, register, fill in and submit in one sitting; a draft stops before its materials."""
    firm, year = stage.firms[key], local_day(at).year
    firm.actor = sign_up(
        tick=lambda: at,
        username=firm.part.username,
        role=Role.ENTERPRISE,
        password=PASSWORD if key == "main" else None,
    )
    firm.enterprise = registering.enter_enterprise(
        firm.part, firm.actor, tick=lambda: at, cast=stage.cast
    )
    if key == "draft":
        registering.fill_in(firm.part, firm.enterprise, firm.actor, tick=lambda: at, year=year)
        return
    firm.qualification = registering.hand_in(
        firm.part,
        firm.enterprise,
        firm.actor,
        tick=lambda: at,
        papers=stage.papers,
        year=year,
        declared_on=local_day(at),
    )


def _pass_firm(stage: Stage, key: str, at: datetime) -> None:
    firm = stage.firms[key]
    firm.qualification = pass_qualification(
        by=stage.office.contractor, at=at, qualification=firm.qualification
    )


def _renew_firm(stage: Stage, key: str, at: datetime) -> None:
    """A new year: data carried over, materials anew, checked again (E3)."""
    firm, year = stage.firms[key], local_day(at).year
    start_year(by=firm.actor, at=at, enterprise=firm.enterprise, year=year)
    qualification: Qualification = registering.fill_in(
        firm.part, firm.enterprise, firm.actor, tick=lambda: at, year=year
    )
    qualification = registering.attach_materials(
        firm.part,
        qualification,
        firm.actor,
        tick=lambda: at,
        papers=stage.papers,
        declared_on=local_day(at),
    )
    submit_qualification(by=firm.actor, at=at, qualification=qualification)
    firm.qualification = qualification
    _pass_firm(stage, key, at)


def _send_back_and_refuse(stage: Stage, at: datetime) -> None:
    by = stage.office.second_contractor
    send_back_qualification(
        by=by,
        at=at,
        qualification=stage.firms["returned"].qualification,
        item_reasons={"declaration": "声明函缺少法定代表人签字", "licence": "扫描件缺右下角"},
    )
    refuse_qualification(
        by=by,
        at=at,
        qualification=stage.firms["refused"].qualification,
        reason="营业执照显示为分支机构，不具有独立法人资格",
    )


# --- Providers -----------------------------------------------------------------------------


def reviewer_of(stage: Stage, provider: Provider) -> Actor:
    """The contractor of the provider's level (P2)."""
    wide = reviewer_city_id(provider) is None
    return stage.office.province_contractor if wide else stage.office.contractor


def _enter_house(stage: Stage, key: str, at: datetime) -> None:
    """Register under the directory's name and hand in; a draft stops before its materials (P1, P2)."""
    house = stage.houses[key]
    house.actor = sign_up(
        tick=lambda: at,
        username=house.part.username,
        role=Role.PROVIDER,
        password=PASSWORD if key == "main" else None,
    )
    house.provider = registering.enter_provider(house.part, house.actor, tick=lambda: at)
    if key != "draft":
        house.provider = registering.hand_in_provider(
            house.provider,
            house.actor,
            tick=lambda: at,
            papers=stage.papers,
            committed_on=local_day(at),
        )


def _approve_house(stage: Stage, key: str, at: datetime) -> None:
    house = stage.houses[key]
    house.provider = approve_provider(
        by=reviewer_of(stage, house.provider), at=at, provider=house.provider
    )


def _renew_house(stage: Stage, key: str, at: datetime) -> None:
    """A new year asks for a new commitment letter (P2)."""
    house = stage.houses[key]
    house.provider.refresh_from_db()
    provider = renew_provider(by=house.actor, at=at, provider=house.provider)
    house.provider = registering.commit(
        provider,
        house.actor,
        tick=lambda: at,
        papers=stage.papers,
        committed_on=local_day(at),
    )
    _approve_house(stage, key, at)


def _check_houses(stage: Stage, at: datetime) -> None:
    returned, refused = stage.houses["returned"].provider, stage.houses["refused"].provider
    send_back_provider(
        by=reviewer_of(stage, returned),
        at=at,
        provider=returned,
        item_reasons={"commitment": "承诺书缺法定代表人签字，不能用签章代替"},
    )
    refuse_provider(
        by=reviewer_of(stage, refused), at=at, provider=refused, reason="材料与名录登记的机构不符"
    )


def _change_houses(stage: Stage, at: datetime) -> None:
    """Two change requests that were decided: a contact changed, a user name not (P2)."""
    house, successor = stage.houses["platform"], stage.cast.person()
    house.provider.refresh_from_db()
    ask = partial(
        request_change,
        by=house.actor,
        at=at,
        provider=house.provider,
        materials=[stage.papers.scan("授权人证明", house.part.name)],
    )
    by = reviewer_of(stage, house.provider)
    request = ask(
        contact=successor.name,
        contact_id=successor.id_number,
        contact_mobile=successor.mobile,
    )
    apply_change(by=by, at=at, change_request=request)
    ask = partial(ask, materials=[stage.papers.scan("变更说明", house.part.name)])
    request = ask(address="新址待定")
    refuse_change(by=by, at=at, change_request=request, reason="未附新地址的营业执照")


def _ask_for_a_change(stage: Stage, at: datetime) -> None:
    house = stage.houses["station"]
    house.provider.refresh_from_db()
    request_change(
        by=house.actor,
        at=at,
        provider=house.provider,
        materials=[stage.papers.scan("营业执照副本", house.part.name, "新地址")],
        address=f"{house.part.address} 2 楼",
    )
