"""A clock domain behind ports that have a standard's names."""

from amaranth import ClockDomain, Module, Signal, Value


def drive_domain(m: Module, name: str, clk: Signal, reset: Value) -> None:
    """Give ``m`` and what is below it the domain ``name``, clocked by the port ``clk``.

    The domain is local: a design around ``m`` keeps its own of that name.
    """
    domain = ClockDomain(name, local=True)
    domain.clk = clk
    m.domains += domain
    m.d.comb += domain.rst.eq(reset)
