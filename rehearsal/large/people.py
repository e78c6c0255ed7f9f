"""Everyone of the large season: staff, enterprises with their files of the year, providers with one product each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.contrib.auth.hashers import make_password
from stdnum.cn import uscc

from enterprises.models import Enterprise, Industry, Profile, Qualification, SizeClass
from enterprises.states import QualificationState
from foundation.accounts.models import Person, Role, User
from foundation.documents.models import Document
from foundation.personal_data import lookup_key
from foundation.regions.models import City
from foundation.rosters.models import Accreditation, Level, PriorityCategory, PriorityEntry
from providers.models import Category, Product, ProductVersion, Provider
from providers.states import ProductState, ProviderState
from rehearsal.large.plan import SHARE_OF_OTHERS, SHARES, LargePlan
from rehearsal.large.rows import copies, ids_used, next_id, run

PRIORITY_EVERY = 10
# Beside those that apply in every batch: every tenth more has registered, half of them passed.
EXTRA_EVERY = 10
CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
FIRST = "粤华海珠南岭东江北斗新天恒正安永兴隆荣昌达"
SECOND = "信诚源丰泰康明盛捷通宏远利德联创精工佳美"
TRADES = {
    Industry.MANUFACTURING: "机械制造",
    Industry.SOFTWARE: "软件科技",
    Industry.WHOLESALE: "贸易",
    Industry.RETAIL: "商贸",
    Industry.LEASING: "商务服务",
    Industry.CONSTRUCTION: "建筑工程",
    Industry.TRANSPORT: "物流",
    Industry.CATERING: "餐饮管理",
    Industry.OTHER: "实业",
}
SIZES = (SizeClass.MICRO,) * 6 + (SizeClass.SMALL,) * 3 + (SizeClass.MEDIUM,)


@dataclass(frozen=True)
class Staff:
    """Who checks and decides in one city."""

    contractor: User
    bureau: User


def staff_of(city: City, plan: LargePlan) -> Staff:
    """A contractor and a bureau account of a city; nobody can sign in with them."""
    return Staff(_account(city, Role.CONTRACTOR), _account(city, Role.BUREAU))


def _account(city: City, role: Role) -> User:
    name = f"large-{role}-{city.slug}"
    person = Person.objects.create(name=city.name, id_number="-", id_key=lookup_key(name))
    return User.objects.create(
        username=name,
        role=role,
        city=city,
        person=person,
        is_staff=True,
        password=make_password(None),
    )


def share_of(city: City, cities: list[City], number: int) -> int:
    """A city's part of ``number``, larger cities more."""
    whole = sum(SHARES.get(one.slug, SHARE_OF_OTHERS) for one in cities)
    part = SHARES.get(city.slug, SHARE_OF_OTHERS) * number // whole
    if city == cities[0]:
        part += number - sum(
            SHARES.get(one.slug, SHARE_OF_OTHERS) * number // whole for one in cities
        )
    return part


def _code(prefix: str, serial: int) -> str:
    """A valid credit code (GB 32100-2015) of the registration authority ``prefix``."""
    signs = ""
    for _ in range(7):
        serial, rest = divmod(serial, len(CODE_SIGNS))
        signs = CODE_SIGNS[rest] + signs
    body = f"91{prefix}LG{signs}"
    return body + str(uscc.calc_check_digit(body))


def _enterprises(city: City, serials: range, rng: Random) -> Iterator[str]:
    """Lines for COPY: serial, district, code, name, industry, size."""
    districts = list(city.districts.order_by("code"))
    trades = list(TRADES)
    short = city.name.removesuffix("市")
    for serial in serials:
        district = rng.choice(districts)
        trade = rng.choice(trades)
        name = f"{short}{rng.choice(FIRST)}{rng.choice(SECOND)}{TRADES[trade]}{serial}有限公司"
        code = _code(district.code, serial)
        yield f"{serial}\t{district.pk}\t{code}\t{name}\t{trade}\t{rng.choice(SIZES)}\n"


