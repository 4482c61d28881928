"""A network that hardware computes, behind scikit-learn's protocol."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_consistent_length, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    assert_all_finite,
    check_array,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from qrnn_hw.data.arrays import SHAPES, array_of, side_by_side
from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.tasks.labelled import labelled
from qrnn_hw.data.tasks.part import Part
from qrnn_hw.export.errors import DataError, listed
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.limits import Choice, Real, Whole, checked
from qrnn_hw.prediction import Prediction, answers
from qrnn_hw.train.defaults import default_recipe
from qrnn_hw.train.loop.course import Epoch
from qrnn_hw.train.loop.device import device_of
from qrnn_hw.train.objective import Balance
from qrnn_hw.train.pipeline import train_network
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.result.save import check_output, save
from qrnn_hw.train_options import COMPILED, RECIPE, check_cell

SEEDS = 2**31 - 1
_BALANCED, _WEIGHT = Choice(("balanced",)), Real(0, 1e9, low_open=True)
_FRACTION, _WIDTH = Real(0, 1, low_open=True, high_open=True), Whole(1, 16)


@contextmanager
def _told() -> Iterator[None]:
    """Let what scikit-learn finds wrong with data be an error of ours, in one line."""
    try:
        yield
    except DataError:
        raise
    except ValueError as error:
        raise DataError(" ".join(str(error).split()), SHAPES) from error


class Classifier(ClassifierMixin, BaseEstimator):
    """Classify sequences with a quantized orthogonal RNN, in the integers that hardware computes.

    Training, its defaults and the names of its options are those of ``qrnn-hw train data``; None is
    the default that suits cell and data. A share of the sequences validates: it chooses the epoch
    that is kept, and the ranges of the states.

    Parameters
    ----------
    cell
        "hadamrnn", "block-hadamrnn" or "qornn".
    hidden
        Units: a power of two for hadamrnn, a multiple of the block for block-hadamrnn.
    epochs, batch, lr
        Passes over the data; sequences a step; peak learning rate.
    dropout, schedule, average
        Share of units hidden from the readout, 0..1; "cosine" or "linear"; how much of the averaged
        weights stays each step, 0..1.
    block
        block-hadamrnn: units of a block, a power of two.
    halves
        A step keeps ``2**(-halves/2)`` of a state; 0..16 (not of qornn).
    layer
        Not of qornn: units of a hidden layer of the readout, 256 and ``hidden`` at most.
    w_bits, method, activation
        qornn: bits of a weight of W, 1..8; "bjorck", "projunn-d", "projunn-t", "rotations" or
        "binary"; "linear", "relu" or "modrelu".
    u_bits, v_bits, origin_bits
        Bits of a weight of U and of V, and of the origin (not of qornn), 2..8.
    bias
        False for steps that add none, and so for no origin; not with "modrelu".
    state_bits, tune_epochs, noise_bits
        Bits of a state, 4..16, that the last ``tune_epochs`` are trained for; the answers are those
        of such states, and of 12 bits without. Bits of states whose noise training bears.
    input_bits
        Bits of a channel on the wire, 1..16; None takes 8 for floats, and as few as suffice for
        integers.
    class_weight
        "balanced" to count each class alike in the loss, however rare it is; a dictionary from
        labels to weights, 1 for labels that it lacks; or None.
    decision
        Whether one logit tells two classes apart.
    validation_fraction
        Of each class, what validates, above 0 and below 1; one sequence at least.
    threads, device
        Of the processor; "cpu", "cuda", or "auto" for a GPU if there is one.
    random_state
        An integer fixes everything, as ``--seed`` does; a RandomState; or None.
    verbose
        Whether every epoch is printed.

    Attributes
    ----------
    classes_ : ndarray
        The labels, sorted.
    n_features_in_ : int
        Steps T, where all sequences have as many.
    feature_names_in_ : ndarray
        Of a DataFrame whose columns are named.
    model_ : TrainedModel
        The network.
    card_ : dict
        How it came to be: recipe, curve, what it validates to, and what integers of 6 to 12 bits
        do.
    validation_score_ : float
        Accuracy of the epoch that was kept, 0..1, in real numbers.

    Examples
    --------
    >>> import qrnn_hw
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> X, y = load_digits(return_X_y=True)
    >>> X, X_test, y, y_test = train_test_split(X.astype(int), y, random_state=0)
    >>> clf = qrnn_hw.Classifier(hidden=32, epochs=30, lr=0.02, random_state=0).fit(X, y)
    >>> clf.score(X_test, y_test) > 0.85
    True
    >>> clf.export().hidden
    32
    """

    def __init__(
        self,
        cell: str = "hadamrnn",
        *,
        hidden: int | None = None,
        epochs: int | None = None,
        batch: int | None = None,
        lr: float | None = None,
        dropout: float | None = None,
        schedule: str | None = None,
        average: float | None = None,
        block: int | None = None,
        halves: int | None = None,
        layer: int | None = None,
        w_bits: int | None = None,
        method: str | None = None,
        activation: str | None = None,
        u_bits: int | None = None,
        v_bits: int | None = None,
        origin_bits: int | None = None,
        bias: bool | None = None,
        state_bits: int | None = None,
        tune_epochs: int | None = None,
        noise_bits: int | None = None,
        input_bits: int | None = None,
        class_weight: str | dict[Any, float] | None = None,
        decision: bool = False,
        validation_fraction: float = 0.2,
        threads: int | None = None,
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.cell = cell
        self.hidden = hidden
        self.epochs = epochs
        self.batch = batch
        self.lr = lr
        self.dropout = dropout
        self.schedule = schedule
        self.average = average
        self.block = block
        self.halves = halves
        self.layer = layer
        self.w_bits = w_bits
        self.method = method
        self.activation = activation
        self.u_bits = u_bits
        self.v_bits = v_bits
        self.origin_bits = origin_bits
        self.bias = bias
        self.state_bits = state_bits
        self.tune_epochs = tune_epochs
        self.noise_bits = noise_bits
        self.input_bits = input_bits
        self.class_weight = class_weight
        self.decision = decision
        self.validation_fraction = validation_fraction
        self.threads = threads
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Train.

        Parameters
        ----------
        X
            Integers or finite floats: (n, T), (n, T, channels), or a list of sequences (T_i,) or
            (T_i, channels); of NumPy, pandas or PyTorch. Floats are rounded to ``input_bits``, the
            median of a channel at 0, rare extremes saturated.
        y
            (n,), labels of two classes or more, of any kind.

        Returns
        -------
        Classifier
            Itself.

        Raises
        ------
        DataError
            If the data are none of these.
        OptionError
            If a parameter is outside its range, or does not go with others.
        ModelError
            If the cell does not take so many units, or training diverges.
        """
        x, lengths = self._sequences(X, reset=True)
        whole = Part(x, self._labels(y, len(x)), lengths)
        dataset = labelled(
            whole,
            tuple(map(str, self.classes_.tolist())),
            share=checked("validation_fraction", _FRACTION, self.validation_fraction),
            input_bits=self.input_bits and checked("input_bits", _WIDTH, self.input_bits),
            decision=self.decision,
        )
        recipe, before = self._recipe(dataset, self._seed()), torch.get_num_threads()
        try:
            trained = train_network(dataset, recipe, self._report)
        finally:
            torch.set_num_threads(before)
        self.model_ = cast(TrainedModel, trained)  # of no baseline
        self.card_ = self.model_.card
        self.validation_score_ = self.card_["val_accuracy"]
        return self

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Choose a label for each sequence, (n,).

        Parameters
        ----------
        X
            As :meth:`fit` takes it, of as many channels; of as many steps, unless those of training
            differed. What is beyond the range of training saturates.

        Raises
        ------
        DataError
            If it is something else.
        """
        found = self._answers(X).classes
        return self.classes_[found]

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Estimate how likely each label is, (n, classes), in the order of ``classes_``.

        The softmax of the logits, which was not calibrated.
        """
        return self._answers(X).probabilities

    def predict_log_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Take the logarithm of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def export(self) -> TrainedModel:
        """Return the network as ``build`` and ``verify`` take it.

        It holds the names of the classes, the unit of the inputs, and sequences that validated.
        """
        check_is_fitted(self)
        return self.model_

    def save(self, path: str | Path) -> None:
        """Write ``model.pt``, as ``qrnn-hw train`` does.

        Raises
        ------
        OutputError
            If the file cannot be written, or is none of ours.
        """
        save(self.export(), check_output(path))

    def _sequences(self, X: Any, reset: bool) -> tuple[npt.NDArray[Any], Any]:
        """Check sequences: (n, T, channels), and their lengths if these differ."""
        # Names of columns, and a sparse matrix, are for scikit-learn to see.
        foreign = hasattr(X, "columns") or hasattr(X, "tocsr")
        table, lengths = (X, None) if foreign else side_by_side(X)
        with _told():
            if lengths is None:
                # Not only the text that its default is.
                x: Any = validate_data(self, table, reset=reset, allow_nd=True)  # pyright: ignore
            else:
                x = check_array(table, allow_nd=True)
                self._check_steps(lengths, reset)
        if x.ndim > 3:
            raise DataError(f"X must have 2 or 3 axes, not {x.ndim}", SHAPES)
        if x.dtype.kind == "b":
            x = x.astype(np.uint8)
        return x.reshape(*x.shape[:2], -1), lengths

    def _check_steps(self, lengths: npt.NDArray[np.int64], reset: bool) -> None:
        """Note that steps differ; or refuse it, if they did not in training."""
        if reset:
            for name in ("n_features_in_", "feature_names_in_"):
                self.__dict__.pop(name, None)
        elif (steps := getattr(self, "n_features_in_", None)) is not None:
            raise DataError(
                f"sequences must have {steps} steps, as all had in training, not "
                f"{lengths.min()} to {lengths.max()}",
                "cut or pad them, or train on a list of sequences of several lengths",
            )

    def _labels(self, y: Any, count: int) -> npt.NDArray[np.int64]:
        """Check labels, and number them."""
        if y is None:
            raise DataError(
                f"{type(self).__name__} requires y to be passed, but the target y is None", "do so"
            )
        with _told():
            given = column_or_1d(array_of(y), warn=True)
            check_consistent_length(np.empty(count), given)
            assert_all_finite(given, input_name="y")
            check_classification_targets(given)
        self.classes_, places = np.unique(given, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(
                f"y must have two classes or more, and has one class: {self.classes_[0]}", "check y"
            )
        if self.decision and len(self.classes_) > 2:
            raise DataError(
                f"y must have two classes for a decision, not {len(self.classes_)}",
                "leave decision out",
            )
        return places

    def _seed(self) -> int:
        """Return the seed of a recipe."""
        given = self.random_state
        if isinstance(given, int | np.integer) and given >= 0:
            return int(given)
        with _told():
            return int(check_random_state(given).randint(SEEDS))

    def _recipe(self, dataset: Dataset, seed: int) -> Recipe:
        """Check the parameters, and look up the others."""
        asked = {name: getattr(self, name, None) for name in RECIPE}
        given = {name: value for name, value in asked.items() if value is not None}
        check_cell(checked("cell", Choice(COMPILED), self.cell), given)
        values = {name: checked(name, RECIPE[name][0], value) for name, value in given.items()}
        values["device"] = device_of(values["device"])
        values["balance"] = self._balance()
        return default_recipe(dataset.name, dataset, self.cell, seed=seed, **values)

    def _balance(self) -> Balance:
        """Check the weights of the classes."""
        given = self.class_weight
        if not isinstance(given, dict):
            return given is not None and bool(checked("class_weight", _BALANCED, given))
        labels = self.classes_.tolist()
        if unknown := set(given) - set(labels):
            raise DataError(
                f"class_weight must be of labels in y, and has {listed([*map(str, unknown)])}",
                "leave them out",
            )
        return tuple(checked("class_weight", _WEIGHT, given.get(label, 1)) for label in labels)

    def _report(self, epoch: Epoch) -> None:
        if self.verbose:
            print(
                f"epoch {epoch.number}: loss {epoch.loss:.4f}, validation {epoch.val_accuracy:.2%}"
            )

    def _answers(self, X: Any) -> Prediction:
        check_is_fitted(self)
        x, lengths = self._sequences(X, reset=False)
        return answers(self.model_, x, lengths, self.state_bits)
