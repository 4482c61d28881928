"""The signals inside a component, by name."""

from collections.abc import Iterator

from amaranth import Module, Signal, Value
from amaranth.asserts import AnyConst
from amaranth.hdl import Elaboratable, Fragment
from amaranth.lib import wiring


def _signals(fragment: Fragment, path: str) -> Iterator[tuple[str, Signal]]:
    """Yield every driven signal with its path; submodules without a name count as their parent."""
    for statements in fragment.statements.values():
        for signal in statements._lhs_signals():
            yield path + signal.name, signal
    for part, name, _ in fragment.subfragments:
        yield from _signals(part, f"{path}{name}." if name else path)


class Inside:
    """A component as it is built, with the signals in it open to a proof.

    The component is not changed: a proof about it is one about the gateware.

    Parameters
    ----------
    component
        What is proven.

    Attributes
    ----------
    fragment : Fragment
        The component elaborated; a submodule of the proof's design.

    Examples
    --------
    >>> from qrnn_hw.boards.link.gateware.crc import SerialCrc
    >>> Inside(SerialCrc()).all("crc")  # the register, and the port it drives
    [(sig crc), (sig crc)]
    """

    def __init__(self, component: Elaboratable) -> None:
        self.fragment = Fragment.get(component, None)
        self._signals: dict[str, dict[int, Signal]] = {}
        for path, signal in _signals(self.fragment, ""):
            self._signals.setdefault(path, {})[id(signal)] = signal

    def all(self, name: str) -> list[Signal]:
        """List the signals of a path such as ``"uart.busy"``, in the order of their statements."""
        return list(self._signals.get(name, {}).values())

    def __getitem__(self, name: str) -> Signal:
        """Return the one signal of a path.

        Raises
        ------
        KeyError
            If there is none, or more than one.
        """
        found = self.all(name)
        if len(found) != 1:
            raise KeyError(f"{name} must be one signal, and is {len(found)}")
        return found[0]

    def cut(self, name: str) -> Elaboratable:
        """Take a submodule out and return it: what it drove may then be anything.

        Those signals must become inputs of the design.
        """
        part = self.fragment.find_subfragment(name)
        self.fragment.subfragments = [
            entry for entry in self.fragment.subfragments if entry[1] != name
        ]
        return part.origins[0]

    def release(self, names: set[str]) -> None:
        """Take away what drives signals of the component itself, so that they may be anything.

        They must become inputs of the design.
        """
        for domain, statements in self.fragment.statements.items():
            kept = (one for one in statements if not {s.name for s in one._lhs_signals()} <= names)
            self.fragment.statements[domain] = type(statements)(kept)


def free(component: wiring.Component) -> list[Signal]:
    """List the inputs of a component: a proof lets them be anything that it does not drive."""
    return [
        Value.cast(value)
        for _, member, value in component.signature.flatten(component)
        if member.flow is wiring.In and len(Value.cast(value))
    ]


def later(m: Module, value: Value, cycles: int = 1) -> Value:
    """Return what a value was some cycles before."""
    for _ in range(cycles):
        held = Signal(value.shape())
        m.d.sync += held.eq(value)
        value = held
    return value


def any_constant(m: Module, width: int, name: str) -> Signal:
    """Return a signal that may have any value, the same one in every cycle."""
    chosen = Signal(width, name=name)
    m.d.comb += chosen.eq(AnyConst(width))
    return chosen
