from django.urls import path

from memberships import views

urlpatterns = [
    path("membership/", views.membership, name="membership"),
    path(
        "membership/<int:membership_id>/end/",
        views.confirm_end,
        name="confirm-end-membership",
    ),
    path("membership/<int:membership_id>/end/now/", views.end, name="end-membership"),
    path("plans/", views.plans, name="plans"),
    path("plans/<slug:slug>/", views.plan, name="plan"),
    path("plans/<slug:slug>/join/", views.join_plan, name="join-plan"),
]
