"""`minga check --graph`: a flow drawn into a file, or shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.terminal import Terminal
from storage.refusal import Refused

if TYPE_CHECKING:  # only mypy needs it here
    from bot.flow_files import FlowFiles

SHOW = "-"
_SUFFIXES = (".md", ".mmd")


class ChartRefused(Refused):
    """The chart cannot be drawn, or not there."""


def draw(found: FlowFiles, file: str, terminal: Terminal) -> None:
    """Draws the one flow of these files. Raises ChartRefused for none or several, and for a file that is no chart."""
    from bot.engine.graph import mermaid

    flows = [loaded.flow for loaded in found.good.values() if loaded.flow is not None]
    if len(flows) != 1:
        raise ChartRefused("cli.check.graph_one")
    chart = mermaid(flows[0], terminal.language)
    if file == SHOW:
        terminal.tell(chart.rstrip("\n"))
        return
    path = Path(file)
    if path.suffix not in _SUFFIXES:
        raise ChartRefused("cli.check.graph_file", file=file)
    title = flows[0].title.get(flows[0].languages[0], flows[0].flow)
    content = f"# {' '.join(title.split())}\n\n```mermaid\n{chart}```\n" if path.suffix == ".md" else chart
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise ChartRefused("cli.check.graph_failed", file=file, error=error.strerror or type(error).__name__) from error
    terminal.note(terminal.say("cli.check.graph_written", file=file))
