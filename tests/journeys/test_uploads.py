"""Uploading in a real browser: at once, with refusals and warnings in words, kept when the form has an error."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from pypdf import PdfReader

from foundation.documents.models import StagedFile
from foundation.documents.storing import read_bytes
from foundation.moments import moment
from orders.models import Contract
from tests.foundation import files
from tests.orders import build as orders

pytestmark = [
    pytest.mark.browser,
    pytest.mark.once,
    pytest.mark.django_db(transaction=True),
    pytest.mark.rule("F1", "F2", "F3", "F4"),
]

MORNING = moment(date(2020, 7, 6), 10)


@pytest.fixture
def material(tmp_path: Path):
    """A function that writes a file and gives its path."""

    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def slot(walker) -> Locator:
    """The file slot of the contract page of an order the provider has confirmed."""
    scene = orders.scene()
    scene.place()
    scene.confirm()
    walker.at(MORNING)
    walker.sign_in(scene.enterprise.account, f"/orders/{scene.order.pk}/contract/")
    walker.scene = scene
    return walker.page.locator("[data-stage-url]")


def choose(slot: Locator, *paths: Path) -> None:
    slot.locator("input[data-file-slot]").set_input_files(list(paths))


def fill(walker, **more) -> None:
    scene = walker.scene
    walker.fill(
        number="HT-1",
        signed_on="2020-07-01",
        total="20000",
        supported="20000",
        service_from="2020-07-01",
        service_until="2020-08-31",
        enterprise_name=scene.enterprise.name,
        provider_name=scene.provider.name,
        **more,
    )


def submit(walker) -> None:
    walker.press_here("上传合同")


def test_a_refusal_a_warning_and_a_replacement(walker, slot, material) -> None:
    choose(slot, material("坏.pdf", files.pdf_with_attachment()))
    expect(slot.get_by_role("alert")).to_contain_text("内嵌了其他文件")
    expect(slot.get_by_role("status")).to_have_text("")
    walker.look()
    assert not StagedFile.objects.exists()

    choose(slot, material("小图.png", files.png((600, 800))))
    expect(slot).to_contain_text("已上传 · PNG")
    expect(slot).to_contain_text("提示：文件清晰度偏低")
    expect(slot.get_by_role("alert")).to_have_count(0)
    thumbnail = slot.locator("img")
    expect(thumbnail).to_be_visible()
    assert thumbnail.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    walker.look()

    with walker.page.expect_response("**/discard/"):
        choose(slot, material("合同.pdf", files.scanned_pdf()))
    expect(slot).to_contain_text("已上传 · PDF")
    expect(slot.locator(".file-slot__item")).to_have_count(1)
    with walker.page.expect_response("**/discard/"):
        slot.get_by_role("button", name="移除 合同.pdf").click()
    expect(slot.locator("input[data-file-slot]")).to_be_focused()
    expect(slot.locator(".file-slot__item")).to_have_count(0)
    assert not StagedFile.objects.exists()


def test_pictures_are_turned_put_in_order_and_merged(walker, slot, material) -> None:
    red, blue = files.page((400, 600)), files.page((600, 400))
    choose(
        slot,
        material("第一.jpg", files.encoded(red, "JPEG")),
        material("第二.jpg", files.encoded(blue, "JPEG")),
    )
    pages = slot.locator(".file-slot__page")
    expect(pages).to_have_count(2)
    slot.get_by_role("button", name="第 2 页：右转").click()
    slot.get_by_role("button", name="第 2 页：前移").click()
    expect(pages.first).to_contain_text("第二.jpg")
    expect(slot.get_by_role("button", name="第 1 页：后移")).to_be_focused()
    expect(slot.get_by_role("status")).to_contain_text("已移到第 1 页")
    walker.look()
    slot.get_by_role("button", name="合并并上传").click()
    expect(slot).to_contain_text("已上传 · PDF")
    document = StagedFile.objects.get().document
    assert document.name == "第二.pdf"
    # The one that lay on its side stands upright like the other.
    sheets = PdfReader(BytesIO(read_bytes(document.storage_name))).pages
    assert [page.mediabox.width < page.mediabox.height for page in sheets] == [True, True]


def test_nothing_has_to_be_chosen_twice(walker, slot, material) -> None:
    choose(slot, material("合同.pdf", files.scanned_pdf()))
    expect(slot).to_contain_text("已上传 · PDF")
    document = StagedFile.objects.get().document
    fill(walker)
    submit(walker)
    expect(walker.page.locator("main .alert--error, main .alert-danger")).to_be_visible()
    walker.look()
    expect(slot).to_contain_text("已上传 · PDF")
    walker.fill(not_funded_elsewhere=True)
    submit(walker)
    walker.page.wait_for_url(f"**/orders/{walker.scene.order.pk}/")
    assert Contract.objects.get().document == document
    assert not StagedFile.objects.exists()


def test_a_form_sent_at_once_waits_for_its_files(walker, slot, material) -> None:
    fill(walker, not_funded_elsewhere=True)
    choose(
        slot,
        material("1.jpg", files.jpeg()),
        material("2.jpg", files.jpeg()),
    )
    submit(walker)
    walker.page.wait_for_url(f"**/orders/{walker.scene.order.pk}/")
    assert Contract.objects.get().document.name == "1.pdf"


def test_a_form_stays_when_its_file_is_refused(walker, slot, material) -> None:
    fill(walker, not_funded_elsewhere=True)
    choose(slot, material("坏.pdf", files.pdf_with_attachment()))
    submit(walker)
    expect(slot.get_by_role("alert")).to_contain_text("内嵌了其他文件")
    submit(walker)
    expect(slot.get_by_role("button", name="不上传此文件")).to_be_focused()
    assert not Contract.objects.exists()
    slot.get_by_role("button", name="不上传此文件").click()
    submit(walker)
    walker.sees("请填写或选择本项")


def test_without_scripts_the_plain_input_works(
    browser, live_server, walker, slot, material
) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(walker.page.context.cookies())
    page = context.new_page()
    page.goto(walker.page.url)
    scene = walker.scene
    for name, value in {
        "number": "HT-1",
        "signed_on": "2020-07-01",
        "total": "20000",
        "supported": "20000",
        "service_from": "2020-07-01",
        "service_until": "2020-08-31",
        "enterprise_name": scene.enterprise.name,
        "provider_name": scene.provider.name,
    }.items():
        page.fill(f'[name="{name}"]', value)
    page.check('[name="not_funded_elsewhere"]')
    page.set_input_files(
        '[name="contract_file"]',
        [material("1.jpg", files.jpeg()), material("2.jpg", files.jpeg())],
    )
    page.get_by_role("button", name="上传合同", exact=True).click()
    page.wait_for_url(f"**/orders/{scene.order.pk}/")
    assert Contract.objects.get().document.name == "1.pdf"
    context.close()
