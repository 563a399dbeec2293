"""Django's admin, for superusers' repairs. The desk is where editors work; originals can be looked at, not changed."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import F
from django.http import HttpRequest

from digests.models import Comment, Digest, Fold, ImportRun, Publication, Quote, Tag, Thread


class OriginalAdmin(admin.ModelAdmin[Any]):
    """What a site delivered: it is read here, and a whole thread can be thrown away, but no word is changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002
        return False


class SeenAdmin(OriginalAdmin):
    """What readers see. The desk publishes, withdraws and tidies it; done here, lists, searches and what is kept of
    pages would not know of it."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002
        return False


def _count_change(digest_id: int) -> None:
    """A repair is a change like any other: an open board is told, and the desk shows that readers see less."""
    Digest.objects.filter(pk=digest_id).update(version=F("version") + 1, changes=F("changes") + 1)


@admin.register(Thread)
class ThreadAdmin(OriginalAdmin):
    list_display = ["title", "source", "native_id", "live_count", "comment_count", "order", "fetched_at"]
    list_filter = ["source", "order"]
    search_fields = ["title", "native_id", "url"]
    date_hierarchy = "fetched_at"

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A thread goes with its comments, though none of them can be deleted alone."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, lacking - {Comment._meta.verbose_name}, protected  # noqa: SLF001


@admin.register(Comment)
class CommentAdmin(OriginalAdmin):
    list_display = ["native_id", "author", "thread", "position", "depth", "state", "posted_at"]
    list_filter = ["state"]
    list_select_related = ["thread"]
    search_fields = ["native_id", "author"]
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002
        return False


class QuoteInline(admin.TabularInline[Quote, Digest]):
    model = Quote
    fields = ["position", "kind", "author", "created_at", "text", "color", "emphasis"]
    readonly_fields = ["kind"]
    raw_id_fields = ["comment"]
    ordering = ["position"]
    extra = 0
    show_change_link = True
    can_delete = False
    max_num = 0


@admin.register(Digest)
class DigestAdmin(admin.ModelAdmin[Digest]):
    list_display = ["headline", "slug", "date", "thread", "created_by", "version", "updated_at"]
    list_select_related = ["thread", "created_by"]
    search_fields = ["headline", "slug"]
    date_hierarchy = "date"
    raw_id_fields = ["thread", "created_by"]
    exclude = ["binned_at", "binned_by"]
    readonly_fields = ["version", "changes", "created_at", "updated_at"]
    inlines = [QuoteInline]

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002
        return False  # the desk's bin does that, and the audit trail knows who did it

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        quotes = [quote.pk for quote, _fields in formset.changed_objects]
        Quote.objects.filter(pk__in=quotes).update(version=F("version") + 1)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _count_change(form.instance.pk)


@admin.register(Quote)
class QuoteAdmin(admin.ModelAdmin[Quote]):
    list_display = ["__str__", "kind", "digest", "position", "color", "version"]
    list_filter = ["kind"]
    list_select_related = ["digest"]
    search_fields = ["author", "text", "title", "native_id"]
    raw_id_fields = ["digest", "comment"]
    readonly_fields = ["version"]

    def save_model(self, request: HttpRequest, obj: Quote, form: Any, change: bool) -> None:
        obj.version += change
        super().save_model(request, obj, form, change)
        _count_change(obj.digest_id)


@admin.register(Fold)
class FoldAdmin(admin.ModelAdmin[Fold]):
    list_display = ["label", "first", "size"]
    list_select_related = ["first"]
    search_fields = ["label"]
    raw_id_fields = ["first"]

    def save_model(self, request: HttpRequest, obj: Fold, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        _count_change(obj.first.digest_id)


@admin.register(Publication)
class PublicationAdmin(SeenAdmin):
    list_display = ["slug", "headline", "date", "state", "is_live", "published_by", "created_at"]
    list_filter = ["state", "is_live"]
    list_select_related = ["published_by"]
    search_fields = ["slug", "headline"]
    date_hierarchy = "created_at"


@admin.register(Tag)
class TagAdmin(SeenAdmin):
    search_fields = ["name"]


@admin.register(ImportRun)
class ImportRunAdmin(admin.ModelAdmin[ImportRun]):
    list_display = ["address", "state", "done_count", "expected_count", "error_code", "requested_by", "created_at"]
    list_filter = ["state", "error_code"]
    list_select_related = ["requested_by"]
    search_fields = ["address"]
    raw_id_fields = ["thread", "requested_by"]
