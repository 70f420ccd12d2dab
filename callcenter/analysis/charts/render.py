"""Charts drawn on the server, by ECharts in QuickJS: the option that the browser draws, as SVG.

The script is part of the built pages. It runs without files, network or clock, within limits of memory and time, in a
context of its own for each document, so that the same charts give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callcenter.analysis.charts.chart_parts import Drawing
from callcenter.analysis.charts.figures import ChartId
from callcenter.errors import ChartError, MissingChartsError
from callcenter.web.page_files import BUILT

SCRIPT = BUILT / ".charts.js"
"""Made by `scripts/setup`, and packed into the wheel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What drawing one chart may need."""

    memory: int = 256 * 1024 * 1024
    """Bytes, for all charts of a document."""
    seconds: float = 20
    """Of processor time."""


LIMITS = Limits()


def render_svg(drawing: Drawing, *, font: str, limits: Limits = LIMITS) -> bytes:
    """One chart as SVG, with texts in that font. Raises MissingChartsError or ChartError."""
    picture = render_svgs([drawing], font=font, limits=limits)[drawing.id]
    if isinstance(picture, ChartError):
        raise picture
    return picture


def render_svgs(
    drawings: Sequence[Drawing], *, font: str, limits: Limits = LIMITS, script: Path = SCRIPT
) -> dict[ChartId, bytes | ChartError]:
    """The charts of one document as SVG. One that cannot be drawn is an error in its place, and the others stand.

    Takes a processor for about 50 ms a chart and lets other threads run: for `asyncio.to_thread`, whole, because a
    context belongs to its thread. Raises MissingChartsError.
    """
    try:
        source = script.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MissingChartsError from error
    pictures: dict[ChartId, bytes | ChartError] = {}
    context: _Context | None = None
    for drawing in drawings:
        try:
            context = context or _Context(source, limits)
            pictures[drawing.id] = context.draw(drawing, font)
        except _Failure as failure:
            pictures[drawing.id] = ChartError(drawing.id, str(failure))
            context = None  # what is left of it may be without memory
    return pictures


class _Failure(Exception):
    """QuickJS did not draw."""


class _Context:
    """ECharts, loaded."""

    def __init__(self, source: str, limits: Limits) -> None:
        import quickjs  # only for whoever draws

        self._failures = (quickjs.JSException, quickjs.StackOverflow)
        context = quickjs.Context()
        context.set_memory_limit(limits.memory)
        context.set_time_limit(limits.seconds)
        try:
            context.eval(source)
        except self._failures as error:
            raise _Failure(_reason(error)) from error
        self._draw = context.get("drawSvg")

    def draw(self, drawing: Drawing, font: str) -> bytes:
        """Raises _Failure."""
        # it stands in an attribute between double quotes, which ECharts does not escape
        style = drawing.option["textStyle"] | {"fontFamily": font.replace('"', "'")}
        option = json.dumps(drawing.option | {"textStyle": style}, ensure_ascii=False, allow_nan=False)
        try:
            svg: str = self._draw(option, drawing.width, drawing.height)
        except self._failures as error:
            raise _Failure(_reason(error)) from error
        return svg.encode()


def _reason(error: Exception) -> str:
    """What QuickJS says, without the places in the script; without memory it has no words for that."""
    reason = str(error).partition("\n")[0]
    return "InternalError: out of memory" if reason == "null" else reason
