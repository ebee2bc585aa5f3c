from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from . import views
from .api import api
from .sitemaps import SITEMAPS, robots

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("gymsite.core.urls")),
    path("", include("memberships.urls")),
    path("", include("bookings.urls")),
    path("", include("catalog.urls")),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("robots.txt", robots, name="robots"),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))

handler400 = "gymsite.core.views.bad_request"
handler500 = "gymsite.core.views.failed"
handler429 = "gymsite.core.views.too_many"
