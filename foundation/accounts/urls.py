"""Addresses of signing in and up."""

from django.urls import path

from foundation.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("signup/", views.SignUpView.as_view(), name="signup"),
    path("password/", views.PasswordChangeView.as_view(), name="password"),
    path("home/", views.home, name="home"),
]
