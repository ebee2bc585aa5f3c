"""The API's docs page draws itself from our own files under the site's content security
policy."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_docs_page_shows_the_operations(page, live_server):
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto(f"{live_server.url}/api/v1/docs")
    page.get_by_text("Book a place").wait_for()
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert complaints == []
    assert [
        url for url in asked if not url.startswith((live_server.url, "data:"))
    ] == []
