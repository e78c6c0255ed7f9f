"""The pages of the 帮助中心: one task each, for one kind of reader. The words are in templates/help/."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """One page. ``slug``: its address and its template."""

    slug: str
    title: str
    summary: str

    @property
    def template(self) -> str:
        """The template with the page's words."""
        return f"help/{self.slug}.html"


@dataclass(frozen=True)
class Group:
    """Pages for one kind of reader; ``icon``: a Tabler icon."""

    title: str
    icon: str
    topics: tuple[Topic, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        "企业",
        "building-store",
        (
            Topic("register", "注册登记", "开账号、填基本信息、传材料，等待核对。"),
            Topic("apply", "申领服务券", "什么时候、申领多少、怎么排序、怎么撤回。"),
            Topic("results", "查看结果与递补", "什么时候公布，怎么看排名，没获券怎么办。"),
            Topic("order", "下单与合同", "选产品、下单、签合同、上传合同。"),
            Topic("pay", "支付与评价", "服务完成后用券能付多少、要哪些凭证。"),
            Topic("return", "退券与收回", "主动退回和系统收回有什么不同。"),
        ),
    ),
    Group(
        "服务机构",
        "briefcase",
        (
            Topic("provider", "服务机构入驻", "谁可以入驻，要交什么，多久有结果。"),
            Topic("product", "发布产品", "产品要写什么、证明什么，怎么改版和下架。"),
            Topic("redeem", "收券与兑现", "确认订单和合同、收券，申请财政兑现。"),
        ),
    ),
    Group(
        "所有人",
        "users",
        (
            Topic("objection", "复核申请", "对公示名单有异议时怎么提、怎么查答复。"),
            Topic("materials", "材料要求", "文件格式、大小，怎么拍、怎么扫。"),
            Topic("faq", "常见问题", "最常被问到的问题。"),
        ),
    ),
)
TOPICS: dict[str, Topic] = {topic.slug: topic for group in GROUPS for topic in group.topics}
