"""Every state machine of the portal, and its drawing in docs/states.md."""

from __future__ import annotations

from collections.abc import Iterator

from enterprises.states import QUALIFICATION
from foundation.rosters.states import ROSTER_IMPORT, VIOLATION
from foundation.states import StateMachine
from orders.states import ORDER, PAYMENT, PAYMENT_RETURN
from providers.states import CHANGE_REQUEST, PRODUCT_VERSION, PROVIDER
from redemption.states import CLAIM, CLAIM_LINE, OBJECTION
from vouchers.states import APPLICATION, BATCH

MACHINES: list[tuple[str, StateMachine]] = [
    ("企业年度资格", QUALIFICATION),
    ("服务机构", PROVIDER),
    ("机构变更申请", CHANGE_REQUEST),
    ("产品版本", PRODUCT_VERSION),
    ("发券批次", BATCH),
    ("申领", APPLICATION),
    ("订单", ORDER),
    ("支付", PAYMENT),
    ("退回支付申请", PAYMENT_RETURN),
    ("兑现申请", CLAIM),
    ("兑现明细", CLAIM_LINE),
    ("复核申请", OBJECTION),
    ("名单导入", ROSTER_IMPORT),
    ("违规报告", VIOLATION),
]

HEAD = """# States

Drawn from the tables of legal moves by `manage.py draw_states`; the checks compare. Do not edit by hand.

What time already tells (open, closed, in the usage window, expired) is not stored and so is not here.
"""


def drawing() -> str:
    """The whole of docs/states.md."""
    return HEAD + "".join("".join(_section(title, machine)) for title, machine in MACHINES)


def _section(title: str, machine: StateMachine) -> Iterator[str]:
    yield f"\n## {title} (`{machine.name}`)\n\n```mermaid\nstateDiagram-v2\n"
    for state in machine.states:
        yield f"    {state.value}: {state.label}\n"
    yield f"    [*] --> {machine.initial.value}\n"
    leaving = set()
    for verb, (sources, target) in machine.moves.items():
        for source in sources:
            leaving.add(str(source))
            yield f"    {source.value} --> {target.value}: {verb}\n"
    for state in machine.states:
        if state.value not in leaving:
            yield f"    {state.value} --> [*]\n"
    yield "```\n"
