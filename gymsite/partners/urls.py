from django.urls import path

from gymsite.partners.views import api_keys, partners

KEY = "partners/<slug:slug>/keys/<int:key_id>/"

urlpatterns = [
    path("partners/", partners.mine, name="partners"),
    path("partners/<slug:slug>/", partners.console, name="partner"),
    path("partners/<slug:slug>/keys/new/", api_keys.new, name="new-key"),
    path(KEY, api_keys.one, name="api-key"),
    path(f"{KEY}rotate/", api_keys.rotate, name="rotate-key"),
    path(f"{KEY}end/", api_keys.end, name="end-key"),
]
