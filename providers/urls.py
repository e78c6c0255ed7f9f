"""The provider's own pages, at /provider/."""

from __future__ import annotations

from django.urls import path

from providers.views import changing, editing, home, products, registering

app_name = "providers"
urlpatterns = [
    path("", home.HomeView.as_view(), name="home"),
    path("register/", registering.RegisterView.as_view(), name="register"),
    path("register/lookup/", registering.LookupView.as_view(), name="lookup"),
    path("details/", registering.DetailsView.as_view(), name="details"),
    path("materials/<slug:kind>/", registering.MaterialView.as_view(), name="material"),
    path("commitment/", registering.CommitmentView.as_view(), name="commitment"),
    path("commitment.pdf", registering.CommitmentPdfView.as_view(), name="commitment_pdf"),
    path("check/", registering.CheckView.as_view(), name="check"),
    path("submit/", registering.SubmitView.as_view(), name="submit"),
    path("review/", registering.ReviewView.as_view(), name="review"),
    path("renew/", registering.RenewView.as_view(), name="renew"),
    path("change/", changing.ChangeView.as_view(), name="change"),
    path("products/", products.ProductListView.as_view(), name="products"),
    path("products/new/", editing.StartView.as_view(), name="new_product"),
    path("products/<int:pk>/", products.ProductView.as_view(), name="product"),
    path("products/<int:pk>/edit/", editing.EditorView.as_view(), name="edit_product"),
    path(
        "products/<int:pk>/sections/<slug:section>/",
        editing.SectionView.as_view(),
        name="section",
    ),
    path("products/<int:pk>/evidence/", editing.EvidenceView.as_view(), name="evidence"),
    path(
        "products/<int:pk>/evidence/<int:evidence_pk>/remove/",
        editing.EvidenceRemoveView.as_view(),
        name="remove_evidence",
    ),
    path("products/<int:pk>/preview/", products.PreviewView.as_view(), name="preview"),
    path(
        "products/<int:pk>/versions/<int:number>/",
        products.VersionView.as_view(),
        name="version",
    ),
    path("products/<int:pk>/submit/", products.SubmitVersionView.as_view(), name="submit_product"),
    path("products/<int:pk>/discard/", products.DiscardView.as_view(), name="discard"),
    path("products/<int:pk>/next/", products.NextVersionView.as_view(), name="next_version"),
    path("products/<int:pk>/copy/", products.CopyView.as_view(), name="copy_product"),
    path("products/<int:pk>/withdraw/", products.WithdrawView.as_view(), name="withdraw"),
]
