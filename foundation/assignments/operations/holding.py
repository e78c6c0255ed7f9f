"""Taking, handing over and releasing a file of the desk; and what a decision asks of it.

The row of an assignment is locked after the file's own row. Whether the actor may decide the file is asked by the
caller, who has loaded it in the actor's reach.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, models, transaction

from foundation.accounts.actors import Actor
from foundation.accounts.models import User
from foundation.assignments import policies
from foundation.assignments.models import Assignment
from foundation.assignments.queries import colleagues_of
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.notices.operations import post_message


def take_file(
    *, by: Actor, at: datetime, subject: models.Model, deliberately: bool = False
) -> Assignment:
    """Take a file into one's hands, or go on with it.

    A file in other hands is only taken over ``deliberately``; otherwise raises FileInOtherHands, which says who has it
    since when. Each change of hands is audited.
    """
    user = _account(by)
    with transaction.atomic():
        found = _locked(subject)
        if found is None:
            try:
                with transaction.atomic():
                    made = Assignment.objects.create(
                        subject_type=subject._meta.label_lower,
                        subject_id=subject.pk,
                        label=str(subject)[:200],
                        holder=user,
                        taken_at=at,
                        seen_at=at,
                    )
            except IntegrityError:
                found = _locked(subject)  # somebody took it between the two statements
            else:
                record(at=at, by=by, action="take_file", subject=subject)
                return made
        if found is None:
            raise policies.FileInOtherHands("本件刚刚有变动，请刷新页面后重试。")
        if found.holder_id == user.pk and policies.is_held(found.seen_at, at):
            return _seen(found, at)
        if not deliberately:
            _require_free(found, user, at)
        before = found.holder_id
        found.holder, found.taken_at, found.seen_at = user, at, at
        found.label = str(subject)[:200]
        found.save(update_fields=["holder", "taken_at", "seen_at", "label"])
        taken_over = deliberately and before != user.pk
        record(
            at=at,
            by=by,
            action="take_over_file" if taken_over else "take_file",
            subject=subject,
            details={"from_account": before},
        )
        return found


def keep_file_in_hand(*, by: Actor, at: datetime, subject: models.Model) -> bool:
    """A sign of work from the holder; False when the file is in other hands by now or free."""
    user = _account(by)
    with transaction.atomic():
        found = _locked(subject)
        if found is None or found.holder_id != user.pk:
            return False
        _seen(found, at)
        return True


def release_file(*, by: Actor, at: datetime, subject: models.Model) -> bool:
    """Put a file back into the queue undecided; False when it was not in the actor's hands."""
    user = _account(by)
    with transaction.atomic():
        found = _locked(subject)
        if found is None or found.holder_id != user.pk:
            return False
        found.delete()
        record(at=at, by=by, action="release_file", subject=subject)
        return True


def hand_over_file(
    *, by: Actor, at: datetime, subject: models.Model, colleague: User, link: str = ""
) -> Assignment:
    """Give a file in one's hands to a colleague of the same office, who gets a message.

    Raises FileInOtherHands when it is not in the actor's hands, UnableToHandOver for an account that cannot decide it.
    """
    user = _account(by)
    with transaction.atomic():
        found = _locked(subject)
        policies.require_own(holder_id=found.holder_id if found else None, by_id=user.pk)
        assert found is not None
        policies.require_colleague(
            is_colleague=colleagues_of(user).filter(pk=colleague.pk).exists()
        )
        found.holder, found.taken_at, found.seen_at = colleague, at, at
        found.save(update_fields=["holder", "taken_at", "seen_at"])
        record(
            at=at,
            by=by,
            action="hand_over_file",
            subject=subject,
            details={"to_account": colleague.pk},
        )
        post_message(
            at=at,
            to=colleague.pk,
            event="file_handed_over",
            params={"file": found.label, "by": by.label},
            link=link,
        )
        return found


def work_on_file(*, by: Actor, at: datetime, subject: models.Model) -> None:
    """Asked by every decision on a part of a file, in its transaction: raises FileInOtherHands."""
    found = _locked(subject)
    if found is not None and by.user is not None:
        _require_free(found, by.user, at)
        if found.holder_id == by.user.pk:
            _seen(found, at)


def finish_file(*, by: Actor, at: datetime, subject: models.Model) -> None:
    """Asked by every decision that ends the work on a file: raises FileInOtherHands, else the file is out of hands."""
    found = _locked(subject)
    if found is not None and by.user is not None:
        _require_free(found, by.user, at)
        found.delete()


def _locked(subject: models.Model) -> Assignment | None:
    return (
        Assignment.objects.select_for_update()
        .filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
        .first()
    )


def _seen(found: Assignment, at: datetime) -> Assignment:
    if at > found.seen_at:
        found.seen_at = at
        found.save(update_fields=["seen_at"])
    return found


def _require_free(found: Assignment, user: User, at: datetime) -> None:
    policies.require_not_in_other_hands(
        holder_id=found.holder_id,
        holder_name=found.holder.shown_name,
        taken_at=found.taken_at,
        seen_at=found.seen_at,
        by_id=user.pk,
        at=at,
    )


def _account(by: Actor) -> User:
    if by.user is None:
        raise OutOfReach("no account to hold it")
    return by.user
