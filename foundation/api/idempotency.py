"""Writes that are done once, however often the call comes: the answer is kept in the transaction of the act.

A call that comes again gets the same answer; one that comes while the first is under way is told so. A crash leaves
both the act and its answer, or neither.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.accounts.models import User
from foundation.api import problems
from foundation.api.models import KeptAnswer
from foundation.api.problems import Problem
from foundation.errors import Refusal

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,64}")
KEPT_HEADERS = ("ETag", "Location")
# The class of advisory locks for keys; another class than the lines of batches have.
LOCKS = 22084


def key_of(request: Request) -> str:
    """The key that came with a write; raises the problem of a missing or unsound one."""
    key = request.headers.get(HEADER, "")
    if not _KEY.fullmatch(key):
        raise Problem(problems.KEY_MISSING)
    return key


def fingerprint_of(request: Request) -> str:
    """A keyed digest of what is asked: method, address, and the body or the fields and files of a form."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.FILES:
        for name, value in sorted(request.POST.items()):
            digest.update(f"{name}={value}\n".encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                digest.update(f"{name}={file.name}\n".encode())
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
    else:
        text = json.dumps(request.data, sort_keys=True, ensure_ascii=True, default=str)
        digest.update(text.encode())
    # Keyed, for a body may hold an ID number, and those can be tried one by one (F5).
    return salted_hmac(__name__, digest.hexdigest(), algorithm="sha256").hexdigest()


def is_answered(request: Request) -> bool:
    """Whether the key has an answer already; only what is worth saving work may be decided by it."""
    return KeptAnswer.objects.filter(account=request.user.pk, key=key_of(request)).exists()


def once(request: Request, act: Callable[[], Response], *, repeats: bool = True) -> Response:
    """The answer to a write: of ``act``, or the one kept from before. ``repeats``: whether the body is kept.

    ``act`` runs in a transaction of its own making; a Refusal is an answer too, and is kept.
    """
    account: User = request.user  # type: ignore[assignment]
    key, fingerprint = key_of(request), fingerprint_of(request)
    try:
        with transaction.atomic():
            if not _hold(account.pk, key):
                raise Problem(problems.IN_FLIGHT, headers={"Retry-After": "1"})
            kept = KeptAnswer.objects.filter(account=account, key=key).first()
            if kept is not None:
                return _again(kept, fingerprint)
            response = _answer(act)
            _keep(account, key, fingerprint, response, at=request.at, repeats=repeats)
            return response
    except IntegrityError as error:
        if KeptAnswer._meta.constraints[0].name not in str(error) and "api_keptanswer" not in str(
            error
        ):
            raise
        # A twin without the lock was faster; what was done here is taken back.
        raise Problem(problems.IN_FLIGHT, headers={"Retry-After": "1"}) from error


def _answer(act: Callable[[], Response]) -> Response:
    try:
        # A refused act leaves nothing behind, whatever it had written by then.
        with transaction.atomic():
            return act()
    except Refusal as refusal:
        return problems.answer(problems.told_refusal(refusal))


def _hold(account_pk: int, key: str) -> bool:
    """Hold the key until the transaction ends; False while another does. SQLite lets one writer in at a time."""
    if connection.vendor != "postgresql":
        return True
    digest = hashlib.sha256(f"{account_pk}\n{key}".encode()).digest()
    number = int.from_bytes(digest[:4], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCKS, number])
        return bool(cursor.fetchone()[0])


def _keep(
    account: User, key: str, fingerprint: str, response: Response, *, at: Any, repeats: bool
) -> None:
    if response.status_code == problems.UNAVAILABLE.status:
        return  # nothing was decided: the next try may well succeed
    refused = response.status_code >= 400
    body = JSONRenderer().render(response.data).decode() if repeats or refused else ""
    KeptAnswer.objects.create(
        account=account,
        key=key,
        fingerprint=fingerprint,
        status=response.status_code,
        headers={name: response[name] for name in KEPT_HEADERS if response.has_header(name)},
        body=body,
        at=at,
    )


def _again(kept: KeptAnswer, fingerprint: str) -> Response:
    if not constant_time_compare(kept.fingerprint, fingerprint):
        raise Problem(problems.KEY_REUSED)
    if not kept.body:
        raise Problem(problems.ANSWER_GONE)
    media_type = problems.MEDIA_TYPE if kept.status >= 400 else None
    return Response(
        json.loads(kept.body),
        status=kept.status,
        headers={**kept.headers, REPLAYED: "true"},
        content_type=media_type,
    )
