"""The review screen: a file's data and checks beside its documents, one decision, and the next file at once.

Reading is free within one's reach. Only a POST changes anything: it takes, keeps, releases or hands over the file, or
calls the one operation of a decision. A GET never takes a file into anybody's hands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from foundation.accounts.reauthentication import prove_first
from foundation.accounts.sessions import proved_lately
from foundation.assignments.models import Assignment
from foundation.assignments.operations import (
    hand_over_file,
    keep_file_in_hand,
    release_file,
    take_file,
)
from foundation.assignments.policies import IDLE_MINUTES, FileInOtherHands
from foundation.assignments.queries import assignment_of, colleagues_of, free_for
from foundation.checks import FAIL, PASS
from foundation.desk import DeskAdmin
from foundation.errors import OutOfReach, Refusal
from foundation.requests import actor_of, attempt, whole_number
from foundation.reviewing.forms import ColleagueForm, VerdictForm
from foundation.reviewing.sheets import Decision, Sheet

# How often the next free file may have been taken by somebody else in the same moment.
TRIES = 5
LOST = 409


class ReviewAdmin(DeskAdmin):
    """A desk with a review screen for the files of one queue.

    ``reviewers``: the roles that decide; others of ``desk_roles`` read. ``waiting_state``: the state of the files in the
    queue, which wait since the moment in ``waiting_since``.
    """

    reviewers: frozenset[str] = frozenset()
    waiting_state: str = ""
    waiting_since = "submitted_at"
    review_template = "admin/desk/review.html"

    def sheet_of(self, request: HttpRequest, record: Any) -> Sheet:
        """What the screen shows of ``record``, and what the account can decide."""
        raise NotImplementedError

    def waiting_for(self, user: Any) -> QuerySet[Any]:
        """The queue in the account's reach, the oldest first."""
        return (
            self.visible_to(user)
            .filter(state=self.waiting_state)
            .order_by(self.waiting_since, "pk")
        )

    # --- Addresses ---------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("review/next/", self.admin_site.admin_view(self.next_view), name=f"{name}_next"),
            path(
                "<path:object_id>/review/",
                self.admin_site.admin_view(self.review_view),
                name=f"{name}_review",
            ),
        ]
        return own + super().get_urls()

    def review_url(self, record: Any, **query: Any) -> str:
        """The address of the screen."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_review"
        asked = f"?{urlencode(query)}" if query else ""
        return f"{reverse(name, args=[record.pk])}{asked}"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        start = ""
        if self._decides(request):
            start = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_next")
        return super().changelist_view(request, {**(extra_context or {}), "start_url": start})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        record = self._record(request, object_id)
        more = {"review_url": self.review_url(record)}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    # --- Views -------------------------------------------------------------------------------

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Take the next file of the queue and open it; by POST only."""
        if not self._decides(request):
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return self._go_to_next(request, after=None)

    def review_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the file; by POST, do with it what the pressed button says."""
        record = self._record(request, object_id)
        if request.method != "POST":
            return self._page(request, record, self.sheet_of(request, record))
        if not self._decides(request):
            raise Http404
        done = self._hands.get(request.POST.get("decision", ""))
        if done is not None:
            return done(self, request, record)
        return self._decide(request, record)

    def _decide(self, request: HttpRequest, record: Any) -> HttpResponse:
        sheet = self.sheet_of(request, record)
        form = VerdictForm(request.POST, sheet=sheet)
        decision = form.decision
        if decision is None:
            form.is_valid()
            form.add_error(None, "本件已有变动，没有这个操作了。请核对最新情况后再办理。")
        elif decision.sensitive and not proved_lately(request, at=request.at):  # type: ignore[attr-defined]
            # What was typed stays in the form while the proof is given in another window.
            form.full_clean()
            form.add_error(None, prove_first(request))
        elif form.is_valid() and self._ran(request, form, decision):
            messages.success(request, f"{record}：{decision.done}")
            return (
                self._go_to_next(request, after=record)
                if decision.ends
                else self._go_on(request, record)
            )
        return self._page(request, self._record(request, str(record.pk)), sheet, form)

    def _ran(self, request: HttpRequest, form: VerdictForm, decision: Decision) -> bool:
        """Whether the operation was done; a refusal goes to its field, and all that was typed stays."""
        arguments = {**decision.arguments, **form.arguments}
        try:
            decision.operation(by=actor_of(request), at=request.at, **arguments)  # type: ignore[attr-defined]
        except Refusal as refusal:
            for one in refusal.all:
                note = f"note-{one.field}"
                field = note if note in form.fields else {"reason": "note"}.get(one.field)
                form.add_error(field, one.sentence)
            return False
        except OutOfReach as error:
            raise Http404 from error
        return True

    # --- Hands -------------------------------------------------------------------------------

    def _take(self, request: HttpRequest, record: Any) -> HttpResponse:
        return self._taken(request, record, deliberately=False)

    def _take_over(self, request: HttpRequest, record: Any) -> HttpResponse:
        return self._taken(request, record, deliberately=True)

    def _taken(self, request: HttpRequest, record: Any, *, deliberately: bool) -> HttpResponse:
        if not self.sheet_of(request, record).decisions:
            messages.warning(request, "本件现在没有等您办理的事项，不需要领取。")
            return self._go_on(request, record)
        try:
            take_file(
                by=actor_of(request),
                at=request.at,  # type: ignore[attr-defined]
                subject=record,
                deliberately=deliberately,
            )
        except FileInOtherHands as refusal:
            messages.warning(request, refusal.sentence)
        if not deliberately:
            return self._go_on(request, record)
        # What was ticked and typed before the file changed hands is still there.
        sheet = self.sheet_of(request, record)
        return self._page(request, record, sheet, VerdictForm(request.POST, sheet=sheet))

    def _release(self, request: HttpRequest, record: Any) -> HttpResponse:
        release_file(by=actor_of(request), at=request.at, subject=record)  # type: ignore[attr-defined]
        messages.success(request, f"已放回：{record}。")
        return HttpResponseRedirect(reverse("admin:index"))

    def _skip(self, request: HttpRequest, record: Any) -> HttpResponse:
        release_file(by=actor_of(request), at=request.at, subject=record)  # type: ignore[attr-defined]
        return self._go_to_next(request, after=record)

    def _hand_over(self, request: HttpRequest, record: Any) -> HttpResponse:
        colleagues = colleagues_of(request.user)  # type: ignore[arg-type]
        form = ColleagueForm(request.POST, colleagues=colleagues)
        if form.is_valid():
            done = attempt(
                form,
                hand_over_file,
                by=actor_of(request),
                at=request.at,  # type: ignore[attr-defined]
                subject=record,
                link=self.review_url(record),
                **form.cleaned_data,
            )
            if done is not None:
                messages.success(request, f"已转交：{record}。")
                return self._go_to_next(request, after=record)
        return self._page(request, record, self.sheet_of(request, record), colleague_form=form)

    def _keep(self, request: HttpRequest, record: Any) -> HttpResponse:
        kept = keep_file_in_hand(by=actor_of(request), at=request.at, subject=record)  # type: ignore[attr-defined]
        return HttpResponse(status=204 if kept else LOST)

    # What a button does that decides nothing.
    _hands: dict[str, Callable[[Any, HttpRequest, Any], HttpResponse]] = {
        "take": _take,
        "take-over": _take_over,
        "release": _release,
        "skip": _skip,
        "hand-over": _hand_over,
        "keep": _keep,
    }

    def _go_on(self, request: HttpRequest, record: Any) -> HttpResponse:
        """Back to the screen of the same file."""
        return HttpResponseRedirect(self.review_url(record))

    def _go_to_next(self, request: HttpRequest, *, after: Any) -> HttpResponse:
        """Take the next file that nobody has in hand and open it; home when there is none."""
        by, at = actor_of(request), request.at  # type: ignore[attr-defined]
        free = free_for(self.waiting_for(request.user), by, at)
        if after is not None:
            free = free.exclude(pk=after.pk)
        for _ in range(TRIES):
            found = self._following(free, after) or free.first()
            if found is None:
                break
            try:
                take_file(by=by, at=at, subject=found)
            except FileInOtherHands:
                continue
            return HttpResponseRedirect(self.review_url(found))
        messages.info(request, f"“{self.opts.verbose_name_plural}”中没有等您办理的下一件了。")
        return HttpResponseRedirect(reverse("admin:index"))

    def _following(self, free: QuerySet[Any], after: Any) -> Any:
        since = getattr(after, self.waiting_since, None) if after is not None else None
        if since is None:
            return None
        later = Q(**{f"{self.waiting_since}__gt": since})
        same = Q(**{self.waiting_since: since, "pk__gt": after.pk})
        return free.filter(later | same).first()

    # --- The page ----------------------------------------------------------------------------

    def _decides(self, request: HttpRequest) -> bool:
        return self._may_look(request) and getattr(request.user, "role", "") in self.reviewers

    def _page(
        self,
        request: HttpRequest,
        record: Any,
        sheet: Sheet,
        form: VerdictForm | None = None,
        colleague_form: ColleagueForm | None = None,
    ) -> HttpResponse:
        at = request.at  # type: ignore[attr-defined]
        user: Any = request.user
        decides = self._decides(request)
        hold = assignment_of(record, at) if decides else None
        waiting = self.waiting_for(user)
        shown = whole_number(request.GET.get("file", ""))
        current = next(
            (one for one in sheet.files if one.document.pk == shown),
            sheet.files[0] if sheet.files else None,
        )
        response = TemplateResponse(
            request,
            self.review_template,
            {
                **self.admin_site.each_context(request),
                "title": f"审核：{record}",
                "opts": self.opts,
                "record": record,
                "sheet": sheet,
                "form": form or VerdictForm(sheet=sheet),
                # What needs a closer look stands first, that of items too; what fails before what is only noticed.
                "noticed": sorted(
                    (one for one in sheet.checks if one.outcome != PASS),
                    key=lambda one: one.outcome != FAIL,
                ),
                "passed": [one for one in sheet.checks if not one.item and one.outcome == PASS],
                "decides": decides,
                "hold": hold,
                "is_mine": hold is not None and hold.holder_id == user.pk,
                "in_other_hands": _other(hold, user),
                "colleague_form": colleague_form
                or (ColleagueForm(colleagues=colleagues_of(user)) if decides else None),
                "left": waiting.count() if decides else 0,
                "current_file": current,
                "pages": range(1, current.document.pages + 1) if current else (),
                "idle_minutes": IDLE_MINUTES,
                "record_url": reverse(
                    f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[record.pk]
                ),
            },
        )
        response["Cache-Control"] = "private, no-store"
        return response


def _other(hold: Assignment | None, user: Any) -> bool:
    return hold is not None and hold.holder_id != user.pk
