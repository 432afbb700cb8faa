"""The page in a real browser: opened from a file, light and dark, wide and narrow."""

from collections.abc import Iterator
from pathlib import Path

import by_hand
import pytest
from browser import chromium, needs_chromium

from verify.report import page

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    page.write(by_hand.several(), path)
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_the_page_opens_without_requests_errors_or_sideways_scroll(browser, written, scheme, width):
    view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    requests, errors = [], []
    view.on("request", lambda request: requests.append(request.url))
    view.on("console", lambda message: errors.append(message.text))
    view.on("pageerror", lambda error: errors.append(str(error)))
    view.goto(written.as_uri())
    assert requests == [written.as_uri()]
    assert errors == []
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    view.close()


def test_the_dark_scheme_is_dark(browser, written):
    def brightness(scheme: str) -> int:
        view = browser.new_page(color_scheme=scheme)
        view.goto(written.as_uri())
        color = view.evaluate("getComputedStyle(document.body).backgroundColor")
        view.close()
        return sum(int(part) for part in color.strip("rgba()").split(",")[:3])

    assert brightness("dark") < 150 < 600 < brightness("light")


def test_every_link_within_the_page_leads_somewhere(browser, written):
    view = browser.new_page()
    view.goto(written.as_uri())
    targets = [link.get_attribute("href") for link in view.query_selector_all("a[href]")]
    assert targets
    assert [t for t in targets if not view.query_selector(f"[id='{t.removeprefix('#')}']")] == []
    view.close()
