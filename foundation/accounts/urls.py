"""Addresses of signing in and up, of one's account, and of one's mail settings."""

from django.urls import path

from foundation.accounts import security, signing_in, views
from foundation.accounts.platform import views as platform

app_name = "accounts"
urlpatterns = [
    path("login/", signing_in.LoginView.as_view(), name="login"),
    path("login/code/", signing_in.CodeView.as_view(), name="code"),
    path("login/awaiting/", signing_in.AwaitingView.as_view(), name="awaiting"),
    path("login/enter/", signing_in.EnterView.as_view(), name="enter"),
    path("login/password/", signing_in.NewPasswordView.as_view(), name="new_password"),
    path("login/again/", signing_in.ProveAgainView.as_view(), name="again"),
    path("login/proved/", signing_in.ProvedView.as_view(), name="proved"),
    path("login/platform/", platform.GoView.as_view(), name="platform"),
    path("login/platform/back/", platform.BackView.as_view(), name="platform_back"),
    path("login/platform/new/", platform.NewcomerView.as_view(), name="platform_newcomer"),
    path("logout/", signing_in.LogoutView.as_view(), name="logout"),
    path("signup/", views.SignUpView.as_view(), name="signup"),
    path("account/", security.AccountView.as_view(), name="account"),
    path("account/authenticator/", signing_in.SetUpView.as_view(), name="set_up"),
    path("account/authenticator/qr.svg", signing_in.QrCodeView.as_view(), name="qr_code"),
    path("password/", security.PasswordChangeView.as_view(), name="password"),
    path("mail/", views.MailView.as_view(), name="mail"),
    path("mail/confirm/<str:token>/", views.ConfirmView.as_view(), name="confirm"),
    path("home/", views.home, name="home"),
]
