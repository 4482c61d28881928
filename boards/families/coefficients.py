"""What ``benchmarks/calibrate.py fit --write`` found; docs/planner.md says how good it is."""

#: Look-up tables of a family for each cell of the estimates, by component.
CELLS: dict[str, dict[str, float]] = {}
#: Logarithm of a design's clock period in ns, by what :func:`.estimate.features` counts.
PERIOD: dict[str, float] = {}
