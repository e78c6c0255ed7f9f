"""Every address of the API, put together from the apps; each has a name of its own in tests/access/table.py."""

from __future__ import annotations

from django.urls import path
from django.urls.resolvers import URLPattern

from foundation.api.views import Api
from foundation.notices import api as notices
from foundation.public_record import public_record
from foundation.regions import api as regions
from orders.catalogue import api as catalogue
from redemption.api import public as publicity
from voucher_portal import api_docs
from vouchers.api import enterprise as wallet
from vouchers.api import public as batches

app_name = "api"


def public(route: str, view: type[Api], name: str) -> URLPattern:
    """An address of the public record."""
    return path(route, public_record(view.as_view()), name=name)


PUBLIC = [
    public("problems/", api_docs.Problems, "problems"),
    public("cities/", regions.Cities, "cities"),
    public("notices/", notices.Notices, "notices"),
    public("notices/<int:pk>/", notices.NoticeDetail, "notice"),
    public(
        "notices/<int:pk>/attachments/<int:document_pk>/",
        notices.NoticeAttachment,
        "notice-attachment",
    ),
    public("programmes/", batches.Programmes, "programmes"),
    public("batches/", batches.Batches, "batches"),
    public("batches/<int:pk>/", batches.BatchDetail, "batch"),
    public("batches/<int:pk>/results/<int:round_number>/", batches.Results, "results"),
    public(
        "batches/<int:pk>/results/<int:round_number>/download/",
        batches.ResultDownload,
        "result-download",
    ),
    public("products/", catalogue.Products, "products"),
    public("products/<int:pk>/", catalogue.ProductDetail, "product"),
    public("products/<int:pk>/comments/", catalogue.ProductComments, "product-comments"),
    public("providers/<int:pk>/", catalogue.ProviderDetail, "provider"),
    public("publicity/", publicity.PublicityLists, "publicity"),
    public("publicity/<int:pk>/lines/", publicity.PublicityLines, "publicity-lines"),
    public("publicity/results/", publicity.SettlementResults, "settlement-results"),
]

OWN = [
    path("messages/", notices.OwnMessages.as_view(), name="messages"),
    path("messages/<int:pk>/read/", notices.ReadMessage.as_view(), name="message-read"),
]

ENTERPRISE = [
    path(
        "enterprise/batches/<int:batch_pk>/eligibility/",
        wallet.Eligibility.as_view(),
        name="eligibility",
    ),
    path("enterprise/batches/<int:batch_pk>/apply/", wallet.Apply.as_view(), name="apply"),
    path("enterprise/applications/", wallet.Applications.as_view(), name="applications"),
    path(
        "enterprise/applications/<int:pk>/", wallet.ApplicationDetail.as_view(), name="application"
    ),
    path(
        "enterprise/applications/<int:pk>/receipt/",
        wallet.ApplicationReceipt.as_view(),
        name="application-receipt",
    ),
    path("enterprise/applications/<int:pk>/withdraw/", wallet.Withdraw.as_view(), name="withdraw"),
    path("enterprise/vouchers/", wallet.Vouchers.as_view(), name="vouchers"),
    path("enterprise/vouchers/<int:pk>/", wallet.VoucherDetail.as_view(), name="voucher"),
    path(
        "enterprise/vouchers/<int:pk>/ledger/",
        wallet.VoucherLedger.as_view(),
        name="voucher-ledger",
    ),
    path("enterprise/vouchers/<int:pk>/return/", wallet.Return.as_view(), name="voucher-return"),
]

urlpatterns = [
    path("schema/", api_docs.schema, name="schema"),
    path("docs/", api_docs.Docs.as_view(), name="docs"),
    *PUBLIC,
    *OWN,
    *ENTERPRISE,
]
