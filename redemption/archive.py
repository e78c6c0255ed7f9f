"""One archive with every material of a claim, and the proof that nothing in it was changed later (R6).

A ZIP with the files, ``claim.json`` (the claim's data) and ``manifest.json`` (SHA-256 and size of every other entry).
The same claim in the same state always gives the same manifest, and the audit trail keeps the manifest's own digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.files.storage import default_storage

from foundation.documents.models import Document
from foundation.moments import local_day
from redemption.archive_check import CHUNK, FORMAT, MANIFEST
from redemption.models import Claim, ClaimLine, ExpertOpinion, Objection, Settlement
from redemption.queries import papers_of

CLAIM_DATA = "claim.json"
# Entries carry no time of their own, so that the same claim gives the same bytes.
NO_TIME = (1980, 1, 1, 0, 0, 0)


class ArchiveIncomplete(Exception):
    """A stored file is missing or no longer what was uploaded, so no archive can vouch for it."""


# Building


def build_archive(claim: Claim, target: IO[bytes]) -> str:
    """Write the archive of a claim to ``target``; the SHA-256 of its manifest, hex.

    Files stream through in chunks. Raises ArchiveIncomplete when a stored file does not match its record.
    """
    entries: list[dict[str, Any]] = []
    with ZipFile(target, "w", ZIP_STORED, allowZip64=True) as archive:
        # One file may prove two things, two invoices on one page for instance; it goes in once.
        for path, document in dict(_materials(claim)).items():
            _add_document(archive, entries, path, document)
        data = json.dumps(_claim_data(claim), ensure_ascii=False, indent=2, sort_keys=True)
        _add_bytes(archive, entries, CLAIM_DATA, data.encode())
        manifest = json.dumps(
            {"format": FORMAT, "claim": claim.number, "files": entries},
            ensure_ascii=False,
            indent=2,
            sort_keys=True,
        ).encode()
        archive.writestr(_info(MANIFEST, ZIP_DEFLATED), manifest)
    return hashlib.sha256(manifest).hexdigest()


def _info(path: str, method: int = ZIP_STORED) -> ZipInfo:
    info = ZipInfo(path, NO_TIME)
    info.compress_type = method
    return info


def _add_bytes(archive: ZipFile, entries: list[dict[str, Any]], path: str, content: bytes) -> None:
    archive.writestr(_info(path, ZIP_DEFLATED), content)
    entries.append(
        {"path": path, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    )


def _add_document(
    archive: ZipFile, entries: list[dict[str, Any]], path: str, document: Document
) -> None:
    digest, size = hashlib.sha256(), 0
    try:
        with (
            default_storage.open(document.storage_name) as source,
            archive.open(_info(path), "w", force_zip64=True) as entry,
        ):
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                entry.write(chunk)
    except FileNotFoundError as error:
        raise ArchiveIncomplete(
            f"文件“{document.name}”（编号 {document.pk}）在存储中缺失。"
        ) from error
    if digest.hexdigest() != document.sha256 or size != document.size:
        raise ArchiveIncomplete(f"文件“{document.name}”（编号 {document.pk}）与上传时不一致。")
    entries.append({"path": path, "sha256": digest.hexdigest(), "size": size})


def _materials(claim: Claim) -> Iterator[tuple[str, Document]]:
    """Every file of the claim with its path in the archive; the document's number keeps paths apart."""
    for title, scan in (("兑现申请表", claim.form_scan), ("明细汇总表", claim.detail_scan)):
        if scan is not None:
            yield _path("", title, scan), scan
    papers = papers_of(ClaimLine.objects.filter(claim=claim))
    for line in _lines(claim):
        folder = line.order.number
        paper = papers[line.order_id]
        if paper.contract is not None:
            yield _path(folder, "合同", paper.contract.document), paper.contract.document
        for invoice in paper.invoices:
            yield _path(folder, "发票", invoice.document), invoice.document
        for transfer in paper.transfers:
            yield _path(folder, "转账凭证", transfer.document), transfer.document
        for supplement in line.supplements.select_related("document"):
            if supplement.document is not None:
                yield _path(folder, "补充材料", supplement.document), supplement.document
        for objection in line.objections.order_by("pk"):
            for document in objection.evidence.order_by("pk"):
                yield _path(folder, "复核申请证据", document), document
    for settlement in _settlements(claim):
        yield _path("", "银行回单", settlement.receipt), settlement.receipt


