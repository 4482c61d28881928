"""The weights that a core is loaded with after power-up."""

from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.popcount.image import load_image
from qrnn_hw.hw.popcount.plan import PopcountPlan


def loaded_words(plan: Plan) -> list[int]:
    """List the 16-bit words that the core's stream ``w`` needs, in order; none if it has none."""
    return load_image(plan) if isinstance(plan, PopcountPlan) and plan.load else []
