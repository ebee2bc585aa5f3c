from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from gymsite import brand_pages, health
from gymsite.api import api
from gymsite.sitemaps import SITEMAPS, robots
from gymsite.web.views import styleguide

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("gymsite.notifications.urls")),
    path("", include("gymsite.accounts.urls")),
    path("", include("memberships.urls")),
    path("", include("bookings.urls")),
    path("", include("catalog.urls")),
    path("", include("gymsite.partners.urls")),
    path("contact/", brand_pages.contact, name="contact"),
    path("branches/<slug:slug>/", brand_pages.branch, name="branch"),
    path("terms/", brand_pages.text_page("terms", "Terms"), name="terms"),
    path("privacy/", brand_pages.text_page("privacy", "Privacy"), name="privacy"),
    path("styleguide/", styleguide, name="styleguide"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("robots.txt", robots, name="robots"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))

handler400 = "gymsite.web.views.bad_request"
handler500 = "gymsite.web.views.failed"
handler429 = "gymsite.web.views.too_many"
