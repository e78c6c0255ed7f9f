"""Rights come from roles: one group for each role, and whoever has the role has the group's permissions.

No account is put into a group by hand, so groups and roles cannot drift apart; superusers are no exception.
"""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from foundation.accounts.models import Role, User


def group_name(role: Role | str) -> str:
    """The name of a role's group."""
    return Role(role).label


class RoleBackend(ModelBackend):
    """Password sign-in, and the permissions of the account's role."""

    def _get_user_permissions(self, user_obj: User) -> QuerySet[Permission]:
        return Permission.objects.none()

    def _get_group_permissions(self, user_obj: User) -> QuerySet[Permission]:
        if user_obj.role not in Role.values:
            return Permission.objects.none()
        return Permission.objects.filter(group__name=group_name(user_obj.role))

    def _get_permissions(self, user_obj: User, obj: object, from_name: str) -> set[str]:
        """As Django's, without its exception for superusers."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        kept = f"_role_{from_name}_permissions"
        if not hasattr(user_obj, kept):
            found = getattr(self, f"_get_{from_name}_permissions")(user_obj)
            names = found.order_by().values_list("content_type__app_label", "codename")
            setattr(user_obj, kept, {f"{app}.{name}" for app, name in names})
        return getattr(user_obj, kept)  # type: ignore[no-any-return]
