"""Pictures on a product's page: uploaded, checked and kept as WebP."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from catalog.models import ProductPicture
from gymsite.backoffice.inlines import RowsInline
from gymsite.web.pictures import NotAPicture, webp_of


class PictureForm(forms.ModelForm):
    """A picture is uploaded once.

    Its words and its rank can be changed later, or another one added.
    """

    upload = forms.FileField(
        required=False,
        label="Picture",
        help_text="JPEG, PNG or WebP, at most 8 MB; 20 MB at once.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    class Meta:
        model = ProductPicture
        fields = ("upload", "alt", "rank")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        upload = cleaned.get("upload")
        if upload:
            self._take(upload)
        elif self.instance.pk is None and "upload" not in self.errors:
            self.add_error("upload", "Choose a picture.")
        return cleaned

    def _take(self, upload: Any) -> None:
        try:
            picture = webp_of(upload, upload.size)
        except NotAPicture as wrong:
            raise ValidationError({"upload": str(wrong)}) from wrong
        if (
            ProductPicture.objects.filter(digest=picture.digest)
            .exclude(pk=self.instance.pk)
            .exists()
        ):
            raise ValidationError({"upload": "This picture is in the shop already."})
        self.instance.digest, self.instance.content = picture.digest, picture.content
        self.instance.width, self.instance.height = picture.width, picture.height


class PictureInline(RowsInline):
    model = ProductPicture
    form = PictureForm
    fields = ("shown", "upload", "alt", "rank")
    readonly_fields = ("shown",)
    extra = 1
    max_num = 8

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("content")

    @admin.display(description="now")
    def shown(self, obj: ProductPicture) -> str:
        if not obj.digest:
            return ""
        return render_to_string("admin/catalog/_picture.html", {"picture": obj})
