"""What /styleguide shows: every component with invented data in every state.

Only staff see it.
"""

import re
from datetime import date, timedelta
from decimal import Decimal

from django import forms
from django.conf import settings
from django.utils.safestring import SafeString

from gymsite.web.charts import bar_chart, column_chart, heat_map

ROLES = (
    ("paper", "The page, and ink on it"),
    ("sunken", "What lies below"),
    ("ink", "Words; the chosen chip"),
    ("brand", "Yours, or do it"),
    ("tint", "Yours, quietly"),
    ("mine", "A row that you booked"),
    ("wait", "Waiting"),
    ("stop", "Loss, and only loss"),
)
ICONS = tuple(
    re.findall(
        r'symbol id="(\w+)"', (settings.BASE_DIR / "static/icons.svg").read_text()
    )
)
DRAWINGS = tuple(
    re.findall(
        r'symbol id="(\w+)"',
        (settings.BASE_DIR / "static/img/products.svg").read_text(),
    )
)
PRODUCTS = tuple(
    {
        "address": "#product",
        "name": name,
        "maker": maker,
        "drawing": drawn,
        "rating": rating and Decimal(rating),
        "mean": rating,
        "review_count": reviews,
        "price": "£49.00",
        "stock": stock,
        "stock_kind": kind,
        "is_gone": kind == "none",
    }
    for name, maker, drawn, rating, reviews, stock, kind in (
        ("Kettlebell 16 kg", "Ridgeline", "kettlebell", "4.8", 12, "In stock", ""),
        (
            "Whey Protein Vanilla 1 kg",
            "Oak & Iron",
            "tub",
            "3.5",
            2,
            "Only 3 left",
            "few",
        ),
        ("Everyday Hoodie", "Northside", "hoodie", "1.0", 1, "Sold out", "none"),
        ("Foam Roller", "Northside", "roller", None, 0, "Always available", ""),
    )
)
DAYS = tuple(
    {
        "date": date(2026, 11, 23 + n),
        "address": "#week",
        "is_mine": n in {1, 3},
        "is_past": n == 0,
        "is_here": n == 1,
    }
    for n in range(7)
)
SERVICES = tuple(
    {
        "name": name,
        "minutes": minutes,
        "price": price,
        "description": description,
        "address": "#times",
        "is_chosen": n == 0,
    }
    for n, (name, minutes, price, description) in enumerate(
        (
            ("Personal training", 60, "£55.00", ""),
            ("First meeting", 30, "Free", "What you want to reach, and how."),
        )
    )
)
# By part of the day; a time that clocks show twice says which it is.
TIMES = (
    ("Morning", (("#times", "01:30 BST"), ("#times", "01:30 GMT"))),
    (
        "Afternoon",
        (("#times", "12:00"), ("#times", "12:30", True), ("#times", "14:00")),
    ),
)
TRAINING = (
    (
        "Class",
        {"kind": "class", "name": "Vinyasa Flow", "places": "8/12", "waiting": 0},
    ),
    (
        "Full class",
        {
            "kind": "class",
            "name": "Spin Intervals",
            "look": "full",
            "places": "20/20",
            "waiting": 3,
            "substitute": "Tom Hale",
        },
    ),
    ("Called off", {"kind": "class", "name": "Yin & Breath", "look": "off"}),
    (
        "Request",
        {
            "name": "Ana Silva",
            "about": "Personal training",
            "look": "one wait",
            "tag": "wait",
            "status": "Requested",
        },
    ),
    (
        "Appointment",
        {
            "name": "Ben Ode",
            "about": "First meeting",
            "look": "one",
            "tag": "good",
            "status": "Confirmed",
        },
    ),
    ("Away", {"kind": "block", "name": "Blocked", "look": "away"}),
    ("Extra hours", {"kind": "extra", "name": "Extra hours", "look": "extra"}),
)
SELECT = {
    "name": "trainer",
    "label": "Trainer",
    "empty": "Any trainer",
    "choices": (("maya-okafor", "Maya Okafor"),),
    "chosen": "",
}


