"""What a build has for hosts in C: the header of its model, and the host itself."""

import string
from collections.abc import Iterable
from importlib.resources import files

import numpy as np

from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.inputs import Channel
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.verilog import PREFIX
from qrnn_hw.readings import Scale, exact_scale

HEADER = "qrnn_model.h"
SOURCES = ("qrnn_host.h", "qrnn_host.c")
PLAIN = frozenset(string.ascii_letters + string.digits + " !#$%&'()+,-./:;<=>@[]^_`{|}~")


def c_sources() -> dict[str, str]:
    """Return the host's files, by their names."""
    folder = files("qrnn_hw") / "host" / "c"
    return {name: (folder / name).read_text() for name in SOURCES}


def c_header(
    model: IntegerModel, identity: Identity, *, prefix: str = PREFIX, steps: int | None = None
) -> str:
    """Write the header of a model for the host in C.

    Parameters
    ----------
    identity
        What its board says.
    prefix
        What its names begin with: the network is ``qrnn_model`` by default.
    steps
        Steps of the sequences that it was trained on; None where that is not known.

    Returns
    -------
    str
        The text of ``qrnn_model.h``: the identity, names of classes, and scales that turn integer
        readings into what :class:`qrnn_hw.data.units.Unit` makes of them.
    """
    name, macro = f"{prefix}_model", f"{prefix.upper()}_MODEL"
    shape = {
        "CLASSES": (identity.classes, "logits of an answer"),
        "CHANNELS": (identity.channels, "numbers of a step"),
        "STEP_BYTES": ((identity.channels * identity.input_bits + 7) // 8, "in the memory"),
        "STEPS": ((steps or 0) * identity.samples, "of a sequence in training; 0: not known"),
    }
    lines = [
        f"/* The model {identity.digest.hex()} of this build, for qrnn_host.h. */",
        f"#ifndef {macro}_H",
        f"#define {macro}_H",
        "",
        '#include "qrnn_host.h"',
        "",
        *(f"#define {macro}_{key} {value} /* {what} */" for key, (value, what) in shape.items()),
        "",
        f"static const char *const {name}_names[] = {{",
        *(f"    {_literal(label)}," for label in model.labels),
        "};",
        "",
    ]
    wire = _is_wire(model, identity)
    lines += [f"/* {wire} */"] if wire else _scales(name, model.channels or (), identity)
    lines += [
        "",
        f"static const qrnn_network {name} = {{",
        "    {",
        *(f"        {row}" for row in _rows(f"0x{byte:02X}" for byte in identity.pack())),
        "    },",
        f"    {'NULL' if wire else f'{name}_scales'},",
        f"    {name}_names,",
        f"    {len(model.labels)},",
        "};",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def _is_wire(model: IntegerModel, identity: Identity) -> str:
    """Say why readings are numbers of the wire as they are, if they are."""
    low, high = identity.input_range
    if identity.front_end:
        return f"Readings are samples of sound of 8 kHz, {low} to {high}."
    if identity.vocabulary:
        return f"Readings are numbers of tokens, {low} to {high}."
    if all((each.step, each.offset) == (1, 0) for each in model.channels or ()):
        return f"Readings are numbers of the wire, {low} to {high}."
    return ""


def _scales(name: str, channels: Iterable[Channel], identity: Identity) -> list[str]:
    """Lay the scales of channels out."""
    tables, rows = [], []
    known: dict[tuple[float, float], tuple[Scale | None, str]] = {}
    for number, channel in enumerate(channels):
        unit = channel.step, channel.offset
        if unit not in known:
            scale, ups = exact_scale(channel, identity.input_range), "NULL"
            if scale is not None and scale.ups is not None:
                ups = f"{name}_ups_{number}"
                packed = np.packbits(scale.ups, bitorder="little").tobytes()
                tables += [f"static const uint8_t {ups}[] = {{"]
                tables += [f"    {row}" for row in _rows(f"0x{byte:02X}" for byte in packed)]
                tables += ["};"]
            known[unit] = scale, ups
        rows += _scale(number, channel, *known[unit])
    return [*tables, f"static const qrnn_scale {name}_scales[] = {{", *rows, "};"]


def _scale(number: int, channel: Channel, scale: Scale | None, ups: str) -> list[str]:
    """Lay a scale out, with what a reading is."""
    about = f"{number}: {_literal(channel.name)}" if channel.name else f"{number}:"
    unit = f" {_literal(channel.unit)}" if channel.unit else ""
    if scale is None:
        refused = "takes no readings: its numbers are too fine, or too large, for integers"
        return [f"    /* {about} {refused} */", "    {0, 0, NULL, 0, 0, 0, 0, 0, 0},"]
    shown = f"{scale.first + scale.span // 2}"
    meant = f"{(scale.first + scale.span // 2) / 10**scale.decimals:.{scale.decimals}f}"
    return [
        f"    /* {about} a reading of {shown} is {meant}{unit} */",
        f"    {{UINT64_C({scale.multiplier}), UINT64_C({scale.addend}), {ups},",
        f"     {scale.first}, {scale.span}, {scale.tie}, {scale.base}, {scale.shift}, "
        f"{scale.decimals}}},",
    ]


def _rows(items: Iterable[str]) -> list[str]:
    """Lay numbers out, twelve in a line."""
    given = list(items)
    return [", ".join(given[place : place + 12]) + "," for place in range(0, len(given), 12)]


def _literal(text: str) -> str:
    """Write a text as C does, so that it may stand in a comment too."""
    parts = (
        chr(byte) if chr(byte) in PLAIN else f"\\{byte:03o}"
        for byte in text.encode("utf-8", "replace")
    )
    return f'"{"".join(parts)}"'
