"""Rows of another model on the page of the row that they belong to."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest


class RowsInline(admin.StackedInline):
    """At most ``max_num`` rows, whatever number a form claims to send.

    Django would draw a thousand more before it refuses.
    """

    max_num: int

    def get_formset(
        self, request: HttpRequest, obj: models.Model | None = None, **kwargs: Any
    ) -> Any:
        return super().get_formset(request, obj, absolute_max=self.max_num, **kwargs)
