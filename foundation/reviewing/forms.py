"""The one form of a review screen: ticks, reasons and the decision."""

from __future__ import annotations

from typing import Any

from django import forms

from foundation.accounts.models import User
from foundation.reviewing.sheets import Decision, Item, Sheet

OK, FAULT = "ok", "fault"
REASON_MAX = 280
OTHER = "其他（请在说明中写明）"


class VerdictForm(forms.Form):
    """What was found, item by item, and what is decided.

    Prefixes of the fields of an item: ``tick-`` (in order or not), ``why-`` (a usual reason), ``note-`` (own words).
    ``rest_ok`` counts for every item that was not ticked. The reasons of an item are one text: the usual reason, then
    the own words.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    rest_ok = forms.BooleanField(label="其余各项均已核对，相符", required=False)
    why = forms.ChoiceField(label="原因", required=False)
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None, *, sheet: Sheet) -> None:
        super().__init__(data, initial={"seen": sheet.seen})
        self.sheet = sheet
        self.arguments: dict[str, Any] = {}
        self.decision = next(
            (one for one in sheet.decisions if data and one.key == data.get("decision")), None
        )
        self.ticked = [item for item in sheet.items if item.ticked]
        for item in self.ticked:
            self._add(item)
        # For each decision that asks for a reason, the usual ones under its name.
        self.reasoned = [one for one in sheet.decisions if one.needs == "reason"]
        groups = [
            (one.label, [(reason, reason) for reason in one.reasons]) for one in self.reasoned
        ]
        self.fields["why"].choices = [("", "请选择原因"), *groups, (OTHER, OTHER)]  # type: ignore[attr-defined]

    def _add(self, item: Item) -> None:
        self.fields[f"tick-{item.key}"] = forms.ChoiceField(
            label=item.label,
            required=False,
            choices=[(OK, "相符"), (FAULT, "有问题")],
            widget=forms.RadioSelect,
        )
        self.fields[f"why-{item.key}"] = forms.ChoiceField(
            label=f"{item.label}的问题", required=False, choices=_choices(list(item.reasons))
        )
        self.fields[f"note-{item.key}"] = forms.CharField(
            label=f"{item.label}的说明", required=False, max_length=REASON_MAX
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each item with its checks and its bound fields, for the page."""
        return [
            {
                "item": item,
                "checks": self.sheet.checks_of(item.key),
                **(
                    {part: self[f"{part}-{item.key}"] for part in ("tick", "why", "note")}
                    if item.ticked
                    else {}
                ),
            }
            for item in self.sheet.items
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        needs = self.decision.needs if self.decision else ""
        found = {item.key: self._found(item, cleaned) for item in self.ticked}
        faults = {key: reason for key, (tick, reason) in found.items() if tick == FAULT}
        arguments: dict[str, Any] = {}
        if self.decision and (cleaned.get("seen") or "") != self.sheet.seen:
            self.add_error(
                None,
                "本件在您打开之后有新的提交或变动，请核对下面的最新内容后再决定；已填写的内容保留。",
            )
        if needs == "ticks":
            self._require_ticks(found)
        elif needs == "faults":
            arguments["item_reasons"] = self._require_faults(faults)
        elif needs == "reason":
            arguments["reason"] = self._require_reason(cleaned)
        self.arguments = arguments
        return cleaned

    def _found(self, item: Item, cleaned: dict[str, Any]) -> tuple[str, str]:
        why, note = cleaned.get(f"why-{item.key}") or "", cleaned.get(f"note-{item.key}") or ""
        tick = cleaned.get(f"tick-{item.key}") or ""
        # Whoever gave a reason has found a fault, ticked or not.
        if not tick and (why or note):
            tick = FAULT
        if not tick and cleaned.get("rest_ok"):
            tick = OK
        return tick, _joined(why, note)

    def _require_ticks(self, found: dict[str, tuple[str, str]]) -> None:
        labels = {item.key: item.label for item in self.ticked}
        wrong = [labels[key] for key, (tick, _) in found.items() if tick == FAULT]
        left = [labels[key] for key, (tick, _) in found.items() if not tick]
        if wrong:
            self.add_error(None, f"{'、'.join(wrong)}标为有问题，不能通过；请退回，或改为相符。")
        elif left:
            self.add_error(
                None,
                f"还有 {len(left)} 项没有核对：{'、'.join(left)}。核对无误后可勾选“其余各项均已核对，相符”。",
            )

    def _require_faults(self, faults: dict[str, str]) -> dict[str, str]:
        if not faults:
            self.add_error(None, "请至少把一项标为有问题，并选择或填写原因。")
        for key, reason in faults.items():
            if not reason:
                self.add_error(f"note-{key}", "请选择或填写原因。")
            elif len(reason) > REASON_MAX:
                self.add_error(f"note-{key}", f"原因请控制在 {REASON_MAX} 字以内。")
        return faults

    def _require_reason(self, cleaned: dict[str, Any]) -> str:
        reason = _joined(cleaned.get("why") or "", cleaned.get("note") or "")
        if not reason:
            self.add_error("note", "请选择或填写原因。")
        elif len(reason) > REASON_MAX:
            self.add_error("note", f"原因请控制在 {REASON_MAX} 字以内。")
        return reason


class ColleagueForm(forms.Form):
    """To whom a file is handed over."""

    colleague = forms.ModelChoiceField(
        label="转交给", queryset=User.objects.none(), empty_label="请选择"
    )

    def __init__(self, data: Any = None, *, colleagues: Any) -> None:
        super().__init__(data)
        field = self.fields["colleague"]
        field.queryset = colleagues  # type: ignore[attr-defined]
        field.label_from_instance = lambda user: user.shown_name  # type: ignore[attr-defined]


def decision_in(sheet: Sheet, key: str) -> Decision | None:
    """The decision that a posted form names; None for anything else."""
    return next((one for one in sheet.decisions if one.key == key), None)


def _choices(reasons: list[str]) -> list[tuple[str, str]]:
    return [("", "请选择原因"), *((reason, reason) for reason in reasons), (OTHER, OTHER)]


def _joined(why: str, note: str) -> str:
    """The usual reason and the own words as one text."""
    return "；".join(part for part in ("" if why == OTHER else why.strip(), note.strip()) if part)
