"""Charts drawn on the server: the same bytes each time, within limits, one failure apart from the others."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from callcenter.analysis.charts.chart_parts import Drawing
from callcenter.analysis.charts.figures import ChartId
from callcenter.analysis.charts.options import draw
from callcenter.analysis.charts.render import Limits, render_svg, render_svgs
from callcenter.error_codes import ErrorCode
from callcenter.errors import ChartError, MissingChartsError
from callcenter.languages import Language
from tests.chart_examples import charts

FONT = "WenQuanYi Micro Hei"
SVG = "{http://www.w3.org/2000/svg}"
HARMLESS = {"svg", "g", "rect", "path", "text", "defs", "clipPath", "circle"}
SECONDS = 15
"""For twelve charts on a machine that is busy with other tests; alone it takes half a second."""


@pytest.fixture(scope="module")
def drawings() -> list[Drawing]:
    return [draw(chart, Language.CHINESE) for chart in charts()]


def too_large(drawing: Drawing) -> Drawing:
    """More points than fit into the memory of the test."""
    series = {"type": "scatter", "data": [[number, number] for number in range(60_000)]}
    return replace(drawing, option=drawing.option | {"series": [series], "xAxis": {}, "yAxis": {}, "grid": {}})


def texts(svg: bytes) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_all_charts_of_a_document_are_drawn_in_time_and_the_same_twice(drawings: list[Drawing]) -> None:
    begin = time.process_time()
    first = render_svgs(drawings, font=FONT)
    assert time.process_time() - begin < SECONDS
    assert [type(picture) for picture in first.values()] == [bytes] * len(ChartId)
    assert render_svgs(drawings, font=FONT) == first


def test_a_picture_has_its_texts_as_texts_and_no_other_elements_whatever_a_name_holds(
    drawings: list[Drawing],
) -> None:
    for drawing in drawings:
        root = ElementTree.fromstring(render_svg(drawing, font=FONT))
        assert (root.get("width"), root.get("height")) == (str(drawing.width), str(drawing.height))
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= HARMLESS
        fonts = {
            part for text in root.iter(f"{SVG}text") for part in text.get("style", "").split(";") if "family" in part
        }
        assert fonts == {f"font-family:{FONT}"}
    names = texts(render_svg(next(one for one in drawings if one.id is ChartId.BRANDS), font=FONT))
    assert {"{a|x}{b}: {c} {value}", "<script>alert(1)</script>…", "غذاء 卡文"} <= set(names)


def test_a_font_does_not_end_its_attribute(drawings: list[Drawing]) -> None:
    svg = render_svg(drawings[1], font='a", b" onload="x')
    assert {name for text in ElementTree.fromstring(svg).iter(f"{SVG}text") for name in text.attrib} <= {
        "dominant-baseline",
        "text-anchor",
        "style",
        "transform",
        "fill",
        "x",
        "y",
        "{http://www.w3.org/XML/1998/namespace}space",
    }


def test_a_chart_without_memory_is_named_and_the_others_stand(drawings: list[Drawing]) -> None:
    limits = Limits(memory=32 * 1024 * 1024)
    before, large, after = drawings[1], too_large(drawings[2]), drawings[3]
    pictures = render_svgs([before, large, after], font=FONT, limits=limits)
    failure = pictures[large.id]
    assert isinstance(failure, ChartError)
    assert str(failure) == "Chart c3 could not be drawn: InternalError: out of memory"
    assert (failure.code, failure.params) == (ErrorCode.CHART_NOT_DRAWN, {"chart": "c3"})
    assert (pictures[before.id], pictures[after.id]) == tuple(render_svg(one, font=FONT) for one in (before, after))
    with pytest.raises(ChartError, match="Chart c3 could not be drawn"):
        render_svg(large, font=FONT, limits=limits)


def test_a_chart_that_takes_too_long_is_named_and_the_others_stand(drawings: list[Drawing], tmp_path: Path) -> None:
    script = tmp_path / "slow.js"
    script.write_text("drawSvg = (option) => { while (option.includes('slow')) {} return '<svg/>'; }")
    slow = replace(drawings[1], option=drawings[1].option | {"slow": True})
    pictures = render_svgs([drawings[0], slow, drawings[2]], font=FONT, limits=Limits(seconds=0.5), script=script)
    assert {of: str(picture) for of, picture in pictures.items()} == {
        ChartId.MONTHS: "b'<svg/>'",
        ChartId.CHANNELS: "Chart c2 could not be drawn: InternalError: interrupted",
        ChartId.PROBLEMS: "b'<svg/>'",
    }


def test_an_option_that_is_none_is_named_too(drawings: list[Drawing]) -> None:
    wrong = replace(drawings[0], option=drawings[0].option | {"series": [{"type": "bar", "xAxisIndex": 7}]})
    with pytest.raises(ChartError, match=r"^Chart c1 could not be drawn: \w+Error: [^\n]+$"):
        render_svg(wrong, font=FONT)


def test_without_the_script_it_is_said_what_to_run(drawings: list[Drawing], tmp_path: Path) -> None:
    with pytest.raises(MissingChartsError, match=r"\./scripts/setup"):
        render_svgs(drawings, font=FONT, script=tmp_path / "nothing.js")


async def test_other_work_goes_on_while_charts_are_drawn(drawings: list[Drawing]) -> None:
    turns = 0

    async def work() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    beside = asyncio.create_task(work())
    await asyncio.to_thread(render_svgs, drawings, font=FONT)
    beside.cancel()
    assert turns > 20
