"""Options of the commands that read a model in the form in which hardware computes it."""

import click

from qrnn_hw.cli.options.limits import within
from qrnn_hw.limits import AUTO, STATE_WIDTH, TRANSFORM
from qrnn_hw.models import STATE_BITS

#: Of commands that read builds, too, which have a width of their own.
state_bits_option = click.option(
    "--state-bits", type=within(STATE_WIDTH), help=f"model.pt: bits of a state [{STATE_BITS}]."
)
#: Of those that read models alone.
model_state_bits_option = click.option(
    "--state-bits",
    type=within(STATE_WIDTH),
    default=STATE_BITS,
    show_default=True,
    help="model.pt: bits of a state.",
)
transform_option = click.option(
    "--transform",
    type=within(TRANSFORM),
    default=AUTO,
    show_default=True,
    help="model.pt: exact or halved sums; auto: what it says.",
)
