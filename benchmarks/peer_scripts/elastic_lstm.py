"""Write an LSTM of elasticai.creator as VHDL; runs in a venv of peers_venv.py.

Reads ``order.json``: units, state bits; writes the folder ``vhdl`` and ``found.json``.
"""

import json
import os
from pathlib import Path

import torch
from elasticai.creator.file_generation.on_disk_path import OnDiskPath
from elasticai.creator.nn.fixed_point import Linear
from elasticai.creator.nn.fixed_point.lstm.layer import (
    FixedPointLSTMWithHardActivations,
    LSTMNetwork,
)

order = json.loads(Path("order.json").read_text())
torch.manual_seed(0)
about = {"total_bits": order["bits"], "frac_bits": order["bits"] // 2, "bias": True}
lstm = FixedPointLSTMWithHardActivations(input_size=1, hidden_size=order["units"], **about)
linear = Linear(in_features=order["units"], out_features=1, **about)
LSTMNetwork([lstm, linear])
lstm.create_design().save_to(OnDiskPath("vhdl", parent="."))
files = [os.path.relpath(file) for file in sorted(Path("vhdl").rglob("*.vhd"))]
Path("found.json").write_text(json.dumps({"files": files}))
