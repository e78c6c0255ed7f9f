"""Addresses of signing in and up, and of one's mail settings."""

from django.urls import path

from foundation.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("signup/", views.SignUpView.as_view(), name="signup"),
    path("password/", views.PasswordChangeView.as_view(), name="password"),
    path("mail/", views.MailView.as_view(), name="mail"),
    path("mail/confirm/<str:token>/", views.ConfirmView.as_view(), name="confirm"),
    path("home/", views.home, name="home"),
]
