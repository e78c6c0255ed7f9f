"""The five service categories and their service types, work plan 三（二） (P4).

Accreditations hold service types by these names; every name belongs to one category only.
"""

from __future__ import annotations

from datetime import date

from providers.models import Category

SERVICE_TYPES: dict[str, tuple[str, ...]] = {
    Category.INFORMATION: (
        "法律法规",
        "政策",
        "技术",
        "质量",
        "标准",
        "人才",
        "市场",
        "物流",
        "管理",
        "财税",
    ),
    Category.TECHNOLOGY: (
        "工业设计",
        "解决方案",
        "检验检测",
        "质量控制和技术评价",
        "技术开发",
        "技术转移",
        "信息化应用",
        "设备共享",
        "知识产权",
        "品牌建设",
        "产品创新",
        "技术创新",
        "智能制造",
        "创新资源共享",
        "技术成果转化",
        "创新成果推广",
    ),
    Category.STARTUP: ("创业辅导", "项目策划", "政务代理", "创业场地"),
    Category.TRAINING: (
        "经营管理培训",
        "市场营销培训",
        "风险防范培训",
        "技术培训",
        "创业培训",
    ),
    Category.FINANCING: ("融资信息", "投融资推介和对接", "信用征集与评价"),
}

# 创业服务 is for enterprises less than this many years old at the day of order (P4).
MAX_AGE_YEARS = 3

# Target enterprises of a product (P5), by the values the size classes and industries of E4 are kept under. This floor
# does not know the enterprises' one, so the words stand here again; a test compares the two.
TARGET_SIZES: dict[str, str] = {"micro": "微型", "small": "小型", "medium": "中型"}
TARGET_INDUSTRIES: dict[str, str] = {
    "agriculture": "农、林、牧、渔业",
    "manufacturing": "工业（采矿、制造、电力热力燃气及水）",
    "construction": "建筑业",
    "wholesale": "批发业",
    "retail": "零售业",
    "transport": "交通运输业（不含铁路）",
    "warehousing": "仓储业",
    "post": "邮政业",
    "lodging": "住宿业",
    "catering": "餐饮业",
    "telecom": "信息传输业",
    "software": "软件和信息技术服务业",
    "real_estate": "房地产开发经营",
    "property": "物业管理",
    "leasing": "租赁和商务服务业",
    "other": "其他未列明行业",
}


def category_of(service_type: str) -> str:
    """The category a service type belongs to; "" for a name the catalogue does not have (P4)."""
    return next((str(key) for key, types in SERVICE_TYPES.items() if service_type in types), "")


def too_old_from(founded_on: date) -> date:
    """The first day on which an enterprise is no longer less than ``MAX_AGE_YEARS`` years old (P4).

    One founded on 29 February has its anniversary on 1 March of a year without that day.
    """
    try:
        return founded_on.replace(year=founded_on.year + MAX_AGE_YEARS)
    except ValueError:
        return date(founded_on.year + MAX_AGE_YEARS, 3, 1)
