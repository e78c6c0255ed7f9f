"""Every address of the API, put together from the apps; each has a name of its own in tests/access/table.py."""

from __future__ import annotations

from django.urls import path
from django.urls.resolvers import URLPattern

from enterprises.api import own
from foundation.api.views import Api
from foundation.documents import api as files
from foundation.notices import api as notices
from foundation.public_record import public_record
from foundation.regions import api as regions
from orders.api import orders
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

FILES = [
    path("files/", files.Files.as_view(), name="files"),
    path("files/<int:pk>/", files.FileDetail.as_view(), name="file"),
    path("files/<int:pk>/content/", files.FileContent.as_view(), name="file-content"),
    path("files/<int:pk>/discard/", files.FileDiscard.as_view(), name="file-discard"),
]

ENTERPRISE = [
    path("enterprise/", own.OwnEnterprise.as_view(), name="enterprise"),
    path("enterprise/register/", own.Register.as_view(), name="enterprise-register"),
    path("enterprise/profile/", own.OwnProfile.as_view(), name="profile"),
    path("enterprise/qualification/", own.OwnQualification.as_view(), name="qualification"),
    path("enterprise/qualification/start/", own.StartYear.as_view(), name="qualification-start"),
    path("enterprise/qualification/declaration/", own.Declaration.as_view(), name="declaration"),
    path(
        "enterprise/qualification/materials/<slug:slot>/",
        own.Material.as_view(),
        name="qualification-material",
    ),
    path("enterprise/qualification/submit/", own.Submit.as_view(), name="qualification-submit"),
    path("enterprise/qualification/rounds/", own.Rounds.as_view(), name="qualification-rounds"),
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


def step(verb: str, view: type[Api]) -> URLPattern:
    """A step of an order."""
    name = "order-" + verb.replace("/", "-")
    return path(f"orders/<int:pk>/{verb}/", view.as_view(), name=name)


ORDERS = [
    path("orders/", orders.Orders.as_view(), name="orders"),
    path("orders/place/", orders.PlaceOrder.as_view(), name="order-place"),
    path("orders/<int:pk>/", orders.OrderDetail.as_view(), name="order"),
    step("contact", orders.Contact),
    step("confirm", orders.Confirm),
    step("decline", orders.Decline),
    step("cancel", orders.Cancel),
    step("cancellation/ask", orders.AskCancellation),
    step("cancellation/agree", orders.AgreeCancellation),
    step("cancellation/withdraw", orders.WithdrawCancellation),
    step("contract", orders.UploadContract),
    step("contract/confirm", orders.ConfirmContract),
    step("contract/return", orders.ReturnContract),
    step("payment", orders.Pay),
    step("payment/correct", orders.CorrectPayment),
    step("payment/accept", orders.AcceptPayment),
    step("payment/ask-correction", orders.AskCorrection),
    step("payment/ask-return", orders.AskReturn),
]

urlpatterns = [
    path("schema/", api_docs.schema, name="schema"),
    path("docs/", api_docs.Docs.as_view(), name="docs"),
    *PUBLIC,
    *OWN,
    *FILES,
    *ENTERPRISE,
    *ORDERS,
]
