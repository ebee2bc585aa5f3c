"""One noun, one file name, on every floor.

What a model is called in ``models/`` it is called elsewhere.
"""

from pathlib import Path

import pytest

FLOORS = ("operations", "queries", "views", "api", "admin")
# Files that are about no single noun: a page that shows several, an act on several, or
# a piece that a floor shares.
OTHERS = {
    "bookings": {
        "appointment_actions": "what staff do to an appointment",
        "appointment_page": "booking a trainer's time for a client",
        "free_times": "the field that offers free times",
        "_places": "what booking and promoting share",
        "_promotion": "what leaving a place and moving a session share",
        "appointment_steps": "what becomes of an appointment",
        "attendance": "marks on bookings, which trainers set",
        "branch_actions": "what staff do to a branch's sessions",
        "calendars": "bookings and turns as one calendar",
        "class_page": "a session with its reader's booking or turn",
        "clients": "members as their trainer sees them",
        "closed_accounts": "bookings and turns of an account that ends",
        "closing": "classes, rooms, trainers and branches that end",
        "desk": "members as the front desk sees them",
        "eligibility": "whether a member can book a session",
        "finances": "the ledger's sums by day, branch, trainer and kind",
        "fragments": "pieces of pages kept for everybody",
        "kiosk": "the door's page",
        "kiosks": "devices at the door; their sessions are the log-in's",
        "member_actions": "what staff do for a member",
        "parents": "classes, rooms and trainers that are switched off",
        "partials": "parts of pages that replace themselves",
        "reminders": "appointments whose time is near",
        "sentences": "bookings, turns and visits in words",
        "session_actions": "what staff do to a session",
        "session_picker": "the field that finds a session",
        "session_rows": "the timetable's rows",
        "slot_booking": "a free time that becomes an appointment",
        "slot_days": "free times on a page",
        "slots": "free times with who and what they are of",
        "staff": "the start page's queues and charts",
        "time_zones": "a branch whose clock changes",
        "timetable": "the days of a branch",
        "timetable_page": "the days of a branch",
        "trainers_time": "what free times are made of",
        "training_appointments": "appointments as their trainer sees them",
        "training_calendars": "a trainer's week as a calendar",
        "training_moves": "an appointment that its trainer moves",
        "training_pages": "what is around each of a trainer's own pages",
        "training_rows": "classes and appointments in a trainer's day",
        "training_today": "where a trainer's day begins",
        "training_week": "classes and appointments of a trainer",
        "wall_times": "sessions and the zones' new rules",
    },
    "catalog": {
        "cart_lines": "a cart's lines on the page",
        "checkout": "a cart that becomes an order",
        "closing": "what is withdrawn from sale or rent",
        "deliveries": "purchases that arrive",
        "fragments": "pieces of pages kept for everybody",
        "lending": "rentals over the counter",
        "pictures": "a product's pictures",
        "product_cards": "products in a list",
        "product_filters": "what narrows a list of products",
        "product_lists": "products, by shelf, category or words",
        "product_page": "a product with its reviews",
        "purchase_plan": "what to buy of whom",
        "recommendations": "products that go together",
        "rent": "a rental kind that becomes a rental",
        "rental_payments": "how a rental is paid, and what goes back",
        "rental_rows": "rentals on a page",
        "search": "products by words",
        "sentences": "orders and rentals in words",
        "shop_header": "what stands above each of the shop's pages",
        "shop_page": "what is around each of the shop's pages",
    },
    "gymsite/core": {
        "log_in_limits": "tries, told apart by account and address",
        "second_factors": "codes beside a password; the log-in's own rows",
    },
    "memberships": {
        "analytics": "members who join, stay and go, by month",
        "closing": "what a member pays for when an account ends",
        "entitlements": "what a member may pay a class with",
    },
}


def files(app: str, floor: str) -> set[str]:
    return {path.stem for path in Path(app, floor).glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("app", OTHERS)
def test_a_noun_has_one_name_on_every_floor(app, project, monkeypatch):
    monkeypatch.chdir(project)
    nouns = files(app, "models")
    strange = {
        f"{floor}/{name}.py"
        for floor in FLOORS
        for name in files(app, floor) - nouns - set(OTHERS[app])
    }
    assert strange == set()


@pytest.mark.parametrize("app", OTHERS)
def test_the_list_of_others_names_only_what_is_there(app, project, monkeypatch):
    monkeypatch.chdir(project)
    there = set().union(*(files(app, floor) for floor in FLOORS))
    assert set(OTHERS[app]) - there == set()
    assert set(OTHERS[app]) & files(app, "models") == set()
