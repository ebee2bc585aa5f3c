from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
