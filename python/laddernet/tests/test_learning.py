"""What is learned, and how parameters change it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from laddernet import RBM, Autoencoder, LadderClassifier, PretrainedClassifier, SemiSupervisedSplit


def test_unlabelled_rows_help_on_the_digits(digits: Any, few: Any) -> None:
    X, y = digits
    train, held = np.arange(len(y)) % 5 != 0, np.arange(len(y)) % 5 == 0
    hidden = few(y[train], 4)
    ladder = LadderClassifier().fit(X[train], hidden)
    alone = LadderClassifier(model="mlp").fit(X[train], hidden)
    assert ladder.score(X[held], y[held]) > 0.9
    assert ladder.score(X[held], y[held]) > alone.score(X[held], y[held])


def test_settings_of_the_core_win_and_slips_are_named(digits: Any, few: Any) -> None:
    X, y = digits
    clf = LadderClassifier(max_iter=5, settings={"training.epochs": np.int64(2), "model.statistics": "labelled"}).fit(X, few(y, 5))
    assert clf.n_iter_ == 2
    with pytest.raises(ValueError, match="did you mean 'training.epochs'"):
        LadderClassifier(settings={"training.epoch": 2}).fit(X, few(y, 5))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"model": "topp"}, "expected one of full, top, bottom, mlp, auto"),
        ({"noise": -1.0}, "noise is -1"),
        ({"max_iter": 0}, "epochs is 0"),
        ({"max_iter": 1.5}, "max_iter is 1.5: expected a whole number"),
        ({"max_iter": "5"}, "max_iter is '5'"),
        ({"denoising_weights": 1.0}, "denoising_weights is 1.0: expected a sequence"),
        ({"hidden_layer_sizes": (8.5,)}, "hidden_layer_sizes is 8.5"),
        ({"settings": []}, "settings is"),
        ({"settings": {"data.source": "digits"}}, "data.source"),
        ({"standardize": False}, "from 0 to 1"),
        ({"denoising_weights": [1.0]}, "denoising_weights"),
        ({"hidden_layer_sizes": (0,)}, "layers"),
        ({"random_state": -1}, "seed"),
        ({"validation_fraction": 1.0}, "validation_fraction"),
        ({"n_jobs": "many"}, "n_jobs"),
        ({"settings": {"training.seed": 2**63}}, "at most"),
        ({"settings": {"model.noise": object()}}, "model.noise"),
    ]
    for parameters, message in cases:
        with pytest.raises((ValueError, TypeError), match=message):
            LadderClassifier(**parameters).fit(X, few(y, 5))


def test_a_training_that_stops_early_stops_at_the_same_place() -> None:
    X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    y = (X[:, 0] > 0).astype(int)
    fits = [
        LadderClassifier(hidden_layer_sizes=(5,), early_stopping=True, validation_fraction=0.3, max_iter=3000).fit(X, y) for _ in range(3)
    ]
    assert len({clf.n_iter_ for clf in fits}) == 1 and fits[0].n_iter_ < 3000
    assert all((clf.predict_proba(X) == fits[0].predict_proba(X)).all() for clf in fits)
    assert fits[0].summary_["status"] == "stopped"
    assert fits[0].summary_["own"]["classes"][0]["predicted_percent"] is not None


def test_a_refused_batch_or_refit_leaves_nothing_wrong_behind() -> None:
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    y = np.where(np.arange(40) < 20, np.arange(40) % 2, -1)
    clf = LadderClassifier(hidden_layer_sizes=(5,), max_iter=2).fit(X, np.array(["a", "b"])[y % 2])
    with pytest.raises(ValueError, match="noise"):
        clf.set_params(noise=-1.0).fit(X, np.array(["x", "y", "z"])[np.arange(40) % 3])
    with pytest.raises(NotFittedError):
        clf.predict(X)
    wider = LadderClassifier(hidden_layer_sizes=(5,), max_iter=2, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="3-5-2, but these settings and rows make 3-6-2"):
        wider.set_params(hidden_layer_sizes=(6,)).fit(X, y)
    stream = LadderClassifier(hidden_layer_sizes=(5,)).partial_fit(X, y, classes=[0, 1])
    other = LadderClassifier(hidden_layer_sizes=(5,)).partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="expected one of the classes"):
        other.partial_fit(X, np.full(40, 7))
    with pytest.raises(ValueError, match="data.unlabelled_as"):
        LadderClassifier(settings={"data.unlabelled_as": ["?"]}).fit(X, y)
    assert (stream.partial_fit(X, y).predict_proba(X) == other.partial_fit(X, y).predict_proba(X)).all()


def test_a_column_without_a_value_in_one_batch_keeps_its_dates_in_the_other() -> None:
    pd = pytest.importorskip("pandas")
    y = np.arange(40) % 2
    frame = pd.DataFrame({"a": np.arange(40.0) % 7, "since": pd.date_range("2024-01-01", periods=40, freq="5D")})
    blank = frame.assign(since=pd.Series([None] * 40, dtype=object))
    clf = LadderClassifier(hidden_layer_sizes=(5,)).partial_fit(frame, y, classes=[0, 1]).partial_fit(blank, np.full(40, -1))
    dates = next(cells for name, _, cells, _ in clf._kept[0] if name == "since")
    assert not np.isnan(dates[:40]).any()
    words = frame.assign(a=["12 times"] * 40)
    with pytest.warns(UserWarning, match="'a'"):
        clf.partial_fit(words, y)


def test_early_stopping_and_warm_start(digits: Any, few: Any) -> None:
    X, y = digits
    hidden = few(y, 20)
    stopped = LadderClassifier(early_stopping=True, validation_fraction=0.3, n_iter_no_change=3, max_iter=500)
    assert 3 < stopped.fit(X, hidden).n_iter_ < 500
    assert len(stopped.loss_curve_) == stopped.n_iter_
    clf = LadderClassifier(max_iter=5, warm_start=True).fit(X, hidden)
    first = clf.loss_curve_
    again = clf.fit(X, hidden).loss_curve_
    assert again[0] < first[-1] * 1.2 and again[-1] < first[-1]
    assert (clf.predict_proba(X) != LadderClassifier(max_iter=5).fit(X, hidden).predict_proba(X)).any()


def test_a_stream_is_learned_from(digits: Any) -> None:
    X, y = digits
    generator = np.random.default_rng(2)
    clf = LadderClassifier(random_state=3)
    with pytest.raises(ValueError, match="classes must be passed"):
        clf.partial_fit(X[:100], y[:100])
    for batch in range(60):
        rows = generator.choice(1500, 100, replace=False)
        hidden = np.where(np.arange(100) < (40 if batch == 0 else 4), y[rows], -1)
        clf.partial_fit(X[rows], hidden, classes=range(10) if batch == 0 else None)
    assert clf.n_iter_ == 60
    assert clf.score(X[1500:], y[1500:]) > 0.85
    with pytest.raises(ValueError, match="expected one of the classes"):
        clf.partial_fit(X[:2], [0, 11])
    with pytest.raises(ValueError, match="features"):
        clf.partial_fit(X[:2, :5], [0, 1])
    assert clf.n_iter_ == 60
    import pickle

    again = pickle.loads(pickle.dumps(clf)).partial_fit(X[:100], np.full(100, -1))
    assert again.score(X[1500:], y[1500:]) > 0.8


def test_a_stream_of_frames_and_the_classes_of_a_whole_y() -> None:
    pd = pytest.importorskip("pandas")
    pl = pytest.importorskip("polars")
    X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    y = np.where(np.arange(60) < 30, (X[:, 0] > 0).astype(int), -1)
    frame = pd.DataFrame(X, columns=list("abc"))
    clf = LadderClassifier(hidden_layer_sizes=(8,)).partial_fit(frame, y, classes=np.unique(y))
    assert clf.classes_.tolist() == [0, 1]
    clf.partial_fit(pl.from_pandas(frame), y)
    words = frame.assign(c=pd.Series([None] * 60, dtype=object))
    other = LadderClassifier(hidden_layer_sizes=(8,)).partial_fit(words, y, classes=[0, 1])
    other.partial_fit(words.assign(c=["u", "v"] * 30), y)
    assert "not known" in repr(other.report_) and other.n_iter_ == 2


def test_partial_fit_goes_on_from_fit_with_frames() -> None:
    pytest.importorskip("pandas")
    from laddernet.tests.test_rows import table

    frame, y = table()
    clf = LadderClassifier(max_iter=30).fit(frame, y)
    before = clf.score(frame, np.arange(len(frame)) % 2)
    clf.partial_fit(frame.iloc[:40], y[:40]).partial_fit(frame.iloc[40:80], y[40:80])
    assert clf.score(frame, np.arange(len(frame)) % 2) > before - 0.1


def test_inside_the_tools_of_scikit_learn(digits: Any, few: Any) -> None:
    X, y = digits
    hidden = few(y, 20)
    small = LadderClassifier(max_iter=15, hidden_layer_sizes=(50,))
    pipe = make_pipeline(StandardScaler(), small).fit(X, hidden)
    assert pipe.score(X, y) > 0.8
    grid = GridSearchCV(small, {"noise": [0.2, 0.4], "model": ["full", "mlp"]}, cv=SemiSupervisedSplit(3)).fit(X, hidden)
    assert grid.best_score_ > 0.7
    labelled = hidden >= 0
    calibrated = CalibratedClassifierCV(small, cv=3).fit(X[labelled], hidden[labelled])
    assert np.allclose(calibrated.predict_proba(X[:5]).sum(axis=1), 1)
    importance = permutation_importance(pipe, X[:200], y[:200], n_repeats=1, random_state=0)
    assert importance.importances_mean.shape == (64,)


def test_rbm_features_help_a_linear_model_and_its_numbers_agree(digits: Any) -> None:
    X = digits[0] / 16
    rbm = RBM(12, max_iter=30, random_state=1).fit(X)
    small = RBM(3, max_iter=10).fit(X[:, :8])
    # The density of three hidden and eight visible Bernoulli units sums to one over all states.
    states = ((np.arange(256)[:, None] >> np.arange(8)) & 1).astype(np.float32)
    assert np.exp(small.log_likelihood(states)).sum() == pytest.approx(1.0, rel=1e-5)
    W, b = small.components_, {name: values for name, _, values in small._model.tensors()}
    hidden, visible = (next(values for name, values in b.items() if name == f"rbm.{part}_bias") for part in ("hidden", "visible"))
    by_hand = states @ visible + np.logaddexp(0, states @ W.T + hidden).sum(axis=1)
    assert small.score_samples(states) == pytest.approx(by_hand, abs=1e-4)
    assert (rbm.inverse_transform(rbm.transform(X)) == rbm.reconstruct(X)).all()
    assert rbm.transform(X).dtype == np.float32 and rbm.gibbs(X[:3], steps=2).shape == (3, 64)
    assert rbm.log_likelihood(X[:5], chains=20, temperatures=200).shape == (5,)
    samples = rbm.sample(4, steps=20)
    assert samples.min() >= 0 and samples.max() <= 1
    assert rbm.score_samples(X).mean() > rbm.score_samples(np.random.default_rng(0).random(X.shape)).mean()
    y = digits[1]
    score = make_pipeline(RBM(60), LogisticRegression(max_iter=500)).fit(X[:900], y[:900]).score(X[900:], y[900:])
    assert score > 0.8, score


def test_an_rbm_learns_from_few_rows_unless_told_otherwise(digits: Any) -> None:
    X, y = digits
    X = X / 16
    short, usual = RBM(60, max_iter=100).fit(X[:100]), RBM(60).fit(X[:100])
    assert usual.n_iter_ == 600 and RBM(5).fit(X).n_iter_ == 100
    likelihoods = [rbm.log_likelihood(X[1300:], temperatures=1000).mean() for rbm in (short, usual)]
    assert likelihoods[1] > likelihoods[0] + 0.5, likelihoods
    right = [LogisticRegression(C=10, max_iter=500).fit(rbm.transform(X[:200]), y[:200]).score(rbm.transform(X[1300:]), y[1300:]) for rbm in (short, usual)]
    assert right[1] > right[0], right


def test_gaussian_units_give_back_the_units_of_the_rows(digits: Any) -> None:
    X = digits[0] * 3 + 100
    X[:, 10] += 1000
    coder = Autoencoder(30, max_iter=30).fit(X)
    rebuilt = coder.inverse_transform(coder.transform(X))
    assert (rebuilt == coder.reconstruct(X)).all()
    assert np.square(rebuilt - X).sum() < 0.5 * np.square(X - X.mean(axis=0)).sum()
    thin = RBM(5, visible="gaussian", max_iter=2).fit(digits[0][:, 20:28])
    thinner = RBM(5, visible="gaussian", max_iter=2).fit(1000 * digits[0][:, 20:28])
    difference = thin.log_likelihood(digits[0][:5, 20:28]) - thinner.log_likelihood(1000 * digits[0][:5, 20:28])
    assert difference == pytest.approx(8 * np.log(1000), abs=1e-2)
    noisy = Autoencoder(10, corruption="masking 0.25", max_iter=2).fit(digits[0] / 16)
    assert noisy.transform(digits[0][:2] / 16).shape == (2, 10)
    deep = Autoencoder((40, 10), max_iter=10).fit(X)
    assert deep.transform(X).shape == (1797, 10)
    names = coder.set_output(transform="pandas").fit(X[:100]).transform(X[:3]) if _has_pandas() else None
    assert names is None or list(names.columns)[:2] == ["autoencoder0", "autoencoder1"]


def _has_pandas() -> bool:
    return find_spec("pandas") is not None


def test_pretrained_layers_are_better_than_chance_from_few_labels(digits: Any, few: Any) -> None:
    X, y = digits
    for model in ("sdae",):
        assert PretrainedClassifier(model=model).fit(X, few(y, 10)).score(X, y) > 0.75, model
    dbn = PretrainedClassifier(model="dbn", standardize=False).fit(X / 16, few(y, 10))
    assert dbn.score(X / 16, y) > 0.75
    with pytest.raises(ValueError, match="from 0 to 1"):
        PretrainedClassifier(model="dbn", standardize=False).fit(X, few(y, 10))


def test_memory_grows_by_less_than_two_copies(few: Any) -> None:
    import resource
    import subprocess
    import sys

    program = """
import resource, numpy as np
from laddernet import LadderClassifier
X = np.random.default_rng(0).random((200_000, 40), dtype=np.float32); y = np.full(len(X), -1); y[:200] = np.arange(200) % 2
LadderClassifier(max_iter=1, batch_size=2000, hidden_layer_sizes=(20,)).fit(X[:3000], y[:3000])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
LadderClassifier(max_iter=1, batch_size=2000, hidden_layer_sizes=(20,)).fit(X, y)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / X.nbytes)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 2.0, done.stdout
    assert resource.RUSAGE_SELF is not None
