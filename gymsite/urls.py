from django.contrib import admin
from django.urls import include, path

from gymsite.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
