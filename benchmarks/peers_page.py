"""The page docs/peers.md, from what a run of peers.py left."""

import json
from pathlib import Path
from typing import Any

RUN = Path(__file__).parent / "results" / "peers.json"
PAGE = Path(__file__).parent.parent / "docs" / "peers.md"
TEMPLATE = Path(__file__).with_name("peers_page.md")


def adder_cells(row: dict[str, Any], bits: int) -> float | None:
    """Return cells times cycles for a full-adder bit; None where there are no such cells."""
    whole = row["cells"] is not None and not row["does"].startswith("another")
    return row["cells"] * row["cycles"] / bits if whole else None


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def line(row: dict[str, Any], bits: int) -> str:
    """Write a row of the table."""
    steps = None if row["mhz"] is None else 1e6 * row["mhz"] / row["cycles"]
    said = row["said"]
    if row["cells"] is not None and row["mhz"] is None:
        said = said or "does not fit the UP5K"
    cells = [
        row["way"], row["does"], _shown(row["cells"], ",d"), _shown(row["rams"], "d"),
        _shown(row["dsps"], "d"), _shown(row["cycles"], ",d"), _shown(row["mhz"], ".1f"),
        _shown(steps, ",.0f"), _shown(adder_cells(row, bits), ".1f"),
        "; ".join(filter(None, (row["checked"], said))),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def table(run: dict[str, Any], network: str) -> str:
    """Write the rows of a network, in the order in which they ran."""
    rows = (row for rows in run["ways"].values() for row in rows if row["network"] == network)
    return "".join(line(row, run["full_adder_bits"][network]) for row in rows)


def missing(run: dict[str, Any]) -> str:
    """Say which ways were left out, so that nobody takes them for measured."""
    left = [name for name in run["known"] if name not in run["ways"]]
    names = ", ".join(f"`{name}`" for name in left)
    return f"Not in this run (`--only NAME` adds one): {names}.\n\n" if left else ""


def text(run: dict[str, Any]) -> str:
    """Write the page."""
    bits = {f"bits_{name}": f"{value:,}" for name, value in run["full_adder_bits"].items()}
    tables = {f"rows_{name}": table(run, name) for name in run["full_adder_bits"]}
    tools = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    packages = ", ".join(f"`{wanted[0]}`" for wanted in run["packages"].values())
    each = run["ways"]["small C"][0]["cycles"]
    tables["missing"] = missing(run)
    micro = {"instructions": f"{each:,}", "rate": f"{48e6 / each:,.0f}"}
    return TEMPLATE.read_text().format(tools=tools, packages=packages, **bits, **tables, **micro)


def write() -> None:
    """Write the page of the last run."""
    PAGE.write_text(text(json.loads(RUN.read_text())))
