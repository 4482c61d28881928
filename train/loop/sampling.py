"""Which steps of a sequence are read in training, where reading all of them would take long."""

import torch
from torch import Tensor


class StepSampler:
    """Draw steps whose losses stand, without bias, for those of all steps.

    Steps at which the answers of sequences differ are always read. Of those with one and the same
    answer, as the long silence of the copy task, a few are read: they are cut into as many
    stretches of one length, and a step is drawn from each.

    Parameters
    ----------
    targets
        (n, T), answers of the training split, -1 where none is asked.
    sampled
        How many steps of the second kind are read, 1 or more; all of them if they are fewer.
    """

    def __init__(self, targets: Tensor, sampled: int) -> None:
        same = (targets == targets[0]).all(0)
        self._common = (same & (targets[0] >= 0)).nonzero()[:, 0]
        self._differing = (~same).nonzero()[:, 0]
        self._sampled = min(sampled, len(self._common))

    def draw(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw the steps of a training step.

        Parameters
        ----------
        generator
            The source of what is random.

        Returns
        -------
        steps
            (m,), from 0.
        weights
            (m,): how many steps each stands for.
        """
        count, kept = len(self._common), self._sampled
        length = count / max(kept, 1)
        places = (torch.arange(kept) + torch.rand(kept, generator=generator)) * length
        drawn = self._common[places.long().clamp(max=max(count - 1, 0))]
        steps = torch.cat([drawn, self._differing])
        weights = torch.ones(len(steps))
        weights[:kept] = length
        return steps, weights
