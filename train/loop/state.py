"""What training changes of a network, as plain tables: taken down, and put back bit for bit."""

from typing import Any

import torch

from qrnn_hw.export.weights import Levels
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.cells.projunn import ProjunnMatrix
from qrnn_hw.train.networks.network import Network


def _generators(network: Network | GatedNetwork) -> list[torch.Generator]:
    """List the generators of the parts that draw; a copied network has copies of them."""
    return [part.generator for part in network.modules() if isinstance(part, ProjunnMatrix)]


def network_state(network: Network | GatedNetwork) -> dict[str, Any]:
    """Take a network down. The tensors are its own: they change with it."""
    return {
        "tensors": dict(network.state_dict()),
        "fixed": [name for name, item in network.named_parameters() if not item.requires_grad],
        "generators": [generator.get_state() for generator in _generators(network)],
    }


def load_network(network: Network | GatedNetwork, state: dict[str, Any]) -> None:
    """Put a network back that was built the same way; its tensors keep their layout in memory."""
    network.load_state_dict(state["tensors"])
    for name, item in network.named_parameters():
        item.requires_grad_(name not in state["fixed"])
    for generator, drawn in zip(_generators(network), state["generators"], strict=True):
        generator.set_state(drawn)


def levels_state(levels: Levels | None) -> dict[str, Any] | None:
    """Take levels down."""
    if levels is None:
        return None
    whole = torch.from_numpy(levels.levels)
    return {"bits": levels.bits, "step": levels.step, "levels": whole}


def load_levels(state: dict[str, Any] | None) -> Levels | None:
    """Put levels back."""
    if state is None:
        return None
    return Levels(state["bits"], state["step"], state["levels"].numpy())
