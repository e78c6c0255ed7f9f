"""One archive with every material of a claim, and the proof that nothing in it was changed (R6)."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryFile
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError

from foundation.audit.models import AuditEntry
from foundation.documents.models import Document
from foundation.errors import OutOfReach
from redemption import archive_check
from redemption.archive import build_archive
from redemption.archive_check import MANIFEST, verify_archive
from redemption.operations.archiving import UnableToHandOver, hand_over_archive
from redemption.queries import papers_of
from tests import build, scans
from tests.redemption import build as b

pytestmark = pytest.mark.django_db


def settled_claim() -> b.World:
    """A settled claim of two lines with a supplement, an opinion, and an objection with evidence."""
    made = b.at_step("submit", 2)
    made.ask(0)
    made.request()
    made.supply(0)
    made.advise(made.assign())
    made.pass_line(0)
    made.pass_line(1)
    made.finish()
    made.approve()
    made.publish()
    objection = made.object(1, evidence_files=[scans.sent("照片.pdf")])
    made.answer(objection, uphold=True)
    made.settle(0)
    made.fresh()
    return made


def archive_of(made: b.World) -> bytes:
    target = BytesIO()
    build_archive(made.claim, target)
    return target.getvalue()


def rewritten(content: bytes, change) -> BytesIO:
    """The archive with its entries {path: bytes} put through ``change``."""
    with ZipFile(BytesIO(content)) as source:
        entries = {info.filename: source.read(info) for info in source.infolist()}
    change(entries)
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for path, data in entries.items():
            archive.writestr(path, data)
    target.seek(0)
    return target


@pytest.mark.rule("R6")
def test_the_archive_holds_every_material_and_says_what_each_is():
    made = settled_claim()
    content = archive_of(made)
    with ZipFile(BytesIO(content)) as archive:
        manifest = json.loads(archive.read(MANIFEST))
        names = set(archive.namelist())
        assert {entry["path"] for entry in manifest["files"]} == names - {MANIFEST}
        for entry in manifest["files"]:
            data = archive.read(entry["path"])
            assert entry["sha256"] == sha256(data).hexdigest()
            assert entry["size"] == len(data)
        data = json.loads(archive.read("claim.json"))
    expected = {made.claim.form_scan.sha256, made.claim.detail_scan.sha256}
    for papers in papers_of(made.claim.lines.all()).values():
        files = [papers.contract, *papers.invoices, *papers.transfers]
        expected |= {paper.document.sha256 for paper in files}
    expected.add(made.line(0).supplements.get().document.sha256)
    expected.add(made.line(1).objections.get().evidence.get().sha256)
    expected.add(made.claim.settlements.get().receipt.sha256)
    assert len(expected) == 2 + 2 * 3 + 3
    assert expected <= {entry["sha256"] for entry in manifest["files"]}
    assert data["number"] == made.claim.number
    assert [line["state"] for line in data["lines"]] == ["已兑现", "不予兑现"]
    assert data["opinions"][0]["advice"] == "建议通过"
    assert data["settlements"][0]["amount"] == "5000.00"


@pytest.mark.rule("R6", "F5")
def test_no_phone_id_or_bank_account_goes_into_the_claims_data():
    made = settled_claim()
    with ZipFile(BytesIO(archive_of(made))) as archive:
        data = archive.read("claim.json").decode()
    provider = made.scene.provider
    for secret in ("13812345678", provider.bank_account, provider.contact_mobile):
        assert secret not in data


@pytest.mark.rule("R6")
def test_the_same_claim_gives_the_same_archive():
    made = settled_claim()
    assert archive_of(made) == archive_of(made)


@pytest.mark.rule("R6")
def test_an_untouched_archive_is_sound():
    verdict = verify_archive(BytesIO(archive_of(settled_claim())))
    assert verdict.is_sound
    assert verdict.checked > 10


@pytest.mark.rule("R6")
def test_every_changed_missing_and_extra_file_is_named():
    content = archive_of(settled_claim())

    def tamper(entries: dict[str, bytes]) -> None:
        paths = [path for path in entries if path not in {MANIFEST, "claim.json"}]
        entries[paths[0]] = entries[paths[0]][:-1] + b"!"
        entries[paths[1]] += b"more"
        del entries[paths[2]]
        entries["another.pdf"] = b"%PDF-"
        tamper.paths = paths[:3]  # type: ignore[attr-defined]

    verdict = verify_archive(rewritten(content, tamper))
    changed_1, changed_2, missing = tamper.paths  # type: ignore[attr-defined]
    assert verdict.changed == [changed_1, changed_2]
    assert verdict.missing == [missing]
    assert verdict.extra == ["another.pdf"]
    assert not verdict.is_sound


@pytest.mark.rule("R6")
@pytest.mark.parametrize(
    "manifest",
    [
        None,
        b"",
        b"no json",
        b"[]",
        b"{}",
        b'{"format": "other", "files": []}',
        b'{"format": "voucher-claim-archive/1"}',
        b'{"format": "voucher-claim-archive/1", "files": [{"path": "a"}]}',
        b"[" * 100_000,
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_archive_without_a_sound_manifest_proves_nothing(manifest):
    def tamper(entries: dict[str, bytes]) -> None:
        del entries[MANIFEST]
        if manifest is not None:
            entries[MANIFEST] = manifest

    target = BytesIO()
    with ZipFile(target, "w") as archive:
        archive.writestr(MANIFEST, b"")
        archive.writestr("a", b"")
    verdict = verify_archive(rewritten(target.getvalue(), tamper))
    assert verdict.fault
    assert not verdict.is_sound


@pytest.mark.rule("R6")
def test_what_is_no_zip_or_is_cut_off_is_said_to_be_so():
    content = archive_of(settled_claim())
    for broken in (b"", b"no zip at all", content[: len(content) // 2], content[100:]):
        verdict = verify_archive(BytesIO(broken))
        assert not verdict.is_sound
    # A flipped byte in the middle of a file.
    middle = bytearray(content)
    middle[300] ^= 0xFF
    assert not verify_archive(BytesIO(bytes(middle))).is_sound


@pytest.mark.rule("R6")
@pytest.mark.parametrize("place", ["before", "after", "between"])
def test_bytes_that_belong_to_no_file_are_counted(place):
    content = archive_of(settled_claim())
    with ZipFile(BytesIO(content)) as archive:
        start = archive.start_dir
    added = {
        "before": b"#!" + content,
        "after": content + b"\0\0",
        "between": content[:start] + b"\0\0" + content[start:],
    }[place]
    verdict = verify_archive(BytesIO(added))
    assert not verdict.is_sound
    assert verdict.stray_bytes == 2 or verdict.fault


@pytest.mark.rule("R6")
def test_any_byte_changed_changes_the_digest_noted_at_the_hand_over():
    content = archive_of(settled_claim())
    noted = sha256(content).hexdigest()
    assert archive_check.conclusion(verify_archive(BytesIO(content)), noted) == ""
    for place in range(0, len(content), max(len(content) // 40, 1)):
        bent = bytearray(content)
        bent[place] ^= 1
        verdict = verify_archive(BytesIO(bytes(bent)))
        assert archive_check.conclusion(verdict, noted)


@pytest.mark.rule("R6")
def test_an_auditor_needs_nothing_but_python(tmp_path: Path):
    content = archive_of(settled_claim())
    sound, bent = tmp_path / "sound.zip", tmp_path / "bent.zip"
    sound.write_bytes(content)
    bent.write_bytes(rewritten(content, lambda entries: entries.popitem()).getvalue())
    # -I: neither the portal nor anything installed for it can be imported.
    command = [sys.executable, "-I", "-S", archive_check.__file__]
    done = subprocess.run([*command, sound], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "档案完整" in done.stdout
    done = subprocess.run([*command, bent], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    done = subprocess.run(
        [*command, sound, "--digest", "0" * 64], capture_output=True, text=True, check=False
    )
    assert "与移交时登记的不一致" in done.stdout


@pytest.mark.rule("R6")
def test_a_large_archive_takes_no_more_memory_than_a_small_one():
    made = settled_claim()
    size = 48 * 1024 * 1024
    document = papers_of(made.claim.lines.all())[made.line(0).order_id].contract.document
    big = b"%PDF-" + bytes(size)
    default_storage.delete(document.storage_name)
    default_storage.save(document.storage_name, ContentFile(big))
    Document.objects.filter(pk=document.pk).update(sha256=sha256(big).hexdigest(), size=len(big))
    del big
    with TemporaryFile() as target:
        tracemalloc.start()
        build_archive(made.claim, target)
        target.seek(0)
        assert verify_archive(target).is_sound
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert target.seek(0, 2) > size
    assert peak < 8 * 1024 * 1024


@pytest.mark.rule("R6")
def test_a_second_entry_of_the_same_name_is_extra():
    content = archive_of(settled_claim())
    target = BytesIO(content)
    with pytest.warns(UserWarning, match="Duplicate name"), ZipFile(target, "a") as archive:
        archive.writestr("claim.json", b"{}")
    verdict = verify_archive(target)
    assert verdict.extra == ["claim.json"]
    assert not verdict.is_sound


@pytest.mark.rule("R6")
def test_the_command_names_what_is_wrong_and_fails(tmp_path: Path):
    made = settled_claim()
    file = tmp_path / "archive.zip"
    with file.open("wb") as target:
        digest = build_archive(made.claim, target)
    out = StringIO()
    call_command("verify_archive", str(file), digest=digest, stdout=out)
    assert "档案完整" in out.getvalue()
    with pytest.raises(CommandError, match="登记的不一致") as failure:
        call_command("verify_archive", str(file), digest="0" * 64, stdout=StringIO())
    assert failure.value.returncode == 1

    def tamper(entries: dict[str, bytes]) -> None:
        entries["claim.json"] = b"{}"
        entries["another.pdf"] = b""

    changed = tmp_path / "changed.zip"
    changed.write_bytes(rewritten(file.read_bytes(), tamper).read())
    out = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("verify_archive", str(changed), stdout=out)
    assert failure.value.returncode == 1
    assert "被改动：claim.json" in out.getvalue()
    assert "多出：another.pdf" in out.getvalue()
    with pytest.raises(CommandError, match="无法打开"):
        call_command("verify_archive", str(tmp_path / "none.zip"), stdout=StringIO())


@pytest.mark.rule("R6")
def test_a_stored_file_that_is_gone_or_changed_is_not_vouched_for():
    made = settled_claim()
    document = made.claim.form_scan
    Document.objects.filter(pk=document.pk).update(sha256="0" * 64)
    made.fresh()
    with pytest.raises(UnableToHandOver, match="与上传时不一致"):
        hand_over_archive(by=made.approver, at=b.SETTLED, claim=made.claim, target=BytesIO())
    Document.objects.filter(pk=document.pk).update(
        sha256=document.sha256, storage_name="00/nothing"
    )
    made.fresh()
    with pytest.raises(UnableToHandOver, match="缺失"):
        hand_over_archive(by=made.approver, at=b.SETTLED, claim=made.claim, target=BytesIO())
    assert not AuditEntry.objects.filter(action="hand_over_archive").exists()


@pytest.mark.rule("R6")
def test_each_handing_over_is_audited_with_the_manifests_digest():
    made = settled_claim()
    target = BytesIO()
    digest = hand_over_archive(by=made.reviewer, at=b.SETTLED, claim=made.claim, target=target)
    entry = AuditEntry.objects.get(action="hand_over_archive")
    assert entry.details == {
        "manifest_sha256": digest,
        "archive_sha256": sha256(target.getvalue()).hexdigest(),
    }
    assert entry.actor == made.contractor
    target.seek(0)
    assert verify_archive(target).manifest_sha256 == digest


@pytest.mark.rule("R6")
def test_only_contractor_and_bureau_of_the_city_get_the_archive():
    made = b.at_step("settle")
    foshan = build.city("foshan")
    for actor in (
        made.seller,
        made.adviser,
        build.actor(build.account("bureau", of=foshan)),
        build.actor(build.account("contractor", city=None)),
        build.actor(build.account("province")),
        b.PUBLIC,
    ):
        with pytest.raises(OutOfReach):
            hand_over_archive(by=actor, at=b.SETTLED, claim=made.claim, target=BytesIO())


@pytest.mark.rule("R6")
def test_a_draft_is_handed_over_to_nobody():
    made = b.at_step("attach")
    with pytest.raises(OutOfReach):
        hand_over_archive(by=made.approver, at=b.SETTLED, claim=made.claim, target=BytesIO())


def test_hostile_file_names_stay_inside_the_archive():
    made = b.at_step("settle")
    Document.objects.filter(pk=made.claim.form_scan_id).update(name="../../etc/passwd\x01\n.pdf")
    made.fresh()
    with ZipFile(BytesIO(archive_of(made))) as archive:
        for name in archive.namelist():
            assert ".." not in name.split("/")
            assert not name.startswith("/")
            assert name.isprintable()
    assert default_storage.exists(made.claim.form_scan.storage_name)
