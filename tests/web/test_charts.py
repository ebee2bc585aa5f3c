"""What the charts draw: steps of colour, every day and whole names.

There are also words for people who can't see them.
"""

import re
from datetime import date
from itertools import pairwise

import pytest

from gymsite.web.charts import bar_chart, column_chart, heat_map

RECT = re.compile(
    r'<rect class="(\w*)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="([\d.]+)" rx="2"><title>(.*?)<'
)


def marks(picture):
    """Each mark's class, x, width, height and title."""
    return [
        (kind, float(x), float(wide), float(tall), title)
        for kind, x, wide, tall, title in RECT.findall(picture)
    ]


@pytest.mark.parametrize(
    ("draw", "none"),
    [(heat_map, {(0, 6): 0}), (column_chart, {}), (bar_chart, [("Spin", 0)])],
)
def test_nothing_counted_is_nothing_drawn(draw, none):
    assert draw("None", none) == ""


def test_a_heat_map_has_seven_days_of_each_hour_and_steps_up_to_the_most():
    drawn = marks(heat_map("Visits", {(0, 6): 1, (2, 7): 26, (6, 8): 100}, "{} visits"))
    assert len(drawn) == 7 * 3
    steps = {title: kind for kind, *_, title in drawn}
    assert steps["Monday 06:00: 1 visits"] == "h1"
    assert steps["Wednesday 07:00: 26 visits"] == "h2"
    assert steps["Sunday 08:00: 100 visits"] == "h4"
    assert steps["Monday 07:00: 0 visits"] == "h0"


def test_a_heat_map_of_shares_is_measured_against_its_scale():
    assert [
        kind for kind, *_ in marks(heat_map("Half", {(0, 6): 50}, "{} %", most=100))
    ] == ["h2"] + ["h0"] * 6


def test_columns_keep_the_place_of_a_day_without_a_count():
    drawn = marks(
        column_chart("Bookings", {date(2026, 11, 6): 4, date(2026, 11, 9): 8})
    )
    assert [title for *_, title in drawn] == [
        "Fri 6 Nov: 4",
        "Sat 7 Nov: 0",
        "Sun 8 Nov: 0",
        "Mon 9 Nov: 8",
    ]
    assert [kind for kind, *_ in drawn] == ["", "rest", "rest", ""]
    assert drawn[0][3] * 2 == drawn[3][3]
    assert (
        len({round(after[1] - before[1], 1) for before, after in pairwise(drawn)}) == 1
    )


def test_bars_are_as_long_as_their_counts_and_shorten_only_the_name_that_is_seen():
    name = "Reformer Pilates for Beginners"
    picture = bar_chart("Waitlists", [(name, 20), ("Spin", 5)], "{} turns")
    assert [(wide, title) for _, _, wide, _, title in marks(picture)] == [
        (222, f"{name}: 20 turns"),
        (55.5, "Spin: 5 turns"),
    ]
    assert f">{name}<" not in picture
    assert ">Reformer Pilates for …<" in picture


def test_pictures_have_words_and_trust_no_name():
    picture = bar_chart('Most for <b> & "Yin"', [("<script>", 3)])
    assert picture.startswith(
        '<svg class="chart bars" role="img" aria-label="Most for &lt;b&gt; &amp; '
        '&quot;Yin&quot;"'
    )
    assert "<script>" not in picture
    assert "style=" not in picture