def make_enterprises(
    city: City, staff: Staff, plan: LargePlan, *, first: int, count: int, rng: Random
) -> int:
    """``count`` enterprises that apply and a tenth more that have only registered; the first serial not used.

    They stand in the temporary table ``large_e`` (serial, enterprise, profile, account, number in the city).
    """
    serials = range(first, first + count + count // EXTRA_EVERY)
    run("DROP TABLE IF EXISTS large_e")
    run(
        "CREATE TEMPORARY TABLE large_e (serial bigint, district bigint, code text, name text, industry text, size text)"
    )
    copy_lines("large_e", _enterprises(city, serials, rng))
    account, enterprise, profile, file = _patterns(city, staff, plan)
    users, companies, versions = (next_id(model) for model in (User, Enterprise, Profile))
    run(
        f"ALTER TABLE large_e ADD n bigint, ADD account bigint, ADD enterprise bigint, ADD profile bigint;"
        f"UPDATE large_e SET n = serial - {first} + 1, account = {users} + serial - {first} + 1, "
        f"enterprise = {companies} + serial - {first} + 1, profile = {versions} + serial - {first} + 1;"
        f"CREATE INDEX ON large_e (enterprise); ANALYZE large_e"  # nosec B608 # our own names and figures only
    )
    copies(account, "large_e e", id="e.account", username="'large-' || e.serial")
    copies(
        enterprise,
        "large_e e",
        id="e.enterprise",
        account_id="e.account",
        credit_code="e.code",
        name="e.name",
    )
    copies(
        profile,
        "large_e e",
        id="e.profile",
        enterprise_id="e.enterprise",
        name="e.name",
        district_id="e.district",
        industry="e.industry",
        size_class="e.size",
    )
    waits = f"(e.n > {count} AND e.n % 2 = 0)"
    copies(
        file,
        "large_e e",
        enterprise_id="e.enterprise",
        profile_id="e.profile",
        state=f"CASE WHEN {waits} THEN 'submitted' ELSE 'passed' END",
        decided_at=f"CASE WHEN {waits} THEN NULL ELSE pattern.decided_at END",
        decided_by_id=f"CASE WHEN {waits} THEN NULL ELSE pattern.decided_by_id END",
    )
    Qualification.objects.filter(pk=file.pk).delete()
    _roster(city, plan, rng)
    ids_used(User, Enterprise, Profile)
    # Ranking would otherwise be planned for the tables as they were before.
    run(
        "ANALYZE enterprises_enterprise, enterprises_qualification, enterprises_profile, rosters_priorityentry"
    )
    return serials.stop


def _roster(city: City, plan: LargePlan, rng: Random) -> None:
    """Every tenth enterprise is on a priority roster, and as many again as a twentieth that never registered (E7)."""
    entry = PriorityEntry.objects.create(
        city=city,
        year=plan.year,
        category=PriorityCategory.SPECIALISED,
        credit_code=_code(city.code, next_id(PriorityEntry) + 10_000_000_000),
        name="名单样本",
    )
    copies(
        entry,
        f"(SELECT * FROM large_e WHERE n % {PRIORITY_EVERY} = 0) e",  # nosec B608 # our own names and figures only
        credit_code="e.code",
        name="e.name",
    )
    count = int(run("SELECT 1 FROM large_e") // (2 * PRIORITY_EVERY))
    districts = list(city.districts.order_by("code"))
    PriorityEntry.objects.bulk_create(
        PriorityEntry(
            city=city,
            year=plan.year,
            category=PriorityCategory.KEY_SMALL,
            credit_code=_code(rng.choice(districts).code, 20_000_000_000 + number),
            name=f"{city.name}未注册企业{number}",
        )
        for number in range(count)
    )


def copy_lines(table: str, lines: Iterator[str]) -> None:
    """Lines into a table by COPY."""
    from io import StringIO

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY {table} FROM STDIN", StringIO("".join(lines)))


def _patterns(
    city: City, staff: Staff, plan: LargePlan
) -> tuple[User, Enterprise, Profile, Qualification]:
    """One of each, from which the sets are copied."""
    at = plan.closes(1) - timedelta(days=30)
    account = User.objects.create(
        username=f"large-pattern-{city.slug}",
        role=Role.ENTERPRISE,
        assurance_level=1,
        is_active=False,
        password=make_password(None),
    )
    enterprise = Enterprise.objects.create(
        account=account,
        city=city,
        credit_code=_code(city.code, 30_000_000_000),
        name=f"{city.name}样本企业",
        created_at=at,
    )
    profile = Profile.objects.create(
        enterprise=enterprise,
        version=1,
        frozen_at=at,
        name=enterprise.name,
        legal_representative="陈样本",
        legal_representative_id="440101198001010011",
        legal_representative_id_key=lookup_key("440101198001010011"),
        is_legal_person=True,
        address=f"{city.name}样本路 1 号",
        district=city.districts.first(),
        registered_capital=Decimal(100),
        founded_on=date(plan.year - 5, 1, 1),
        industry=Industry.OTHER,
        employees=30,
        revenue=Decimal(600),
        assets=Decimal(500),
        figures_year=plan.year - 1,
        size_class=SizeClass.SMALL,
        handler="李样本",
        handler_id="440101198001010038",
        handler_id_key=lookup_key("440101198001010038"),
        handler_mobile="13900000000",
    )
    paper = document(account, at)
    file = Qualification.objects.create(
        enterprise=enterprise,
        year=plan.year,
        profile=profile,
        state=QualificationState.PASSED,
        licence=paper,
        proof=paper,
        declaration=paper,
        proof_kind="tax",
        declared_on=date(plan.year, 1, 5),
        submitted_at=at,
        decided_at=at,
        decided_by=staff.contractor,
    )
    return account, enterprise, profile, file


def document(by: User, at: object) -> Document:
    """The row of a paper whose bytes nobody has."""
    return Document.objects.create(
        sha256="0" * 64,
        storage_name="large/none",
        media_type="application/pdf",
        size=1,
        name="样本.pdf",
        uploaded_at=at,
        uploaded_by=by,
    )


def make_providers(city: City, staff: Staff, plan: LargePlan, *, count: int) -> Document:
    """``count`` providers of a city, each with one product on sale, in ``large_p`` (n, provider, product, version).

    Returns the paper that stands for every contract, invoice and receipt of theirs.
    """
    at = plan.closes(1) - timedelta(days=40)
    categories = list(Category)
    first = Provider.objects.count()
    paper = document(staff.contractor, at)
    run("DROP TABLE IF EXISTS large_p")
    run(
        "CREATE TEMPORARY TABLE large_p (n int, account bigint, provider bigint, product bigint, version bigint)"
    )
    for number in range(count):
        serial = 40_000_000 + first + number
        user = User.objects.create(
            username=f"large-provider-{serial}",
            role=Role.PROVIDER,
            assurance_level=1,
            is_active=False,
            password=make_password(None),
        )
        name = f"{city.name}企业服务中心{number + 1}号"
        code = _code(city.code, serial)
        accreditation = Accreditation.objects.create(
            name=name,
            name_key=name,
            credit_code=code,
            city=city,
            level=Level.STATION,
            service_types=["管理"],
            recognised_year=plan.year - 1,
            valid_from=date(plan.year - 1, 1, 1),
            valid_until=date(plan.year + 1, 12, 31),
        )
        provider = Provider.objects.create(
            account=user,
            accreditation=accreditation,
            city=city,
            credit_code=code,
            name=name,
            legal_representative="周样本",
            legal_representative_id="440101197501010027",
            legal_representative_id_key=lookup_key("440101197501010027"),
            contact="吴样本",
            contact_id="440101197501010035",
            contact_id_key=lookup_key("440101197501010035"),
            contact_mobile="13900000001",
            address=f"{city.name}服务路 {number + 1} 号",
            bank_name="样本银行",
            bank_account="6222000000000000",
            state=ProviderState.APPROVED,
            licence=paper,
            commitment=paper,
            committed_on=date(plan.year, 1, 5),
            submitted_at=at,
            decided_at=at,
            decided_by=staff.contractor,
        )
        product = Product.objects.create(provider=provider, created_at=at)
        version = ProductVersion.objects.create(
            product=product,
            version=1,
            state=ProductState.PUBLISHED,
            name=f"管理提升服务 {number + 1}",
            category=categories[number % len(categories)],
            service_type="管理",
            overview="诊断、方案和实施辅导。",
            process="调研、诊断、方案、辅导、验收。",
            cycle="三十天",
            results="诊断报告和实施方案。",
            acceptance="双方签字确认。",
            price_kind="fixed",
            price_min=Decimal(10_000),
            price_max=Decimal(10_000),
            price_basis="market",
            basis={
                "comparisons": [
                    {"provider": "甲", "price": "10000"},
                    {"provider": "乙", "price": "11000"},
                ]
            },
            delivery_kind="report",
            created_at=at,
            submitted_at=at,
            decided_at=at,
            decided_by=staff.contractor,
        )
        version.cities.set([city])
        product.current = version
        product.save(update_fields=["current"])
        run(
            "INSERT INTO large_p VALUES (%s, %s, %s, %s, %s)",
            number,
            user.pk,
            provider.pk,
            product.pk,
            version.pk,
        )
    return paper