def _path(folder: str, title: str, document: Document) -> str:
    """A path that is safe on every system, whatever the file was called."""
    name = re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", document.name).strip(". ") or "file"
    return "/".join(part for part in (folder, f"{title}-{document.pk}-{name[-80:]}") if part)


def _lines(claim: Claim) -> list[ClaimLine]:
    return list(
        ClaimLine.objects.filter(claim=claim)
        .select_related(
            "order__profile", "order__enterprise", "order__product_version", "reviewed_by__person"
        )
        .order_by("pk")
    )


def _settlements(claim: Claim) -> list[Settlement]:
    return list(
        Settlement.objects.filter(claim=claim)
        .select_related("receipt", "recorded_by__person")
        .order_by("pk")
    )


def _claim_data(claim: Claim) -> dict[str, Any]:
    """The claim as data: money as strings, moments in ISO 8601; no ID numbers, phones or bank accounts (F5)."""
    return {
        "number": claim.number,
        "programme": str(claim.programme),
        "provider": {"name": claim.provider.name, "credit_code": claim.provider.credit_code},
        "state": claim.get_state_display(),
        "prepared": _act(claim.prepared_at, claim.prepared_by),
        "submitted_at": _iso(claim.submitted_at),
        "first_reviewed": _act(claim.first_reviewed_at, claim.first_reviewed_by),
        "approved": _act(claim.approved_at, claim.approved_by),
        "published_at": _iso(claim.publicity.published_at if claim.publicity else None),
        "settled_at": _iso(claim.settled_at),
        "lines": [
            {
                "order": line.order.number,
                "enterprise": line.order.profile.name,
                "credit_code": line.order.enterprise.credit_code,
                "product": line.order.product_version.name,
                "amount": str(line.amount),
                "state": line.get_state_display(),
                "reason": line.reason,
                "reviewed": _act(line.reviewed_at, line.reviewed_by),
                "supplements": [
                    {
                        "asked_at": _iso(supplement.asked_at),
                        "reason": supplement.reason,
                        "answered_at": _iso(supplement.answered_at),
                        "taken_back_at": _iso(supplement.taken_back_at),
                        "answer": supplement.answer,
                    }
                    for supplement in line.supplements.all()
                ],
                "objections": [
                    {
                        "receipt": objection.receipt,
                        "name": objection.name,
                        "filed_at": _iso(objection.filed_at),
                        "statement": objection.statement,
                        "state": objection.get_state_display(),
                        "answered": _act(objection.answered_at, objection.answered_by),
                        "answer": objection.answer,
                    }
                    for objection in Objection.objects.filter(line=line)
                    .select_related("answered_by__person")
                    .order_by("pk")
                ],
            }
            for line in _lines(claim)
        ],
        "opinions": [
            {
                "expert": opinion.expert.shown_name,
                "advice": opinion.get_advice_display(),
                "text": opinion.text,
                "given_at": _iso(opinion.given_at),
            }
            for opinion in ExpertOpinion.objects.filter(claim=claim)
            .select_related("expert__person")
            .order_by("pk")
        ],
        "settlements": [
            {
                "amount": str(settlement.amount),
                "paid_on": settlement.paid_on.isoformat(),
                "receipt_number": settlement.receipt_number,
                "recorded": _act(settlement.recorded_at, settlement.recorded_by),
            }
            for settlement in _settlements(claim)
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _act(at: datetime | None, by: Any) -> dict[str, str] | None:
    return {"at": at.isoformat(), "by": by.shown_name} if at and by else None


def archive_name(claim: Claim) -> str:
    """The file name under which an archive is handed over."""
    day = local_day(claim.settled_at or claim.approved_at or claim.prepared_at)
    return f"{claim.number}-{day:%Y%m%d}.zip"
