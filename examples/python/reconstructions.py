"""Digits from ten numbers each: a deep autoencoder beside ten principal components.

For whoever wants short codes of rows, to draw, to compare or to search them. It needs numpy and scikit-learn, and takes
some five seconds. Where matplotlib is there, a picture is written into the folder that is the first argument, or else
into a temporary one.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from laddernet import Autoencoder


def squared_error(rebuilt: NDArray[np.float32], X: NDArray[np.float64]) -> float:
    """Mean over the rows of the squared error."""
    return float(np.mean(np.sum((rebuilt - X) ** 2, axis=1)))


def draw(lines: dict[str, NDArray[np.float64]], path: Path) -> bool:
    """A line of pictures for each name; false where matplotlib is missing."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("agg")
    from matplotlib import pyplot

    columns = len(next(iter(lines.values())))
    figure, axes = pyplot.subplots(len(lines), columns, figsize=(columns * 0.7, len(lines) * 1.0))
    for row, (name, pictures) in enumerate(lines.items()):
        for axis, picture in zip(axes[row], pictures, strict=True):
            axis.imshow(picture.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
            axis.set_axis_off()
        axes[row][0].set_title(name, loc="left", fontsize=9)
    figure.savefig(path, dpi=120, bbox_inches="tight")
    pyplot.close(figure)
    return True


def main() -> None:
    X = load_digits().data / 16
    learned, held = X[:1400], X[1400:]
    # 64 values to 100 units to a code of 10. Each layer is pretrained as an RBM, then all of them are fine-tuned.
    coder = Autoencoder((100, 10), max_iter=100, settings={"model.pretraining.epochs": 20}).fit(learned)
    components = PCA(10).fit(learned)

    codes = coder.transform(held)
    rebuilt = coder.inverse_transform(codes)
    flat = components.inverse_transform(components.transform(held))
    print(f"{len(held)} new digits as {codes.shape[1]} numbers each")
    errors = squared_error(rebuilt, held), squared_error(flat, held)
    print(f"squared error of a digit: autoencoder {errors[0]:.2f}, principal components {errors[1]:.2f}")

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        folder.mkdir(parents=True, exist_ok=True)
        lines = {"digits": held[:12], "autoencoder": rebuilt[:12], "principal components": flat[:12]}
        drawn = draw(lines, folder / "reconstructions.png")
        print(f"picture: {folder / 'reconstructions.png'}" if drawn else "no picture, since matplotlib is not installed")
    assert (rebuilt == coder.reconstruct(held)).all()
    assert errors[0] < errors[1]


if __name__ == "__main__":
    main()
