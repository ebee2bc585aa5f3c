"""What tools found, told to people, to machines and to docs/."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, load_command_class
from rich.console import Console

from gymsite.ops.reporting import documents
from gymsite.ops.reporting.command import Found, ReportingCommand
from gymsite.ops.reporting.figures import number, percentiles
from gymsite.ops.reporting.pieces import Heading, Lines, Table, judged, markdown, show

TOOLS = ("audit", "bench", "indexlab", "loadtest", "prove", "reconcile")
ROWS = [["fast", "", "12"], ["slow | [red]", "", "9,000"]]
TABLE = Table(("what", "nothing", "ms"), ROWS, {"what"})


@pytest.mark.parametrize("name", TOOLS)
class TestTools:
    def test_each_is_asked_alike(self, name):
        parser = load_command_class("gymsite.ops", name).create_parser(
            "manage.py", name
        )
        given = vars(
            parser.parse_args(["--json", "--output", "f.json", "--write-docs"])
        )
        assert (given["json"], str(given["output"]), given["write_docs"]) == (
            True,
            "f.json",
            True,
        )

    def test_each_page_has_one_place_for_what_its_command_found(self, name):
        command = load_command_class("gymsite.ops", name)
        assert command.name == name
        text = (documents.FOLDER / command.page).read_text()
        begin, end = documents.marks(name)
        assert text.count(begin) == text.count(end) == 1
        assert text.index(begin) < text.index(end)


class TestDocuments:
    def test_only_what_is_between_the_marks_is_replaced(self, tmp_path):
        page, (begin, end) = tmp_path / "page.md", documents.marks("audit")
        page.write_text(f"Before.\n{begin}\nold\n{end}\nAfter.\n")
        documents.write(page, "audit", "new\n")
        assert page.read_text() == f"Before.\n{begin}\n\nnew\n\n{end}\nAfter.\n"

    def test_a_page_without_marks_stays_as_it_is(self, tmp_path):
        page = tmp_path / "page.md"
        page.write_text("By hand.")
        with pytest.raises(documents.NoMarks, match=r"page\.md has lost its marks"):
            documents.write(page, "audit", "new")
        assert page.read_text() == "By hand."


def printed(*pieces, color: bool = False) -> str:
    file = StringIO()
    system = {"force_terminal": True, "color_system": "standard"} if color else {}
    show(Console(file=file, width=60, **system), pieces)
    return file.getvalue()


class TestPieces:
    def test_a_column_that_no_row_fills_is_left_out(self):
        assert markdown([TABLE]).splitlines()[0] == "| what | ms |"
        assert "nothing" not in printed(TABLE)

    def test_words_stand_left_and_numbers_right(self):
        assert markdown([TABLE]).splitlines()[1] == "| --- | ---: |"
        assert "│    12 │" in printed(TABLE)

    def test_what_looks_like_markup_is_shown_as_it_is(self):
        assert "slow \\| [red]" in markdown([TABLE])
        assert "slow | [red]" in printed(TABLE)
        for piece in (
            "a [bold] line",
            Heading("a [bold] line"),
            Lines(["a [bold] line"]),
        ):
            assert "a [bold] line" in printed(piece)

    def test_a_long_line_is_not_broken(self):
        assert "word " * 30 in printed(Lines(["word " * 30]))

    def test_colour_follows_the_word(self):
        red = "\x1b[1;31m"
        for piece in (
            Lines(judged("BROKEN", "all")),
            "MISSED it",
            Table(("a", "b"), [["x", "MISSED"]], ()),
        ):
            assert red in printed(piece, color=True)
        assert red not in printed("nothing is MISSED", TABLE, color=True)

    def test_what_a_state_is_about_stands_in_one_column(self):
        lines = judged("OK", "name: what holds", "more")
        assert [
            line.index(word) for line, word in zip(lines, ("name", "more"), strict=True)
        ] == [12, 12]
        assert markdown([Lines(lines)]).startswith("    OK  ")

    def test_a_percentile_that_was_not_measured_is_empty(self):
        assert percentiles(None) == ["", "", ""]
        assert number(1234.5) == "1,234"


class Told(ReportingCommand):
    name, page = "audit", "page.md"
    refusals = (ValueError,)
    refused = 2
    found: Found | BaseException = Found({"é": 1}, ["One."])

    def find(self, options, say):
        if isinstance(self.found, Found):
            return self.found
        raise self.found


class TestCommand:
    def told(self, found: Found | BaseException | None = None, **options) -> str:
        out = StringIO()
        command = Told(stdout=out)
        command.found = found or Told.found
        command.handle(**{"json": False, "output": None, "write_docs": False} | options)
        return out.getvalue()

    def test_people_and_machines_are_told_the_same(self, tmp_path):
        path = tmp_path / "told.json"
        assert self.told() == "One.\n"
        assert (
            json.loads(self.told(json=True, output=path))
            == json.loads(path.read_text())
            == {"é": 1}
        )

    def test_what_failed_is_told_before_the_command_ends(self, tmp_path):
        path = tmp_path / "told.json"
        with pytest.raises(CommandError, match="No good") as ended:
            self.told(Found({}, [], "No good."), output=path)
        assert (ended.value.returncode, path.read_text()) == (1, "{}\n")

    def test_a_page_may_show_more_than_the_screen(self, tmp_path, monkeypatch):
        page, (begin, end) = tmp_path / "page.md", documents.marks("audit")
        page.write_text(f"{begin}\n{end}")
        monkeypatch.setattr(documents, "FOLDER", tmp_path)
        assert (
            self.told(Found({}, ["One."], page=["All."]), write_docs=True) == "One.\n"
        )
        assert page.read_text() == f"{begin}\n\nAll.\n\n{end}"

    @pytest.mark.parametrize(
        ("raised", "status", "said"),
        [
            (ValueError("No."), 2, "No."),
            (KeyboardInterrupt(), 130, "Broken off; nothing was changed."),
        ],
    )
    def test_a_refusal_and_ctrl_c_end_it_in_words(self, raised, status, said):
        with pytest.raises(CommandError, match=said) as ended:
            self.told(raised)
        assert ended.value.returncode == status
