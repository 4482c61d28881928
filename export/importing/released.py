"""Networks of the papers' released code: a state dict of theirs to a trained model of ours.

The names and shapes are those that ``torch.save(model.state_dict())`` writes for the classes
``BinadamSSM`` and ``QORNN``, with and without embeddings, of github.com/deel-ai-papers/hadamRNN
(commits 9695c76 and c5b2f7a).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Reals
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import VOCABULARY
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import (
    DenseWeights,
    HadamardWeights,
    Levels,
    NumberInputs,
    RealReadout,
    TokenInputs,
)

Array = npt.NDArray[np.floating]

RECURRENT = "recurrent_layer."
SIGNS = RECURRENT + "sign_vector"
CHAIN = RECURRENT + "parametrizations.weight.0._"
BJORCK = RECURRENT + "parametrizations.weight.1._w_bjorck"
INPUT = "input_layer.parametrizations.weight.original"
OUTPUT = "output_layer.parametrizations.weight.original"
REAL_OUTPUT = "output_layer.weight"
OUTPUT_BIAS = "output_layer.bias"
WORDS = "word_embedding.weight"
THRESHOLD = "activation.b"
#: What the released modReLU adds to the magnitude.
MODRELU_EPSILON = 1e-6

_HINT = "give a state dict of the released BinadamSSM or QORNN, and the options of its run"


@dataclass(frozen=True)
class Run:
    """What the run's YAML says of a network and its state dict does not.

    Parameters
    ----------
    bits
        ``NUM_BITS``: width of U, of V where it is quantized, and of the W of a QORNN; 1..8, where
        1 is ternary.
    block
        Units of a Hadamard block, ``2 ** BASIC_BLOCK``; None for all units, ``'full'``.
    linear
        ``LINEAR_RECURRENT`` of a QORNN: its activation is outside the recurrence.
    every
        ``MANYTOMANY``: an output every step.
    v_bits
        What a V in full precision, ``QOUTPUT: False``, is quantized to; 2..8.
    one_hot
        The inputs are one-hot vectors: tokens.
    table_bits
        Width of the products of embeddings and U, 2..16.
    input_bits, input_signed, input_step
        Format of an input that is a number.
    """

    bits: int
    block: int | None = None
    linear: bool = True
    every: bool = False
    v_bits: int = 8
    one_hot: bool = False
    table_bits: int = 8
    input_bits: int = 8
    input_signed: bool = False
    input_step: float = 1 / 255


def _refused(name: str, must: str) -> ModelError:
    return ModelError(f"{name} {must}", _HINT)


class _Tensors:
    """The tensors of a file, taken by name; what nobody takes does not fit."""

    def __init__(self, tensors: Mapping[str, Array]) -> None:
        self._left = dict(tensors)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def ignore(self, name: str, shape: tuple[int, ...]) -> None:
        """Drop a tensor that decides nothing, if there is one."""
        if name in self._left:
            self.take(name, shape, finite=False)

    def take(self, name: str, shape: tuple[int | None, ...], *, finite: bool = True) -> Array:
        """Return a tensor of a shape, None standing for any length."""
        if name not in self._left:
            raise _refused(name, "must be in the file, and is missing")
        tensor = self._left.pop(name)
        known = all(want in (None, size) for want, size in zip(shape, tensor.shape))
        if tensor.ndim != len(shape) or not known or not tensor.size:
            wanted = str(tuple("n" if size is None else size for size in shape)).replace("'", "")
            raise _refused(name, f"must have shape {wanted}, not {tensor.shape}")
        if tensor.dtype.kind != "f":
            raise _refused(name, f"must hold real numbers, not {tensor.dtype}")
        if finite and not np.isfinite(tensor).all():
            raise _refused(name, "must be finite, and has NaN or infinity")
        return tensor

    def finish(self) -> None:
        """Refuse what is left."""
        for name in self._left:
            if name.startswith(("recurrent_layer_2.", "input_layer_2.")):
                raise _refused(name, "must not be there: a second layer, SINGLE_LAYER: False")
            if name == "input_layer.weight":
                raise _refused(name, f"must be quantized, as {INPUT}, and is in full precision")
            raise _refused(name, "must not be there: the released networks have no such tensor")


def quantized(matrix: Array, bits: int) -> Levels:
    """Quantize as the released code does (``UniformQuantize``), in the matrix's own precision.

    The range is the largest magnitude, halves round to even, and the level of ``+max`` does not
    exist. One bit is ternary.
    """
    top = 1 << bits - 1
    largest = float(np.abs(matrix).max()) or 1.0
    scale = top / largest
    if scale > float(np.finfo(matrix.dtype).max):  # of small weights in half precision
        matrix = matrix.astype(np.float64)
    scaled = np.rint(matrix * matrix.dtype.type(scale))
    levels = np.clip(scaled, -top, max(top - 1, 1)).astype(np.int64)
    return Levels(bits, largest / top, levels)


def _wide(levels: Levels, bits: int = 2) -> Levels:
    """Give ternary levels the two bits that they take in a matrix of numbers."""
    return Levels(max(levels.bits, bits), levels.step, levels.levels)


def _hadamard(file: _Tensors, run: Run) -> HadamardWeights:
    signs = file.take(SIGNS, (1, None))
    d = signs.size
    again = RECURRENT + "parametrizations.weight.0.sign_vector"
    if again in file and not np.array_equal(file.take(again, (1, d)), signs):
        raise _refused(again, f"must equal {SIGNS}, and differs")
    file.ignore(RECURRENT + "parametrizations.weight.original", (d, d))
    if not signs.all():
        unit = int(np.flatnonzero(signs[0] == 0)[0])
        raise _refused(SIGNS, f"must not be zero, and is at unit {unit}: it has no sign")
    block = d if run.block is None else run.block
    if block < 2 or block & (block - 1) or d % block:
        raise ModelError(
            f"the block must be a power of two that divides the {d} units of {SIGNS}, not {block}",
            "give --block 2^q for BASIC_BLOCK: q, or --block full",
        )
    return HadamardWeights(np.sign(signs[0]).astype(np.int64), block)


def _dense(file: _Tensors, run: Run) -> DenseWeights:
    w = file.take(BJORCK, (None, None))
    d = len(w)
    if w.shape != (d, d):
        raise _refused(BJORCK, f"must be square, not {w.shape}")
    file.ignore(RECURRENT + "parametrizations.weight.original", (d, d))
    for name in ("u", "v"):
        file.ignore(CHAIN + name, (d,))
    activation = "linear" if run.linear else "modrelu" if THRESHOLD in file else "relu"
    return DenseWeights(quantized(w, run.bits), activation)


def _inputs(file: _Tensors, run: Run, d: int) -> NumberInputs | TokenInputs:
    u = quantized(file.take(INPUT, (d, None)), run.bits)
    if WORDS in file:
        words = file.take(WORDS, (None, u.levels.shape[1]))
        _check_vocabulary(WORDS, len(words))
        return TokenInputs(quantized(words.astype(np.float64) @ u.value.T, run.table_bits))
    if run.one_hot:
        _check_vocabulary(INPUT, u.levels.shape[1])
        return TokenInputs(_wide(Levels(u.bits, u.step, u.levels.T.copy())))
    return NumberInputs(_wide(u), run.input_bits, run.input_signed, run.input_step)


def _check_vocabulary(name: str, words: int) -> None:
    if not 2 <= words <= VOCABULARY:
        raise ModelError(
            f"{name} must be for 2..{VOCABULARY} tokens, not {words}",
            "train with fewer tokens, characters for instance",
        )


def _readout(file: _Tensors, run: Run, d: int, relu: bool) -> RealReadout:
    if REAL_OUTPUT in file:
        v = quantized(file.take(REAL_OUTPUT, (None, d)), run.v_bits)
    else:
        v = _wide(quantized(file.take(OUTPUT, (None, d)), run.bits))
    bias = file.take(OUTPUT_BIAS, (len(v.levels),))
    return RealReadout(v, bias.astype(np.float64), relu, run.every)


def _bias(file: _Tensors, recurrence: HadamardWeights | DenseWeights) -> Reals:
    d = recurrence.hidden
    if recurrence.activation == "modrelu":
        threshold = file.take(THRESHOLD, (d,)).astype(np.float64) + MODRELU_EPSILON
        name = RECURRENT + "bias"
        if name in file and file.take(name, (d,)).any():
            raise _refused(name, "must be zero before a modReLU, which has a bias of its own")
        return threshold
    return file.take(RECURRENT + "bias", (d,)).astype(np.float64)


def trained(tensors: Mapping[str, Array], run: Run) -> TrainedModel:
    """Read a network of the released code.

    Parameters
    ----------
    tensors
        The state dict, in the file's order.
    run
        The rest of what is to be known.

    Returns
    -------
    TrainedModel
        With the bias in every step as it is, a ``state_range`` of 1 that is to be measured, and
        no task, samples or card.

    Raises
    ------
    ModelError
        If a tensor is missing, unknown, or of another shape or type than it must have; the first
        one is named.
    """
    file = _Tensors(tensors)
    spectral = any(name.startswith(CHAIN) for name in tensors)
    recurrence = _dense(file, run) if spectral else _hadamard(file, run)
    d = recurrence.hidden
    inputs = _inputs(file, run, d)
    bias = _bias(file, recurrence)
    # The released activation is a ReLU; that of a modReLU network is the modReLU itself.
    readout = _readout(file, run, d, relu=recurrence.activation != "modrelu")
    file.finish()
    cell = "QORNN"
    if isinstance(recurrence, HadamardWeights):
        cell = "HadamRNN" if recurrence.block == d else "Block-HadamRNN"
    none = np.zeros((0, 1, inputs.channels), np.int64)
    return TrainedModel(cell, recurrence, inputs, readout, bias, None, 1.0, samples_x=none)
