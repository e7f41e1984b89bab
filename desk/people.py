"""Who may sign in, in which role, at which clinics.

Nobody gives what they do not have: a person who is no superuser makes none,
opens no role beyond their own, no clinic but their own, and does not touch the
account of somebody who may do more.
"""

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, StackedInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from desk import reach, stored
from desk.base import Headed, column
from desk.login.reset import SecondFactorReset
from desk.models import StaffProfile
from desk.questions import Question
from desk.roles import ROLES

for model in (User, Group, EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken):
    # Of allauth's rows none is looked at or written by hand.
    admin.site.unregister(model)

WHO = (None, {"fields": ("username", "first_name", "last_name", "email", "is_active")})
SUPER = ("is_superuser", "user_permissions")


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """All clinics, or some."""

    class Meta:
        model = StaffProfile
        fields = ("everywhere", "clinics")

    def clean(self) -> dict[str, Any]:
        """One or the other."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("everywhere") and cleaned.get("clinics"):
            self.add_error("clinics", _("Choose clinics, or all clinics: not both."))
        return cleaned


class ProfileInline(StackedInline):  # type: ignore[misc]
    """Where somebody works. Permissions are those on the user."""

    model = StaffProfile
    form = ProfileForm
    can_delete = False
    verbose_name_plural = gettext_lazy("Clinics")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the user."""
        return request.user.has_perm("auth.view_user") or request.user.has_perm("auth.change_user")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the user."""
        return request.user.has_perm("auth.change_user")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the user."""
        return request.user.has_perm("auth.change_user")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """One's own clinics, as boxes to tick."""
        kwargs |= {
            "queryset": reach.clinics(request.user),
            "widget": forms.CheckboxSelectMultiple,
        }
        return db_field.formfield(**kwargs)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Who works at some clinics gives nobody all of them."""
        return () if reach.is_everywhere(request.user) else ("everywhere",)


def _role_name(group: Group) -> str:
    return stored.read(group.name)


class WhichRole(Question):
    """One of the groups."""

    title = gettext_lazy("Which role?")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """By name."""
        return [(str(group.pk), _role_name(group)) for group in Group.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """By group; what is no number is no group."""
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(groups=int(value)) if value.isdecimal() else queryset.none()


@admin.register(User)
class UserAdmin(SecondFactorReset, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    """Accounts of staff. Nobody is deleted: what they did keeps their name."""

    nothing_yet = gettext_lazy("Nobody here yet. Add those who work at your clinics.")
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (ProfileInline,)
    list_display = ("username", "full_name", "role", "where", "is_active", "last_login")
    list_filter = ("is_active", WhichRole)
    list_per_page = 50
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With roles and clinics; of people who work nowhere else."""
        rows = super().get_queryset(request).prefetch_related("groups", "staff_profile__clinics")
        if reach.is_everywhere(request.user):
            return cast("QuerySet[User]", rows)
        profiles = StaffProfile.objects.filter(user=OuterRef("pk"))
        elsewhere = StaffProfile.clinics.through.objects.filter(
            staffprofile__user=OuterRef("pk")
        ).exclude(clinic__in=reach.clinics(request.user))
        beyond = Q(is_superuser=True) | Exists(profiles.filter(everywhere=True)) | Exists(elsewhere)
        return cast("QuerySet[User]", rows.exclude(beyond))

    # -- the list

    @column(gettext_lazy("Name"))
    def full_name(self, row: User) -> str:
        """First and last."""
        return row.get_full_name() or "–"

    @column(gettext_lazy("Role"))
    def role(self, row: User) -> str:
        """The groups, by name."""
        names = [_("superuser")] if row.is_superuser else []
        return ", ".join([*names, *(_role_name(group) for group in row.groups.all())]) or _("none")

    @column(gettext_lazy("Clinics"))
    def where(self, row: User) -> str:
        """At which clinics."""
        profile = getattr(row, "staff_profile", None)
        if row.is_superuser or (profile and profile.everywhere):
            return _("All clinics")
        names = [clinic.name for clinic in profile.clinics.all()] if profile else []
        return ", ".join(names) or _("None: sees nobody's rows")

    # -- the page

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """A superuser gives single rights too; everybody else gives roles."""
        if obj is None:
            names = ("username", "usable_password", "password1", "password2", "groups")
            return ((None, {"classes": ("wide",), "fields": names}),)
        may = ("groups", *(SUPER if request.user.is_superuser else ()))
        return (
            WHO,
            (_("Password"), {"fields": ("password",)}),
            (_("What they may do"), {"fields": may}),
            (_("Dates"), {"fields": ("last_login", "date_joined")}),
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Roles as boxes to tick: those that give nothing one does not have."""
        if db_field.name != "groups":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        kwargs |= {
            "queryset": grantable(request.user),
            "widget": forms.CheckboxSelectMultiple,
            "label": _("Roles"),
            "help_text": _("Without one they see nothing."),
        }
        field = db_field.formfield(**kwargs)
        field.label_from_instance = _role_name
        return field

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody changes the account of somebody who may do more."""
        may = super().has_change_permission(request, obj)
        return bool(may and (obj is None or not may_do_more(obj, request.user)))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody deletes; an account is made inactive."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whoever has an account here is staff: there is no other way in."""
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Say what is missing before they can work."""
        super().save_related(request, form, formsets, change)
        user = User.objects.get(pk=form.instance.pk)
        if not user.is_superuser and not user.groups.exists():
            missing = _("%(user)s has no role yet, and sees nothing.") % {"user": user}
            self.message_user(request, missing, messages.WARNING)
        elif not reach.is_everywhere(user) and not reach.clinics(user).exists():
            missing = _("%(user)s has no clinic yet, and sees nobody's rows.") % {"user": user}
            self.message_user(request, missing, messages.WARNING)


def grantable(user: Any) -> QuerySet[Group]:
    """The groups that give nothing this person does not have."""
    if user.is_superuser:
        return Group.objects.all()
    mine = user.get_all_permissions()
    pks = [
        group.pk
        for group in Group.objects.prefetch_related("permissions__content_type")
        if {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()} <= mine
    ]
    return Group.objects.filter(pk__in=pks)


def may_do_more(other: Any, user: Any) -> bool:
    """Whether somebody has a right that this person has not."""
    if user.is_superuser:
        return False
    # An inactive account has no permissions, and would have them again.
    groups = set(other.groups.values_list("pk", flat=True))
    single = {
        f"{app}.{name}"
        for app, name in other.user_permissions.values_list("content_type__app_label", "codename")
    }
    within_mine = groups <= set(grantable(user).values_list("pk", flat=True))
    return bool(other.is_superuser) or not within_mine or not single <= user.get_all_permissions()


@admin.register(Group)
class GroupAdmin(Headed, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """What a group of staff may do. The four roles are Ringwell's own."""

    nothing_yet = gettext_lazy(
        "No roles yet. “manage.py sync_roles” makes the four roles of Ringwell."
    )

    list_display = ("called",)
    list_display_links = ("called",)
    readonly_fields = ("called",)

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        """A role of ours keeps its name."""
        name = "called" if obj is not None and obj.name in ROLES else "name"
        return (name, "permissions")

    @column(gettext_lazy("Name"), order="name")
    def called(self, row: Group) -> str:
        """In the reader's language, where it is a role of ours."""
        return _role_name(row)

    def heading(self, request: HttpRequest, row: Any) -> str:
        """Under the same name."""
        return _role_name(row)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A superuser."""
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """A superuser, and never a role: the next upgrade would undo it."""
        return bool(request.user.is_superuser) and (obj is None or obj.name not in ROLES)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """A superuser, and never a role."""
        return bool(request.user.is_superuser) and (obj is None or obj.name not in ROLES)
