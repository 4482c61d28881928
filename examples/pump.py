"""Simulates recordings of a pump, for docs/tutorial.md: no measurements, but their ways.

    python examples/pump.py recordings

writes recordings/healthy/00.csv and so on: half a second each of an accelerometer and a thermometer
on the pump's housing, a line for each of 400 samples a second. The housing is a mass on a spring,
which rings at 90 Hz; what the shaft does to it is the class:

healthy     a little unbalance, at the 25 turns a second of the shaft
unbalanced  four to six times as much
bearing     besides, a ball that hits a dent 3.6 times a turn
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE, STEPS, FINE = 400, 200, 20  # samples a second and in a file; steps of the simulation a sample
RING, DAMPING, HITS = 90.0, 0.05, 3.6  # Hz; of critical; a turn
GRAVITY = 9.81
CLASSES = ("healthy", "unbalanced", "bearing")
Reals = npt.NDArray[np.float64]


def force(kind: str, time: Reals, rng: np.random.Generator) -> Reals:
    """Return what drives the housing, in m/s2."""
    turns = time * rng.normal(25, 0.5) + rng.uniform()
    weight = rng.uniform(3, 6) * (rng.uniform(4, 6) if kind == "unbalanced" else 1)
    pushed = weight * np.sin(2 * np.pi * turns) + rng.normal(0, 0.5, len(time))
    if kind == "bearing":
        hit = np.diff(np.floor(turns * HITS), prepend=0) > 0
        pushed = pushed + rng.uniform(40, 80) * hit
    return pushed


def recording(kind: str, rng: np.random.Generator) -> tuple[Reals, Reals]:
    """Return acceleration, in m/s2, and temperature, in degrees, (STEPS,) each."""
    step = 1 / (RATE * FINE)
    pushed = force(kind, np.arange(2 * STEPS * FINE) * step, rng)
    omega, place, speed = 2 * np.pi * RING, 0.0, 0.0
    accelerations = np.empty(len(pushed))
    for number, push in enumerate(pushed):
        accelerations[number] = push - omega**2 * place - 2 * DAMPING * omega * speed
        speed += step * accelerations[number]
        place += step * speed
    heard = accelerations[STEPS * FINE :].reshape(STEPS, FINE).mean(1)  # once it has settled
    warm = 22 + rng.normal(0, 2) + rng.normal(0, 0.05, STEPS)
    return GRAVITY + heard + rng.normal(0, 0.1, STEPS), warm


def main() -> None:
    """Write the recordings."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    for kind in CLASSES:
        (asked.folder / kind).mkdir(parents=True)
        for number in range(asked.times):
            lines = ["time,acceleration [m/s2],temperature [degC]"]
            for step, (moved, warm) in enumerate(zip(*recording(kind, rng))):
                lines.append(f"{step / RATE:.4f},{moved:.3f},{warm:.2f}")
            (asked.folder / kind / f"{number:02}.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
