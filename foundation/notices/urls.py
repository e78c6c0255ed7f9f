"""Addresses of public notices and of messages."""

from django.urls import path

from foundation.notices import views
from foundation.notices.feeds import NoticeFeed
from foundation.public_record import public_record

app_name = "notices"
urlpatterns = [
    path("notices/", public_record(views.NoticeListView.as_view()), name="list"),
    path("notices/feed/", public_record(NoticeFeed()), name="feed"),
    path("notices/feed/<slug:city>/", public_record(NoticeFeed()), name="feed"),
    path("notices/<int:pk>/", public_record(views.NoticeDetailView.as_view()), name="detail"),
    path("notices/<int:pk>/files/<int:document_pk>/", views.attachment, name="attachment"),
    path("messages/", views.InboxView.as_view(), name="inbox"),
    path("messages/<int:pk>/", views.MessageView.as_view(), name="message"),
    path("messages/read/", views.ReadAllView.as_view(), name="read_all"),
    path("messages/<int:pk>/read/", views.ReadMessageView.as_view(), name="read"),
]
