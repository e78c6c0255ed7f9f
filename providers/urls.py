"""The provider's own pages, at /provider/."""

from __future__ import annotations

from django.urls import path

from providers import product_views, views

app_name = "providers"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("register/", views.RegisterView.as_view(), name="register"),
    path("details/", views.DetailsView.as_view(), name="details"),
    path("materials/", views.MaterialsView.as_view(), name="materials"),
    path("materials/<slug:kind>/", views.MaterialView.as_view(), name="material"),
    path("commitment/", views.CommitmentView.as_view(), name="commitment"),
    path("commitment.pdf", views.CommitmentPdfView.as_view(), name="commitment_pdf"),
    path("submit/", views.SubmitView.as_view(), name="submit"),
    path("renew/", views.RenewView.as_view(), name="renew"),
    path("change/", views.ChangeView.as_view(), name="change"),
    path("products/", product_views.ProductListView.as_view(), name="products"),
    path("products/new/", product_views.DraftView.as_view(), name="new_product"),
    path("products/<int:pk>/", product_views.ProductView.as_view(), name="product"),
    path("products/<int:pk>/edit/", product_views.DraftView.as_view(), name="edit_product"),
    path("products/<int:pk>/tiers/", product_views.TiersView.as_view(), name="tiers"),
    path("products/<int:pk>/evidence/", product_views.EvidenceView.as_view(), name="evidence"),
    path(
        "products/<int:pk>/evidence/<int:evidence_pk>/remove/",
        product_views.EvidenceRemoveView.as_view(),
        name="remove_evidence",
    ),
    path(
        "products/<int:pk>/submit/",
        product_views.SubmitVersionView.as_view(),
        name="submit_product",
    ),
    path("products/<int:pk>/discard/", product_views.DiscardView.as_view(), name="discard"),
    path("products/<int:pk>/withdraw/", product_views.WithdrawView.as_view(), name="withdraw"),
]
