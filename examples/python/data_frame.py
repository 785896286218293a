"""A data frame as it comes: words, dates, gaps, and a label in few of its rows.

For whoever has a table rather than a matrix. No column is prepared by hand. It needs pandas, too, takes some four
seconds, and writes the report of the training into the folder that is its first argument, or else into a temporary one.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from laddernet import LadderClassifier


def customers(rows: int = 800) -> pd.DataFrame:
    """Customers of two kinds; those of the second leave more often. All of it is made up."""
    generator = np.random.default_rng(5)
    leaves = generator.random(rows) < 0.4
    months = np.where(leaves, generator.gamma(2, 5, rows), generator.gamma(6, 8, rows))
    frame = pd.DataFrame(
        {
            "plan": np.where(generator.random(rows) < np.where(leaves, 0.8, 0.2), "monthly", "yearly"),
            "town": generator.choice(["Bonn", "Graz", "Oslo", "Riga"], rows),
            "since": pd.Timestamp("2024-06-30") - pd.to_timedelta(months * 30, unit="D"),
            "visits": generator.poisson(np.where(leaves, 3, 8)).astype(float),
            "spent": generator.lognormal(np.where(leaves, 3, 4), 0.7),
            "newsletter": generator.random(rows) < np.where(leaves, 0.3, 0.6),
            "churn": np.where(leaves, "left", "stayed"),
        }
    )
    frame.loc[generator.random(rows) < 0.15, "visits"] = np.nan
    frame.loc[generator.random(rows) < 0.10, "plan"] = None
    return frame


def main() -> None:
    frame = customers()
    truth = frame["churn"]
    # Forty labels are known; in the other rows the cell is empty.
    known = truth.where(frame.index.isin(frame.sample(40, random_state=0).index))
    print(f"{len(frame)} rows, {known.notna().sum()} of them with a label, {frame.isna().any(axis=1).sum()} with a gap")

    X = frame.drop(columns="churn")
    # estimate=True asks by cross-validation over the forty labels whether the rows without one help.
    clf = LadderClassifier(max_iter=60, hidden_layer_sizes=(60, 30), estimate=True).fit(X, known)
    print(clf.report_)
    print("three rows:", ", ".join(clf.predict(X.head(3))))
    print("the probability that they leave:", clf.predict_proba(X.head(3))[:, list(clf.classes_).index("left")])

    rows = known.isna()
    error = 100 * float(np.mean(clf.transduction_[rows] != truth[rows]))
    print(f"of the rows without a label, {error:.1f} % are filled in wrong")
    found = clf.summary_["estimate"]["comparison"]
    print(f"the labels alone, by cross-validation: {clf.supervised_error_:.1f} % wrong; verdict: {found['verdict']}")

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        folder.mkdir(parents=True, exist_ok=True)
        clf.report_.save(folder / "report.html")
        print("report:", folder / "report.html", (folder / "report.html").stat().st_size, "bytes")
    assert error < 25, "better than always saying 'stayed', which is wrong in two rows of five"
    assert set(clf.transduction_) == {"left", "stayed"}


if __name__ == "__main__":
    main()
