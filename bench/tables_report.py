"""What `bench/tables.py report` writes: results/tables/report.md, and the mean ranks as a picture."""

import collections
import statistics

import numpy as np
from scipy import stats

NAMES = {
    "majority": "majority",
    "logistic": "logistic regression",
    "forest": "random forest",
    "lightgbm": "LightGBM",
    "lightgbm-defaults": "LightGBM, defaults",
    "1-nn": "1-NN",
    "5-nn": "5-NN",
    "label-spreading": "LabelSpreading",
    "self-training-forest": "SelfTraining (forest)",
    "self-training-lightgbm": "SelfTraining (LightGBM)",
    "laddernet-mlp": "laddernet, labels alone",
    "laddernet-top": "laddernet Top",
    "laddernet-full": "laddernet Full",
    "laddernet-auto": "laddernet automatic",
}
UNRANKED = ("lightgbm-defaults",)  # a second setting of one method would count it twice
LEVEL = 0.05


def write_report(lines, methods, tables, folder, against):
    """`lines` by (table, labels, draw, method)."""
    errors = collections.defaultdict(dict)  # (table, labels) -> method -> {draw: error}
    for (table, labels, draw, method), line in lines.items():
        errors[table, labels].setdefault(method, {})[draw] = line["error_percent"]
    same_rows(lines)
    cells = sorted(errors, key=lambda cell: (tables.index(cell[0]), cell[1]))
    if not cells:
        raise SystemExit(f"{folder} holds no results")
    draws = max(len(of) for cell in cells for of in errors[cell].values())
    complete = [m for m in methods if all(len(errors[cell].get(m, {})) == draws for cell in cells)]
    partial = [m for m in methods if m not in complete and any(m in errors[cell] for cell in cells)]
    ranked = [m for m in complete if m not in UNRANKED]
    means = {cell: {m: statistics.mean(errors[cell][m].values()) for m in complete} for cell in cells}

    text = ["# Tables with few labels\n\nWritten by `bench/tables.py report`; how it was measured: bench/TABLES.md.\n"]
    text += error_table(cells, errors, means, [*complete, *partial], complete, draws)
    if partial:
        text.append(f"Not complete, and therefore not ranked: {', '.join(NAMES[m] for m in partial)}.\n")
    if len(ranked) > 2 and len(cells) > 1:
        text += rank_table(cells, means, ranked, lines, folder)
    if against in [*complete, *partial]:
        text += paired_table(cells, errors, [m for m in (*complete, *partial) if m != against], against)
    else:
        text.append(f"## Paired\n\nThere is nothing of '{NAMES[against]}' yet to be compared with.\n")
    text += measured_with(lines)
    path = folder / "report.md"
    path.write_text("\n".join(text).rstrip() + "\n")
    print(path.read_text())
    print(f"written: {path}")


def same_rows(lines):
    """Everybody had the same labelled rows, or there is no comparison."""
    rows = collections.defaultdict(set)
    for (table, labels, draw, _), line in lines.items():
        rows[table, labels, draw].add(line["rows_sha256"])
    if mixed := [key for key, hashes in rows.items() if len(hashes) > 1]:
        raise SystemExit(f"methods had different labelled rows in {mixed[0]}: remove the lines of one kind")


def error_table(cells, errors, means, shown, complete, draws):
    yield "## Error\n"
    yield f"Percent of the test rows, mean ± standard deviation of {draws} draws. The best mean of a row is bold."
    yield "In brackets: how many draws there are, where not all are.\n"
    yield "| table | labels a class | " + " | ".join(NAMES[m] for m in shown) + " |"
    yield "|---|---|" + "---|" * len(shown)
    for cell in cells:
        best = min((round(v, 1) for m, v in means[cell].items() if m not in UNRANKED), default=None)
        row = []
        for m in shown:
            values = list(errors[cell].get(m, {}).values())
            if not values:
                row.append("")
                continue
            mean = f"{statistics.mean(values):.1f}"
            bold = m in complete and m not in UNRANKED and float(mean) == best
            deviation = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
            row.append(
                (f"**{mean}**" if bold else mean) + deviation + ("" if len(values) == draws else f" ({len(values)})")
            )
        yield f"| {cell[0]} | {cell[1]} | " + " | ".join(row) + " |"
    yield ""


def rank_table(cells, means, ranked, lines, folder):
    ranks = np.array([stats.rankdata([means[cell][m] for m in ranked]) for cell in cells])
    mean_ranks = dict(zip(ranked, ranks.mean(0)))
    friedman = stats.friedmanchisquare(*([means[cell][m] for cell in cells] for m in ranked))
    k, n = len(ranked), len(cells)
    difference = critical_difference(k, n)
    (folder / "ranks.svg").write_text(picture(mean_ranks, difference, n))
    seconds = {m: statistics.median(line["cpu_seconds"] for key, line in lines.items() if key[3] == m) for m in ranked}
    yield "## Ranks\n"
    yield f"Of {k} methods, over {n} cells (a table with a number of labels), by the mean error; a tie gets the mean of the"
    yield f"ranks. Friedman p = {friedman.pvalue:.1g}. Two methods that are less than {difference:.2f} apart cannot be told"
    yield f"apart (Nemenyi, {LEVEL:.0%}). The cells of one table are not independent, which this test takes them to be.\n"
    yield "![Mean ranks](ranks.svg)\n"
    yield "| method | mean rank | cells won | median processor seconds |"
    yield "|---|---|---|---|"
    for m in sorted(ranked, key=mean_ranks.get):
        won = sum(means[cell][m] == min(means[cell][o] for o in ranked) for cell in cells)
        yield f"| {NAMES[m]} | {mean_ranks[m]:.2f} | {won} | {seconds[m]:.2f} |"
    yield ""


