"""The command line's files and numbers are those of Python."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

import laddernet
from laddernet import RBM, Autoencoder, LadderClassifier, PretrainedClassifier, _core


def command(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "laddernet", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done


def test_the_command_line_is_here() -> None:
    assert command("--version").stdout.startswith("laddernet ")
    assert "ask for more labels (--labels)" in command("train", "--labels", "0", code=2).stderr


def test_both_doors_give_the_same_bits(tmp_path: Path, digits: Any, few: Any) -> None:
    X, y = digits
    hidden = few(y, 5)
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", hidden)
    run = tmp_path / "run"
    command(
        "train", tmp_path / "X.npy", "--y", tmp_path / "y.npy", "--model", "full", "--epochs", 3, "--test", "none", "--seed", 7,
        "--hidden", "30-20", "--out", run, "--quiet",
    )  # fmt: skip
    clf = LadderClassifier(max_iter=3, random_state=7, hidden_layer_sizes=(30, 20)).fit(X, hidden)
    theirs = laddernet.load(run)
    assert isinstance(theirs, LadderClassifier)
    for (name, shape, values), (other, other_shape, others) in zip(
        clf._model.tensors(), theirs._model.tensors(), strict=True
    ):
        assert (name, shape) == (other, other_shape)
        assert (values == others).all(), name
    assert (clf.predict_proba(X) == theirs.predict_proba(X)).all()
    assert theirs.classes_.tolist() == clf.classes_.tolist()
    assert theirs.summary_["labelled_rows"] == 50
    clf.save(tmp_path / "model.safetensors")
    command("predict", tmp_path / "model.safetensors", tmp_path / "X.npy", "--out", tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text().splitlines()[1:]
    assert [int(line.split(",")[1]) for line in lines] == clf.predict(X).tolist()


def test_a_data_frame_and_its_csv_give_the_same_bits(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    from laddernet.tests.test_rows import table

    frame, y = table()
    frame = frame.assign(member=frame["member"].map({True: "yes", False: "no"}), since=frame["since"].dt.strftime("%Y-%m-%d"))
    frame.assign(churn=np.where(y < 0, "", y.astype(str))).to_csv(tmp_path / "t.csv", index=False)
    run = tmp_path / "run"
    command(
        "train", tmp_path / "t.csv", "--target", "churn", "--model", "full", "--epochs", 3, "--test", "none", "--out", run, "--quiet"
    )
    clf = LadderClassifier(max_iter=3).fit(frame, y)
    theirs = laddernet.load(run)
    assert isinstance(theirs, LadderClassifier)
    assert (clf.predict_proba(frame) == theirs.predict_proba(frame)).all()
    assert list(theirs.feature_names_in_) == list(frame.columns)


@pytest.mark.parametrize("named", [False, True])
def test_new_rows_need_no_labels(named: bool, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    from laddernet.tests.test_rows import table

    frame, y = table()
    clf = LadderClassifier(max_iter=3, hidden_layer_sizes=(10,)).fit(frame, pd.Series(y, name="churn") if named else y)
    clf.save(tmp_path / "model.safetensors")
    frame.to_csv(tmp_path / "new.csv", index=False)
    frame.to_parquet(tmp_path / "new.parquet")
    for file in ("new.csv", "new.parquet"):
        for ask in ("predict", "label"):
            done = command(ask, tmp_path / "model.safetensors", tmp_path / file, "--out", tmp_path / "out.csv")
            # It is said, and no error.
            assert f"column '{'churn' if named else 'y'}' is not in the file, and not needed" in done.stderr
        of_file = pd.read_csv(tmp_path / "out.csv")
        assert of_file["churn_predicted" if named else "y_predicted"].tolist() == clf.predict(frame).tolist()


@pytest.mark.parametrize(
    "estimator",
    [
        LadderClassifier(max_iter=2),
        LadderClassifier(max_iter=2, standardize=False, hidden_layer_sizes=(20,)),
        PretrainedClassifier(max_iter=2, pretraining_max_iter=1),
        RBM(10, max_iter=1),
        Autoencoder(10, max_iter=1),
        Autoencoder((10, 3), max_iter=1, settings={"model.pretraining.epochs": 1}),
    ],
    ids=str,
)
def test_models_are_kept_in_every_way(estimator: Any, tmp_path: Path, digits: Any, few: Any) -> None:
    X, y = digits
    X = X / 16
    fitted = clone(estimator).fit(X, few(y, 5))
    answer = "predict_proba" if hasattr(fitted, "predict_proba") else "transform"
    expected = getattr(fitted, answer)(X)
    joblib.dump(fitted, tmp_path / "model.joblib")
    fitted.save(tmp_path / "model.safetensors")
    for other in (
        pickle.loads(pickle.dumps(fitted)),
        copy.deepcopy(fitted),
        joblib.load(tmp_path / "model.joblib"),
        laddernet.load(tmp_path / "model.safetensors"),
    ):
        assert (getattr(other, answer)(X) == expected).all()
    assert pickle.loads(pickle.dumps(clone(estimator))).get_params().keys() == estimator.get_params().keys()


def test_files_that_are_no_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no such"):
        laddernet.load(tmp_path / "nothing")
    (tmp_path / "other").write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match="other"):
        laddernet.load(tmp_path / "other")
    clf = LadderClassifier(max_iter=1).fit(np.eye(4), [0, 1, 0, 1])
    state = clf.__getstate__()
    state["_model"] = state["_model"][:-5]
    with pytest.raises(ValueError, match="damaged"):
        LadderClassifier().__setstate__(state)
    with pytest.raises(OSError, match="cannot write"):
        clf.save(tmp_path / "no" / "such" / "folder")


def test_a_panic_is_an_exception_that_can_be_caught() -> None:
    with pytest.raises(RuntimeError, match="has a bug, please report it: forced"):
        _core.force_panic()


def test_warnings_point_at_the_line_of_the_caller(digits: Any, few: Any) -> None:
    X, y = digits
    with pytest.warns(ConvergenceWarning, match="may be wrong") as caught:
        LadderClassifier(max_iter=1, hidden_layer_sizes=(3,)).fit(X, few(y, 3))
    assert {warning.filename for warning in caught} == {__file__}


def test_the_number_of_threads_changes_nothing(digits: Any, few: Any) -> None:
    X, y = digits
    fits = [LadderClassifier(max_iter=3, n_jobs=jobs).fit(X, few(y, 5)).predict_proba(X) for jobs in (1, 2, 3, None)]
    assert all((fits[0] == other).all() for other in fits[1:])


def fit(X: Any, y: Any, seed: int) -> Any:
    return LadderClassifier(max_iter=2, n_jobs=1, random_state=seed).fit(X, y).predict_proba(X[:50])


def test_fits_in_threads_processes_and_forks(digits: Any, few: Any) -> None:
    X, y = digits
    hidden = few(y, 5)
    expected = [fit(X, hidden, seed) for seed in (1, 2, 3)]
    for backend in ("threading", "loky", "multiprocessing"):
        found = joblib.Parallel(n_jobs=3, backend=backend)(joblib.delayed(fit)(X, hidden, seed) for seed in (1, 2, 3))
        assert all((a == b).all() for a, b in zip(expected, found, strict=True)), backend


def test_fit_lets_other_threads_run(digits: Any, few: Any) -> None:
    X, y = digits
    ticks, done = [], threading.Event()

    def tick() -> None:
        while not done.wait(0.01):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.monotonic()
    LadderClassifier(max_iter=60, n_jobs=1).fit(X, few(y, 10))
    seconds = time.monotonic() - began
    done.set()
    thread.join()
    assert len(ticks) > 10 * seconds, (len(ticks), seconds)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_an_interrupted_fit_keeps_what_it_has_learned() -> None:
    program = """
