"""How a record's plain fields read at the desk."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import result_headers
from django.urls import reverse

from foundation.accounts.models import Role
from tests import build

pytestmark = pytest.mark.django_db


def test_figures_shares_and_yes_or_no_are_written_for_people(client):
    programme = build.programme()
    client.force_login(build.account(Role.BUREAU))
    page = client.get(reverse("admin:vouchers_programme_change", args=[programme.pk]))
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page.content.decode()))
    assert facts["每家企业年度限额（元）"] == f"{programme.enterprise_cap:,.2f}".removesuffix(".00")
    assert facts["补助比例"] == "50%"
    assert facts["启用递补"] == "否"


def test_no_list_has_a_heading_in_english(client):
    build.apply(build.batch(), build.enterprise(), 1000)
    client.force_login(build.account(Role.BUREAU))
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        page = client.get(reverse(f"admin:{name}_changelist"))
        if page.status_code == 200 and "cl" in (page.context or {}):
            for header in result_headers(page.context["cl"]):
                assert re.search("[\u4e00-\u9fff]", str(header["text"])), (name, header["text"])