def critical_difference(methods, cells):
    """Demšar 2006, section 3.2.2: q * sqrt(k (k + 1) / (6 N)); his q_0.05 is 2.343 for three methods."""
    q = stats.studentized_range.ppf(1 - LEVEL, methods, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(methods * (methods + 1) / (6 * cells)))


def paired_table(cells, errors, others, against):
    yield f"## Paired with {NAMES[against]}\n"
    yield f"Better and worse by the mean difference of the same draws; in brackets those with p < {LEVEL} (Wilcoxon's signed ranks,"
    yield "two-sided, not corrected for many tests). The last columns pool the draws of all numbers of labels of a table.\n"
    yield "| method | cells better | cells worse | mean difference in points | tables better | tables worse |"
    yield "|---|---|---|---|---|---|"
    lost = []
    for m in others:
        of_cell = {c: d for c in cells if len(d := differences(errors[c].get(m, {}), errors[c].get(against, {})))}
        if not of_cell:
            continue
        of_table = {
            table: np.concatenate([d for cell, d in of_cell.items() if cell[0] == table])
            for table in dict.fromkeys(cell[0] for cell in of_cell)
        }
        better, worse, tables_better, tables_worse = (
            tally(found, sign) for found in (of_cell, of_table) for sign in (-1, 1)
        )
        difference = statistics.mean(d.mean() for d in of_cell.values())
        yield f"| {NAMES[m]} | {better} | {worse} | {difference:+.2f} | {tables_better} | {tables_worse} |"
        if m.startswith("laddernet-"):
            where = [f"{t}, {n}" for (t, n), d in of_cell.items() if d.mean() > 0 and p_value(d) < LEVEL]
            lost += [f"{NAMES[m]} is significantly worse on: {'; '.join(where) or 'none'}."]
    yield from ["", *lost, ""]


def differences(one, other):
    return np.array([one[draw] - other[draw] for draw in sorted(one.keys() & other.keys())])


def p_value(d):
    return stats.wilcoxon(d).pvalue if np.any(d) else 1.0


def tally(found, sign):
    there = [d for d in found.values() if np.sign(d.mean()) == sign]
    return f"{len(there)} ({sum(p_value(d) < LEVEL for d in there)})"


def measured_with(lines):
    yield "## Measured with\n"
    found = collections.defaultdict(set)
    for line in lines.values():
        found[line["processor"]].update(f"{name} {version}" for name, version in line["versions"].items())
    for processor, versions in sorted(found.items()):
        yield f"- {processor}: {', '.join(sorted(versions))}"
    yield ""


def picture(mean_ranks, difference, cells):
    """The line of ranks, best at the left; methods hang from it, and bars join those that cannot be told apart."""
    order = sorted(mean_ranks, key=mean_ranks.get)
    k, left, right, top, step = len(order), 240, 705, 92, 22
    half = (k + 1) // 2
    bars = groups([mean_ranks[m] for m in order], difference)
    first = top + 18 + 9 * len(bars)
    height = first + step * half + 8

    def x(rank):
        return left + (rank - 1) / (k - 1) * (right - left)

    def line(x1, y1, x2, y2, width=1, colour="#444"):
        return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'

    def words(at, y, text, anchor="middle", more=""):
        return f'<text x="{at:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{text}</text>'

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 930 {height}" font-family="sans-serif" font-size="13" '
        'fill="#222">',
        f"<title>Mean ranks of {k} methods over {cells} cells</title>",
        f'<rect width="930" height="{height}" fill="#fff"/>',
        words(
            465, 20, f"Mean rank by error over {cells} cells of table and labels (1 is best)", more=' font-size="14"'
        ),
        line(x(1), 42, x(1 + difference), 42, 3),
        line(x(1), 37, x(1), 47),
        line(x(1 + difference), 37, x(1 + difference), 47),
        words(x(1 + difference) + 8, 47, f"critical difference {difference:.2f}", "start"),
        line(left, top, right, top, 1.5),
    ]
    for rank in range(1, k + 1):
        out += [line(x(rank), top - 6, x(rank), top), words(x(rank), top - 11, rank)]
    for number, (low, high) in enumerate(bars):
        y = top + 12 + 9 * number
        out.append(line(x(mean_ranks[order[low]]) - 4, y, x(mean_ranks[order[high]]) + 4, y, 4, "#888"))
    for place, m in enumerate(order):
        at_left = place < half
        y = first + step * (place if at_left else k - 1 - place)
        ours = m.startswith("laddernet-")
        colour, edge = ("#0a6cb0" if ours else "#444"), (left - 12 if at_left else right + 12)
        out += [
            line(x(mean_ranks[m]), top, x(mean_ranks[m]), y, 1, colour),
            line(x(mean_ranks[m]), y, edge, y, 1, colour),
        ]
        more = f' fill="{colour}"' + (' font-weight="bold"' if ours else "")
        text = f"{NAMES[m]}, {mean_ranks[m]:.2f}"
        out.append(words(edge + (-5 if at_left else 5), y + 4, text, "end" if at_left else "start", more))
    return "\n".join([*out, "</svg>"]) + "\n"


def groups(ranks, difference):
    """The longest runs of ascending ranks that are less than the difference apart, as (first, last)."""
    found = []
    for low in range(len(ranks)):
        high = max(i for i in range(low, len(ranks)) if ranks[i] - ranks[low] < difference)
        if high > low and (not found or high > found[-1][1]):
            found.append((low, high))
    return found
