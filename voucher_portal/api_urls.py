"""Every address of the API, put together from the apps; each has a name of its own in tests/access/table.py."""

from __future__ import annotations

from django.db.models import Model
from django.urls import path
from django.urls.resolvers import URLPattern

from dashboards import api as figures
from enterprises.api import own
from enterprises.models import Qualification
from foundation.api.views import Api
from foundation.documents import api as files
from foundation.notices import api as notices
from foundation.public_record import public_record
from foundation.queues_api import Queues
from foundation.regions import api as regions
from foundation.reviewing.api import screens as reviewing
from foundation.rosters import api as rosters
from orders.api import orders, rooms
from orders.api import staff as returns
from orders.catalogue import api as catalogue
from providers.api import own as products
from providers.models import ChangeRequest, ProductVersion, Provider
from redemption.api import provider as claims
from redemption.api import public as publicity
from redemption.api import staff as desk
from redemption.models import Claim
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
PROVIDER = [
    path("provider/", products.OwnProvider.as_view(), name="own-provider"),
    path("provider/rooms/", rooms.Rooms.as_view(), name="rooms"),
    path("provider/products/", products.OwnProducts.as_view(), name="own-products"),
    path("provider/products/<int:pk>/", products.OwnProduct.as_view(), name="own-product"),
    path("provider/products/<int:pk>/draft/", products.Draft.as_view(), name="product-draft"),
    path("provider/products/<int:pk>/next/", products.NextVersion.as_view(), name="product-next"),
    path("provider/products/<int:pk>/copy/", products.Copy.as_view(), name="product-copy"),
    path(
        "provider/products/<int:pk>/evidence/", products.Evidence.as_view(), name="product-evidence"
    ),
    path(
        "provider/products/<int:pk>/evidence/<int:evidence_pk>/remove/",
        products.RemoveEvidence.as_view(),
        name="product-evidence-remove",
    ),
    path("provider/products/<int:pk>/submit/", products.Submit.as_view(), name="product-submit"),
    path("provider/products/<int:pk>/discard/", products.Discard.as_view(), name="product-discard"),
    path(
        "provider/products/<int:pk>/withdraw/", products.Withdraw.as_view(), name="product-withdraw"
    ),
    path("provider/claimable/", claims.ClaimableProgrammes.as_view(), name="claimable"),
    path(
        "provider/claimable/<int:programme_pk>/orders/",
        claims.ClaimableOrders.as_view(),
        name="claimable-orders",
    ),
    path("provider/claims/", claims.Claims.as_view(), name="claims"),
    path("provider/claims/<int:pk>/", claims.ClaimDetail.as_view(), name="claim"),
    path("provider/claims/<int:pk>/lines/", claims.ClaimLines.as_view(), name="claim-lines"),
    path("provider/claims/<int:pk>/scans/<slug:slot>/", claims.Scan.as_view(), name="claim-scan"),
    path("provider/claims/<int:pk>/submit/", claims.SubmitClaim.as_view(), name="claim-submit"),
    path("provider/claims/<int:pk>/give-up/", claims.GiveUpClaim.as_view(), name="claim-give-up"),
    path("provider/claims/<int:pk>/form/", claims.FormPdf.as_view(), name="claim-form"),
    path("provider/claims/<int:pk>/detail/", claims.DetailPdf.as_view(), name="claim-detail"),
    path(
        "provider/claims/<int:pk>/form/workbook/",
        claims.FormWorkbook.as_view(),
        name="claim-form-workbook",
    ),
    path(
        "provider/claims/<int:pk>/detail/workbook/",
        claims.DetailWorkbook.as_view(),
        name="claim-detail-workbook",
    ),
    path("provider/lines/<int:pk>/supply/", claims.Supply.as_view(), name="line-supply"),
]
# The desks with a review screen: their word in addresses and names, and what their files are called.
REVIEWS: list[tuple[str, type[Model], str]] = [
    ("qualifications", Qualification, "企业资料"),
    ("providers", Provider, "机构资料"),
    ("changes", ChangeRequest, "机构变更"),
    ("products", ProductVersion, "产品"),
    ("claims", Claim, "兑现申请"),
]


def reviews(word: str, model: type[Model], what: str) -> list[URLPattern]:
    """The addresses of one desk's review screen."""
    views = reviewing.views_of(model, what)
    found = []
    for name, view in views.items():
        ending = {"list": "", "screen": "<int:pk>/"}.get(name, f"<int:pk>/{name}/")
        found.append(
            path(f"staff/reviews/{word}/{ending}", view.as_view(), name=f"review-{word}-{name}")
        )
    return found


STAFF = [
    path("staff/queues/", Queues.as_view(), name="queues"),
    *(one for review in REVIEWS for one in reviews(*review)),
    path("staff/opinions/", desk.Opinions.as_view(), name="opinions"),
    path("staff/opinions/<int:pk>/give/", desk.GiveOpinion.as_view(), name="opinion-give"),
    path("staff/payment-returns/", returns.PaymentReturns.as_view(), name="payment-returns"),
    path(
        "staff/payment-returns/<int:pk>/grant/",
        returns.GrantReturn.as_view(),
        name="payment-return-grant",
    ),
    path(
        "staff/payment-returns/<int:pk>/refuse/",
        returns.RefuseReturn.as_view(),
        name="payment-return-refuse",
    ),
    path("staff/publicity/publish/", desk.Publish.as_view(), name="publicity-publish"),
    path("staff/objections/", desk.Objections.as_view(), name="objections"),
    path(
        "staff/objections/<int:pk>/answer/", desk.AnswerObjection.as_view(), name="objection-answer"
    ),
    path(
        "staff/objections/<int:pk>/contact/",
        desk.ObjectionContact.as_view(),
        name="objection-contact",
    ),
    path("staff/settlements/", desk.Settlements.as_view(), name="settlements"),
    path("staff/claims/<int:pk>/settle/", desk.Settle.as_view(), name="claim-settle"),
    path("staff/claims/<int:pk>/archive/", desk.Archive.as_view(), name="claim-archive"),
    path("staff/reports/", desk.Reports.as_view(), name="reports"),
    path("staff/reports/<int:pk>/", desk.Report.as_view(), name="report"),
    path("staff/reports/<int:pk>/printed/", desk.PrintedReport.as_view(), name="report-printed"),
    path("staff/rosters/", rosters.Imports.as_view(), name="roster-imports"),
    path("staff/rosters/check/", rosters.CheckImport.as_view(), name="roster-check"),
    path("staff/rosters/<int:pk>/", rosters.ImportDetail.as_view(), name="roster-import"),
    path("staff/rosters/<int:pk>/rows/", rosters.ImportRows.as_view(), name="roster-rows"),
    path("staff/rosters/<int:pk>/apply/", rosters.ApplyImport.as_view(), name="roster-apply"),
    path("staff/rosters/<int:pk>/discard/", rosters.DiscardImport.as_view(), name="roster-discard"),
    path("staff/rosters/<int:pk>/undo/", rosters.UndoImport.as_view(), name="roster-undo"),
    path("staff/figures/", figures.Coverage.as_view(), name="figures"),
    path("staff/figures/<slug:table>/", figures.Figures.as_view(), name="figures-table"),
]

urlpatterns = [
    path("schema/", api_docs.schema, name="schema"),
    path("docs/", api_docs.Docs.as_view(), name="docs"),
    *PUBLIC,
    *OWN,
    *FILES,
    *ENTERPRISE,
    *ORDERS,
    *PROVIDER,
    *STAFF,
]
