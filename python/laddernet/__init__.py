"""Learning from few labels and many rows without one.

`LadderClassifier` is the estimator to begin with: rows without a label are those whose entry in ``y`` is -1, ``None``,
``NaN``, ``pandas.NA`` or ``""``, and they are learned from, too.
"""

from laddernet._core import __version__
from laddernet._files import load
from laddernet._ladder import LadderClassifier
from laddernet._pretrained import PretrainedClassifier
from laddernet._report import Report
from laddernet._split import SemiSupervisedSplit
from laddernet._transformers import RBM, Autoencoder

__all__ = [
    "RBM",
    "Autoencoder",
    "LadderClassifier",
    "PretrainedClassifier",
    "Report",
    "SemiSupervisedSplit",
    "__version__",
    "load",
]
