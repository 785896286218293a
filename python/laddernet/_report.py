"""What was trained and how it went, as a page of HTML that needs nothing else."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any

STYLE = """
.laddernet{font:14px/1.45 system-ui,sans-serif;color:#222;background:#fff;max-width:46rem;padding:1rem}
.laddernet h2{font-size:1.15rem;margin:0 0 .4rem}.laddernet h3{font-size:1rem;margin:1.1rem 0 .3rem}
.laddernet table{border-collapse:collapse;margin:0 0 .8rem}.laddernet td,.laddernet th{padding:.15rem .9rem .15rem 0;text-align:left;vertical-align:top}
.laddernet td.n{text-align:right;font-variant-numeric:tabular-nums}.laddernet .warning{background:#fff3cd;padding:.4rem .6rem}
.laddernet .verdict{font-size:1.05rem}.laddernet svg{width:100%;max-width:36rem;height:auto}
"""
VERDICTS = {
    "helped": "The unlabelled rows helped.",
    "did_not_help": "The unlabelled rows did not help.",
    "cannot_be_told": "Whether the unlabelled rows helped cannot be told with so few labels.",
}
COLOURS = ("#1b6ca8", "#c05a00", "#2e7d32", "#8e24aa", "#b71c1c", "#00695c", "#5d4037", "#455a64")
SHOWN_COLUMNS = 30
SHOWN_ROWS = 20


class Report:
    """What was trained and how it went.

    In a notebook it shows itself; `save` writes a page.

    Attributes
    ----------
    summary : dict
        What the ``summary.json`` of a run folder says.
    """

    def __init__(
        self, summary: dict[str, Any], costs: list[float], terms: list[list[tuple[str, int | None, float]]]
    ) -> None:
        self.summary = summary
        self._costs = costs
        self._terms = terms

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the report as a page of its own.

        Parameters
        ----------
        path : str or path-like
            The file; one that is there is replaced, once the new one is whole.
        """
        path = Path(path)
        page = (
            "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>laddernet</title>"
            "<meta name='viewport' content='width=device-width'></head><body>" + self._repr_html_() + "</body></html>\n"
        )
        part = path.with_name(path.name + ".part")
        try:
            part.write_text(page, encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def __repr__(self) -> str:
        return "\n".join(f"{name + ':':<12} {value}" for name, value in self._facts()) or "how the training went is not known"

    def _repr_html_(self) -> str:
        s = self.summary
        if not s:
            return f"<div class='laddernet'><style>{STYLE}</style><p>How the training went is not known: the model was read from a file, or learned from a stream.</p></div>"
        parts = [f"<h2>{_text(s['model'])}, {'-'.join(str(units) for units in s['layers'])}</h2>"]
        if s.get("warning"):
            parts.append(f"<p class='warning'>{_text(s['warning'])}</p>")
        if s.get("message"):
            parts.append(f"<p class='warning'>{_text(s['message'])}</p>")
        if s.get("groups_unfit"):
            parts.append(f"<p class='warning'>Not checked for lost classes: the rows fall into no clear groups ({_text(s['groups_unfit'])}). Label more rows: suggest names some.</p>")
        parts.append(self._estimate())
        parts.append(_table([(name, value) for name, value in self._facts()]))
        parts.append(self._curves())
        parts.append(self._layers())
        parts.append(self._groups())
        parts.append(self._own())
        return f"<div class='laddernet'><style>{STYLE}</style>{''.join(parts)}</div>"

    def _facts(self) -> list[tuple[str, str]]:
        s = self.summary
        if not s:
            return []
        facts = [("Model", f"{s['model']}, {'-'.join(str(units) for units in s['layers'])}")]
        if s["labelled_rows"]:
            facts.append(("Rows", f"{s['training_rows']}, {s['labelled_rows']} of them with a label"))
        else:
            facts.append(("Rows", str(s["training_rows"])))
        if s.get("validation_error_percent") is not None:
            facts.append(("Validation", f"{s['validation_error_percent']:.2f} % error of {s['validation_rows']} rows"))
        if s.get("few_labels"):
            facts.append(("Groups", _groups_of(s["few_labels"])))
        facts.append(("Training", f"{s['status']}: {s['epochs']} epochs, {s['steps']} steps, {s['seconds']:.1f} s"))
        facts.append(("Seed", str(s["seed"])))
        return facts

    def _estimate(self) -> str:
        found = self.summary.get("estimate")
        if not found:
            if self.summary.get("uses_unlabelled") and self.summary["labelled_rows"]:
                return "<p>Whether the unlabelled rows helped was not looked at: <code>estimate=True</code> does.</p>"
            return ""
        rows = [("", "Error, cross-validated", "95 % interval")]
        for model in found["models"]:
            error = model["error"]
            name = "labels alone" if model["model"] == "mlp" else model["model"]
            rows.append((name, f"{error['percent']:.2f} %", f"{error['low']:.2f} to {error['high']:.2f} %"))
        verdict = VERDICTS.get(found["comparison"]["verdict"], "")
        chosen = f"<p>Trained: {_text(found['chosen'])}.</p>" if found.get("chosen") else ""
        return f"<p class='verdict'>{verdict}</p>{_table(rows, head=True)}{chosen}"

    def _curves(self) -> str:
        if len(self._costs) < 2:
            return ""
        return "<h3>Cost by epoch</h3>" + _curve([("all", self._costs)])

    def _layers(self) -> str:
        """The first and the last value of each term."""
        if not self._terms:
            return ""
        first, last = self._terms[0], self._terms[-1]
        if [term[:2] for term in first] != [term[:2] for term in last]:
            first = last
        rows: list[tuple[str, ...]] = [("Cost", "Layer", "first epoch", "last epoch")]
        for (name, layer, before), (_, _, after) in zip(first, last, strict=True):
            at = "" if layer is None else "input" if layer == 0 else str(layer)
            rows.append((name, at, f"{before:.4g}", f"{after:.4g}"))
        return "<h3>Costs, before weighting</h3>" + _table(rows, head=True)

    def _groups(self) -> str:
        """What groups of rows said of the labels."""
        found = self.summary.get("few_labels")
        if not found or not found["groups"]:
            return ""
        rows: list[tuple[str, ...]] = [("Group", "of all rows", "of its edges lead out", "of its rows predicted so")]
        for group in found["groups"]:
            so = group.get("predicted_so_percent")
            percents = [group["percent"], group["edges_out_percent"], so]
            rows.append((group["class"], *("" if percent is None else f"{percent:.1f} %" for percent in percents)))
        text = "<h3>Groups that the labels name</h3>" + _table(rows, head=True)
        text += f"<p>Graphs of fewer and of more neighbours agree on {found['graphs_agree_percent']:.1f} % of the rows.</p>"
        if found["contradicted"]:
            shown = ", ".join(str(row) for row in found["contradicted"][:SHOWN_ROWS])
            more = ", ..." if len(found["contradicted"]) > SHOWN_ROWS else ""
            text += f"<p class='warning'>Labelled rows in the group of another class: {shown}{more}.</p>"
        if found.get("in_doubt"):
            classes = ", ".join(found["in_doubt"]["classes"])
            text += f"<p class='warning'>The labels hardly tell apart the groups of {_text(classes)}: label row {found['in_doubt']['row']}.</p>"
        return text

    def _own(self) -> str:
        own = self.summary.get("own")
        if not own:
            return ""
        text = ""
        if own["classes"]:
            rows: list[tuple[str, ...]] = [("Class", "Labels", "Predicted for the unlabelled rows")]
            for found in own["classes"]:
                percent = found.get("predicted_percent")
                rows.append((found["class"], str(found["rows"]), "" if percent is None else f"{percent:.1f} %"))
            text += "<h3>Classes</h3>" + _table(rows, head=True)
        if own["columns"]:
            shown = own["columns"][:SHOWN_COLUMNS]
            columns: list[tuple[str, ...]] = [("Column", "Holds", "Becomes"), *((c["name"], c["kind"], c["becomes"]) for c in shown)]
            more = len(own["columns"]) - len(shown)
            text += "<h3>Columns</h3>" + _table(columns, head=True) + (f"<p>and {more} more</p>" if more else "")
        if own["notes"]:
            text += "<h3>Notes</h3><ul>" + "".join(f"<li>{_text(note)}</li>" for note in own["notes"]) + "</ul>"
        return text


def _groups_of(found: dict[str, Any]) -> str:
    if not found["used"]:
        return f"not used: {found.get('reason')}"
    return f"{len(found['groups'])} of {found['rows']} rows; {found['anchors']} rows labelled besides"


def _text(value: Any) -> str:
    return html.escape(str(value))


def _table(rows: list[Any], *, head: bool = False) -> str:
    def cell(text: Any, tag: str) -> str:
        number = head and tag == "td" and str(text)[:1].isdigit()
        return f"<{tag}{' class=n' if number else ''}>{_text(text)}</{tag}>"

    lines = []
    for place, row in enumerate(rows):
        tag = "th" if head and place == 0 else "td"
        lines.append("<tr>" + "".join(cell(text, tag) for text in row) + "</tr>")
    return f"<table>{''.join(lines)}</table>"


def _curve(lines: list[tuple[str, list[float]]]) -> str:
    """Curves as SVG, the costs on a logarithmic axis where all are above zero."""
    import math

    width, height, left, bottom = 560, 220, 56, 26
    values = [value for _, curve in lines for value in curve if math.isfinite(value)]
    if not values:
        return ""
    logarithmic = min(values) > 0

    def scale(value: float) -> float:
        return math.log10(value) if logarithmic else value

    low, high = scale(min(values)), scale(max(values))
    span = (high - low) or 1.0
    epochs = max(len(curve) for _, curve in lines)

    def at(epoch: int, value: float) -> str:
        x = left + (width - left - 8) * epoch / max(1, epochs - 1)
        y = 8 + (height - bottom - 8) * (1 - (scale(value) - low) / span)
        return f"{x:.1f},{y:.1f}"

    drawn = "".join(
        f"<polyline fill='none' stroke='{COLOURS[i % len(COLOURS)]}' stroke-width='1.6' points='"
        + " ".join(at(epoch, value) for epoch, value in enumerate(curve) if math.isfinite(value))
        + f"'><title>{_text(name)}</title></polyline>"
        for i, (name, curve) in enumerate(lines)
    )
    ends = ((high, 14), (low, height - bottom))
    marks = "".join(
        f"<text x='{left - 6}' y='{y}' text-anchor='end' font-size='11' fill='#555'>{(10**end if logarithmic else end):.3g}</text>"
        for end, y in ends
    )
    axis = f"<path d='M{left} 8V{height - bottom}H{width - 8}' fill='none' stroke='#999'/>"
    foot = (
        f"<text x='{left}' y='{height - 8}' font-size='11' fill='#555'>1</text>"
        f"<text x='{width - 8}' y='{height - 8}' text-anchor='end' font-size='11' fill='#555'>epoch {epochs}</text>"
    )
    return f"<svg viewBox='0 0 {width} {height}' role='img' aria-label='cost by epoch'>{axis}{drawn}{marks}{foot}</svg>"