class ExampleForm(forms.Form):
    name = forms.CharField(help_text="As the trainers should say it.")
    phone = forms.CharField(required=False)
    branch = forms.ChoiceField(choices=[("r", "Riverside"), ("h", "Harbour")])
    pin = forms.CharField(max_length=6)
    news = forms.BooleanField(label="Tell me when a waitlist moves", required=False)


def charts() -> dict[str, SafeString]:
    hours = {
        (day, hour): (day * 7 + hour * 5) % 30
        for day in range(7)
        for hour in range(6, 22)
    }
    days = {date(2026, 11, 2) + timedelta(days=n): 40 + n * 11 % 37 for n in range(28)}
    names = [
        ("Spin Intervals", 45),
        ("Reformer Pilates for Beginners", 32),
        ("Yin & Breath", 9),
    ]
    return {
        "Heat map": heat_map(
            "Example of check-ins, most on Wednesday at 21:00", hours, "{} check-ins"
        ),
        "Columns by day": column_chart(
            "Example of places booked in 28 days", days, "{} places"
        ),
        "Bars by name": bar_chart(
            "Example of waitlists, most for Spin Intervals", names, "{} turns"
        ),
        "Nothing counted": bar_chart("Example of no waitlists", []),
    }


# Each row: its kind, start, minutes, class, level, trainer, room, places booked and in
# all, what is said of them, and its action (style, word, what it posts to, note).
SAMPLES = (
    ("", "06:30", 45, "Sunrise Spin", "All levels",
     "Maya Okafor", "Studio 2", 18, 20, "only 2 of 20 left",
     ("", "Book", "book", "")),
    ("mine", "07:00", 60, "Vinyasa Flow", "Improver",
     "Lena Brandt", "Studio 1", 20, 20, "20 of 20, full",
     ("done", "Booked ✓", "", "Free to cancel until Mon 19:00")),
    ("full", "09:30", 55, "Reformer Pilates", "Beginner",
     "Inés Duarte", "Reformer room", 12, 12, "12 of 12, full",
     ("wait", "Join waitlist (4)", "join", "")),
    ("full", "17:30", 45, "Spin Intervals", "Advanced",
     "Maya Okafor", "Studio 2", 20, 20, "20 of 20, full",
     ("wait", "On list, 3rd", "", "of 7 waiting")),
    ("", "12:30", 50, "Boxing Basics", "Beginner",
     "Kwame Asante", "Ring", 6, 18, "12 of 18 left",
     ("none", "Opens Mon 07:00", "", "")),
    ("over", "06:00", 30, "Core Express", "All levels",
     "Tom Hale", "Functional", 9, 16, "7 of 16 left",
     ("none", "Closed", "", "")),
    ("off", "19:15", 75, "Yin & Breath", "All levels",
     "Lena Brandt", "Studio 1", 0, 24, "",
     ("none", "Cancelled", "", "")),
)  # fmt: skip
ROW = (
    "kind",
    "clock",
    "minutes",
    "name",
    "level",
    "trainer",
    "room",
    "booked",
    "capacity",
    "places",
    "action",
)
ACTION = ("style", "word", "posts_to", "note")


def rows() -> list[dict[str, object]]:
    """Rows of the timetable, one of them of a class that a trainer steps in for."""
    drawn = []
    for n, sample in enumerate(SAMPLES):
        row = dict(zip(ROW, sample, strict=True))
        action = dict(zip(ACTION, sample[-1], strict=True))
        its = {
            "id": n,
            "address": "#session",
            "starts": f"2026-11-24T{row['clock']}",
            "action": action,
        }
        drawn.append(
            row
            | its
            | {
                "is_cancelled": row["kind"] == "off",
                "substitute_for": "Tom Hale" if n == 1 else "",
            }
        )
    return drawn


def context() -> dict[str, object]:
    bad = ExampleForm({"name": "Ana Silva", "pin": "12", "branch": "r"})
    bad.add_error("pin", "Six digits, please: this has 2.")
    return {
        "roles": ROLES,
        "icons": ICONS,
        "days": DAYS,
        "form": bad,
        "services": SERVICES,
        "times": TIMES,
        "training": [
            (name, {"clock": "07:00 to 08:00", **one}) for name, one in TRAINING
        ],
        "rows": rows(),
        "drawings": DRAWINGS,
        "select": SELECT,
        "products": PRODUCTS,
        "charts": charts(),
    }
