"""Where commands write what they found."""

import pytest

from gymsite.ops import documents

PAGES = {"audit": "audit", "bench": "performance", "indexlab": "indexlab"}
PAGES |= {"loadtest": "loadtest", "prove": "prove", "reconcile": "reconcile"}


@pytest.mark.parametrize("command", PAGES)
def test_each_page_has_one_place_for_what_its_command_found(command):
    text = (documents.FOLDER / f"{PAGES[command]}.md").read_text()
    begin, end = documents.marks(command)
    assert text.count(begin) == text.count(end) == 1
    assert text.index(begin) < text.index(end)


def test_only_what_is_between_the_marks_is_replaced(tmp_path):
    page, (begin, end) = tmp_path / "page.md", documents.marks("audit")
    page.write_text(f"Before.\n{begin}\nold\n{end}\nAfter.\n")
    documents.write(page, "audit", "new\n")
    assert page.read_text() == f"Before.\n{begin}\n\nnew\n\n{end}\nAfter.\n"


def test_a_page_without_marks_stays_as_it_is(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("By hand.")
    with pytest.raises(documents.NoMarks, match=r"page\.md has lost its marks"):
        documents.write(page, "audit", "new")
    assert page.read_text() == "By hand."


def test_what_rich_draws_becomes_a_block_of_code():
    assert documents.drawn("one", "two", width=40) == "    one\n    two\n"
