"""What /styleguide shows: every component with invented data in every state. Staff only."""

import re
from datetime import date, timedelta

from django import forms
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from gymsite.core.charts import bar_chart, column_chart, heat_map
from gymsite.core.templatetags.ui import meter

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
ICONS = tuple(re.findall(r'<symbol id="(\w+)"', (settings.BASE_DIR / "static/icons.svg").read_text()))
DRAWINGS = tuple(re.findall(r'<symbol id="(\w+)"', (settings.BASE_DIR / "static/img/products.svg").read_text()))
PRODUCTS = tuple(
    dict(zip(("kind", "drawing", "name", "maker", "stars", "rating", "stock", "said"), values, strict=True))
    for values in (
        ("", "kettlebell", "Kettlebell 16 kg", "Ridgeline", 48, "4.8", "", "In stock"),
        ("", "tub", "Whey Protein Vanilla 1 kg", "Oak & Iron", 35, "3.5", " few", "Only 3 left"),
        (" gone", "hoodie", "Everyday Hoodie", "Northside", 10, "1.0", " none", "Sold out"),
    )
)
DAYS = tuple(
    {"name": name, "number": 23 + n, "mine": n in {1, 3}, "past": n == 0, "here": n == 1}
    for n, name in enumerate(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
)


class ExampleForm(forms.Form):
    name = forms.CharField(help_text="As the trainers should say it.")
    phone = forms.CharField(required=False)
    branch = forms.ChoiceField(choices=[("r", "Riverside"), ("h", "Harbour")])
    pin = forms.CharField(max_length=6)
    news = forms.BooleanField(label="Tell me when a waitlist moves", required=False)


def charts() -> dict[str, SafeString]:
    hours = {(day, hour): (day * 7 + hour * 5) % 30 for day in range(7) for hour in range(6, 22)}
    days = {date(2026, 11, 2) + timedelta(days=n): 40 + n * 11 % 37 for n in range(28)}
    names = [("Spin Intervals", 45), ("Reformer Pilates for Beginners", 32), ("Yin & Breath", 9)]
    return {
        "Heat map": heat_map("Example of check-ins, most on Wednesday at 21:00", hours, "{} check-ins"),
        "Columns by day": column_chart("Example of places booked in 28 days", days, "{} places"),
        "Bars by name": bar_chart("Example of waitlists, most for Spin Intervals", names, "{} turns"),
        "Nothing counted": bar_chart("Example of no waitlists", []),
    }


SAMPLES = (
    ("", "06:30", 45, "Sunrise Spin", "All levels", "Maya Okafor · Studio 2", 18, 20, "", "Book", ""),
    (
        "mine",
        "07:00",
        60,
        "Vinyasa Flow",
        "Improver",
        "Lena Brandt · Studio 1",
        20,
        20,
        "done",
        "Booked ✓",
        "Free to cancel until Mon 19:00",
    ),
    (
        "full",
        "09:30",
        55,
        "Reformer Pilates",
        "Beginner",
        "Inés Duarte · Reformer room",
        12,
        12,
        "wait",
        "Join waitlist (4)",
        "",
    ),
    (
        "full",
        "17:30",
        45,
        "Spin Intervals",
        "Advanced",
        "Maya Okafor · Studio 2",
        20,
        20,
        "wait",
        "On list, 3rd",
        "of 7 waiting",
    ),
    ("", "12:30", 50, "Boxing Basics", "Beginner", "Kwame Asante · Ring", 6, 18, "none", "Opens Mon 07:00", ""),
    ("over", "06:00", 30, "Core Express", "All levels", "Tom Hale · Functional", 9, 16, "none", "Closed", ""),
    ("off", "19:15", 75, "Yin & Breath", "All levels", "Lena Brandt · Studio 1", 0, 24, "none", "Cancelled", ""),
)
ROW = (
    '<article class="session {}"><div class="when"><time>{}</time><small>{} min</small></div>'
    '<div><h3><a href="#session">{}</a> <span class="level">{}</span></h3>'
    "<p>{}</p><p>{bar}{taken} of {cap}</p></div>"
    '<div class="act"><button type="button" class="button {}">{}</button><small>{}</small></div></article>'
)


def rows() -> SafeString:
    drawn = (
        format_html(ROW, *sample[:6], *sample[8:], bar=meter(sample[6], sample[7]), taken=sample[6], cap=sample[7])
        for sample in SAMPLES
    )
    return format_html_join("", "{}", ((row,) for row in drawn))


def context() -> dict[str, object]:
    bad = ExampleForm({"name": "Ana Silva", "pin": "12", "branch": "r"})
    bad.add_error("pin", "Six digits, please: this has 2.")
    return {
        "roles": ROLES,
        "icons": ICONS,
        "days": DAYS,
        "form": bad,
        "rows": rows(),
        "drawings": DRAWINGS,
        "products": PRODUCTS,
        "charts": charts(),
    }
