"""How the pages write money, moments, numbers and masked data."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.contrib.admin.helpers import AdminReadonlyField
from django.db.models import BooleanField, DecimalField
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from foundation.moments import local_day, spoken, spoken_day, spoken_span
from foundation.money import MoneyField, spoken_money
from foundation.personal_data import mask_credit_code, mask_id_number, mask_mobile
from voucher_portal.packaged_static import icon_markup

register = template.Library()
FACTS = (MoneyField, DecimalField, BooleanField)


@register.filter
def yuan(amount: Decimal | None) -> str:
    """20,000 元; a dash for nothing."""
    return "—" if amount is None else spoken_money(amount)


@register.filter
def moment(at: datetime | None) -> str:
    """2020年6月28日 15:00; a dash for nothing."""
    return "—" if at is None else spoken(at)


@register.filter
def day(value: date | None) -> str:
    """2020年6月28日; a dash for nothing."""
    return "—" if value is None else spoken_day(value)


@register.filter
def day_of(at: datetime | None) -> str:
    """The Shanghai day of a moment: 2020年6月28日; a dash for nothing."""
    return "—" if at is None else spoken_day(local_day(at))


@register.filter
def percent(ratio: Decimal) -> str:
    """0.5 as 50%."""
    return f"{(ratio * 100).normalize():f}%"


@register.filter
def fact(shown: AdminReadonlyField) -> str:
    """A field of a record at the desk: money and numbers grouped, shares in per cent, yes and no in words."""
    record, name = shown.form.instance, shown.field["field"]
    field = next((one for one in record._meta.fields if one.name == name), None)
    value = field.value_from_object(record) if isinstance(field, FACTS) else None
    if value is None:
        return shown.contents()
    if isinstance(field, BooleanField):
        return "是" if value else "否"
    is_share = isinstance(field, DecimalField) and field.max_digits - field.decimal_places == 1
    return percent(value) if is_share else grouped(value)


register.filter("mask_id", mask_id_number)
register.filter("mask_mobile", mask_mobile)
register.filter("mask_code", mask_credit_code)


@register.filter
def grouped(number: Decimal | int) -> str:
    """A plain figure with thousands set apart and no needless places: 12,000.5."""
    text = f"{number:,f}" if isinstance(number, Decimal) else f"{number:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def grouped_number(number: int) -> str:
    """A voucher number in groups."""
    from vouchers.numbers import spoken_number

    return spoken_number(number)


@register.filter
def is_file(field: BoundField) -> bool:
    """Whether a form field takes a file."""
    return bool(getattr(field.field.widget, "needs_multipart_form", False))


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether a form field is one check box, whose label stands behind it."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not hasattr(
        field.field, "choices"
    )


@register.filter
def is_group(field: BoundField) -> bool:
    """Whether a form field is a group of radio buttons or check boxes."""
    return getattr(field.field.widget, "use_fieldset", False) is True


@register.filter
def plain_number(amount: Decimal) -> str:
    """An amount for an attribute, the same in every language: 12000.50."""
    return f"{amount:.2f}"


CONTROLS = {"select": "form-select", "selectmultiple": "form-select"}


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The field's input with Tabler's class for it; files keep the browser's own."""
    widget = field.field.widget
    if getattr(widget, "input_type", "") == "file":
        return field.as_widget()
    own = widget.attrs.get("class", "")
    kind = CONTROLS.get(getattr(widget, "input_type", ""), "form-control")
    return field.as_widget(attrs={"class": f"{kind} {own}".strip()})


@register.inclusion_tag("components/deadline.html", takes_context=True)
def deadline(context: dict[str, Any], until: datetime, label: str = "") -> dict[str, Any]:
    """A moment with what is left until it, told against the moment of the request."""
    left = until - context["request"].at
    if left < timedelta(0):
        return {"until": until, "label": label, "left": "已截止", "tone": "neutral"}
    tone = "bad" if left < timedelta(days=1) else "warn" if left < timedelta(days=7) else "good"
    return {"until": until, "label": label, "left": f"还有 {spoken_span(left)}", "tone": tone}


@register.simple_tag
def icon(name: str, style: str = "outline") -> SafeString:
    """A Tabler icon by its name, drawn into the page."""
    return mark_safe(icon_markup(name, style))  # nosec B308, B703 # icon names are our own


@register.simple_tag(takes_context=True)
def canonical(context: dict[str, Any]) -> SafeString:
    """The page's one address for search engines: of a filtered or sorted list, the list itself."""
    page = context.get("page_obj")
    number = f"?page={page.number}" if page is not None and page.number > 1 else ""
    return format_html(
        '<link rel="canonical" href="{}{}{}">',
        settings.PORTAL_URL,
        context["request"].path,
        number,
    )


@register.simple_tag(takes_context=True)
def page_link(context: dict[str, Any], number: int) -> str:
    """The query string of another page of the same filtered list."""
    query = context["request"].GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
