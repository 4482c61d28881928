"""Designs that the planner's models are calibrated on: random networks, sizes and boards."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

import numpy as np

from qrnn_hw.boards import BOARDS, Board
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.choice import Candidate, candidates
from random_model import random_model

# Of every family that routes here; the smallest one is there to be filled.
PLACES = (
    *("icebreaker", "ulx3s-12f", "ice40-hx8k", "tang-nano-9k"),
    *("icebreaker", "ulx3s-12f", "tang-nano-9k", "icestick"),
    *("icebreaker", "orangecrab-25f", "ice40-hx8k", "tang-nano-20k"),
)
# Cells, of iCE40's estimates. Designs of examples are large, and route for a minute or more.
SMALL, LARGE = range(0, 2000), range(2500, 10_000)
FULL = 0.93  # of a device: what takes more often finds no place
LARGE_EVERY = 3
ATTEMPTS = 12
OCTAVES = 4  # of speed, from the fastest plan on: who wants slower ones takes fewer lanes
PLAIN = {"origin_bits": 0}
# What networks have, by the engines that such a network is for.
HADAMARD: tuple[dict[str, Any], ...] = (
    {},
    {"block": 16},
    {"channels": 3, "biased": True},
    {"vocabulary": 12, "every": True},
    {"channels": 20, "block": 32},
    {"block": 16, "decays": (5, 3)},
    {"layer": 16},
    PLAIN | {"block": 16, "pool": {"statistic": "mean", "steps": 128, "leak": 0}},
    PLAIN | {"block": 16, "channels": 6, "pool": {"statistic": "count", "steps": 0, "leak": 5}},
    {"halves": 1},
    {"transform": "halved"},
    {"vocabulary": 40},
    {"channels": 9},
)
DENSE: tuple[dict[str, Any], ...] = (
    {"weights": "binary"},
    {"weights": "ternary"},
    {"weights": "levels"},
    {"weights": "binary", "channels": 4, "biased": True},
    {"weights": "levels", "vocabulary": 20},
    {"weights": "levels", "activation": "relu"},
)
# Most networks have those that come twice, which are what `train` takes by itself.
BITS = {"u_bits": (2, 4, 4, 6), "v_bits": (2, 4, 4, 8), "input_bits": (8, 8, 12)}
HADAMARD_UNITS, DENSE_UNITS = (16, 32, 64, 96, 128, 256), (16, 24, 32, 48)
GRAPH_UNITS = (16, 20, 24)
MANY_UNITS = {"serial": (128, 256, 512, 1024), "graph": (24, 28, 32), "popcount": (48, 64, 96)}
TURNS = (
    *("serial", "popcount", "serial", "word", "serial", "graph"),
    *("serial", "popcount", "word", "serial", "graph"),
)


@dataclass(frozen=True)
class Design:
    """A core of a drawn network on a board.

    Parameters
    ----------
    board
        Its name.
    network
        Arguments of :func:`random_model.random_model`, and the "seed" of its generator.
    engine, sizes, way
        Which plan: as :class:`~qrnn_hw.hw.choice.Candidate` knows it.
    """

    board: str
    network: Mapping[str, Any]
    engine: str
    sizes: Mapping[str, int]
    way: str

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Design":
        """Take a design from a line of results."""
        return cls(*(told[name] for name in cls.__dataclass_fields__))

    def to_dict(self) -> dict[str, Any]:
        """Lay it out for a line of results."""
        return asdict(self)

    def model(self) -> IntegerModel:
        """Draw the network."""
        options = dict(self.network)
        pool = options.pop("pool", None)
        rng = np.random.default_rng(options.pop("seed"))
        return random_model(rng, **options, pool=None if pool is None else Pool(**pool))

    def candidate(self) -> Candidate:
        """Plan the core.

        Raises
        ------
        ModelError
            If no plan is like it, or the engine does not take the network.
        """
        for one in candidates(self.model(), self.engine)[0]:
            if (one.plan.sizes, one.plan.way) == (dict(self.sizes), self.way):
                return one
        raise ModelError(f"{self.engine} must have a plan of {self.sizes}", "draw again")


def draw(number: int) -> Design:
    """Draw a design that fits its board: most are small, some are large."""
    rng = np.random.default_rng([number, 17])
    board = BOARDS[PLACES[number % len(PLACES)]]
    engine = TURNS[number % len(TURNS)]
    large = number % LARGE_EVERY == 0 and engine in MANY_UNITS and board.part.luts > LARGE.start
    for attempt in count():
        # Some engines have nothing that is small enough for the smallest device.
        engine = engine if attempt < ATTEMPTS else "serial"
        network = _network(rng, engine, large) | {"seed": number}
        design = Design(board.name, network, engine, {}, "")
        fitting = _fitting(design, board, LARGE if large else SMALL)
        if fitting:
            # Of the popcount engine's many plans most are slow: every speed is as likely.
            paces = np.log2([one.pace for one in fitting])
            most = min(paces.max(), paces.min() + OCTAVES)
            one = fitting[int(np.abs(paces - rng.uniform(paces.min(), most)).argmin())]
            return Design(board.name, network, engine, one.plan.sizes, one.plan.way)
    raise AssertionError("there is no end to drawing")


def _network(rng: np.random.Generator, engine: str, large: bool) -> dict[str, Any]:
    """Draw what a network for an engine is like: a kind, often two at once, and its bits."""
    dense = engine in {"popcount", "graph"} or (engine == "word" and bool(rng.integers(3) == 0))
    kinds = DENSE if dense else HADAMARD
    network: dict[str, Any] = {}
    for kind in rng.integers(len(kinds), size=int(rng.integers(1, 3))):
        network |= kinds[int(kind)]
    units = GRAPH_UNITS if engine == "graph" else DENSE_UNITS if dense else HADAMARD_UNITS
    hidden = int(rng.choice(MANY_UNITS[engine] if large else units))
    network |= {
        "hidden": hidden,
        "state_bits": int(rng.choice([6, 8, 10, 12])),
        "classes": int(rng.integers(2, 11)),
    }
    network |= {name: int(rng.choice(bits)) for name, bits in BITS.items()}
    if not dense:
        network["block"] = min(network.get("block", hidden), hidden & -hidden)
    return network


def _fitting(design: Design, board: Board, cells: range) -> list[Candidate]:
    """List the plans of a design's engine that fit and take so many cells; none if it has none."""
    try:
        model = design.model()
        found, _ = candidates(model, design.engine)
    except ModelError:
        return []
    taken, room = link_cost(model), board.room
    return [
        one
        for one in found
        if (one.cost + taken).cells in cells
        and one.share(room, taken) <= FULL
        and not (one.plan.load or one.fetches)
    ]