import os, signal, threading, time, warnings
import numpy as np
from laddernet import LadderClassifier
X = np.random.default_rng(0).normal(size=(2000, 20)); y = (X[:, 0] > 0).astype(int)
threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()
began = time.monotonic()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    clf = LadderClassifier(max_iter=100_000).fit(X, y)
print(time.monotonic() - began, clf.n_iter_, clf.summary_["status"], clf.score(X, y), [str(w.message)[:20] for w in caught])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    seconds, epochs, status, score, *warned = done.stdout.split()
    assert float(seconds) < 5 and int(epochs) >= 1 and status == "interrupted" and float(score) > 0.8, done.stdout
    assert "interrupted" in " ".join(warned)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_the_command_can_be_interrupted(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", np.random.default_rng(0).random((5000, 30)))
    np.save(tmp_path / "y.npy", np.arange(5000) % 2)
    arguments = ["train", "X.npy", "--y", "y.npy", "--model", "full", "--epochs", "100000", "--test", "0.5", "--quiet", "--out", "run"]
    with subprocess.Popen([sys.executable, "-m", "laddernet", *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as command:
        # Once it trains, however long the start takes on a busy computer.
        for _ in range(600):
            if (tmp_path / "run.partial" / "config.toml").exists():
                break
            time.sleep(0.1)
        time.sleep(0.5)
        command.send_signal(2)
        _, said = command.communicate(timeout=60)
    assert command.returncode == 130 and "Traceback" not in said, (command.returncode, said)


def test_an_error_in_a_callback_comes_through(digits: Any, few: Any) -> None:
    callback = pytest.importorskip("sklearn.callback")
    X, y = digits

    class Failing:
        """Raises at the end of the second epoch."""

        def setup(self, estimator: Any, context: Any) -> None:
            self.epochs = 0

        def on_fit_task_begin(self, estimator: Any, context: Any) -> None: ...

        def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
            self.epochs += 1
            if self.epochs == 2:
                raise KeyError("mine")
            return False

        def teardown(self, estimator: Any, context: Any) -> None: ...

    with pytest.raises(KeyError, match="mine"):
        LadderClassifier(max_iter=5).set_callbacks(Failing()).fit(X, few(y, 5))
    pytest.importorskip("rich")
    bar = LadderClassifier(max_iter=3).set_callbacks(callback.ProgressBar()).fit(X, few(y, 5))
    assert bar.n_iter_ == 3


def test_the_summary_is_that_of_a_run(digits: Any, few: Any, tmp_path: Path) -> None:
    X, y = digits
    clf = LadderClassifier(max_iter=3, estimate=True).fit(X, few(y, 5))
    assert 0 <= clf.supervised_error_ <= 100
    page = clf.report_._repr_html_()
    assert "unlabelled rows" in page and "<svg" in page and "cross-validated" in page
    clf.report_.save(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert json.dumps(clf.summary_) and "61-250-100-10" in repr(clf.report_)
    assert len(clf.loss_curve_) == clf.n_iter_ == 3
    assert clf.denoising_curves_.shape == (3, 4)
    text = LadderClassifier(max_iter=1).fit(np.eye(4), ["<b>", "&", "<b>", "&"])
    assert "<b>" not in text.report_._repr_html_() and "&lt;b&gt;" in text.report_._repr_html_()
