"""What an input adds to the state: a matrix times numbers, or a table's row for a token."""

import torch
from torch import Tensor, nn

from qrnn_hw.train.batch import Batch
from qrnn_hw.train.networks.quantizer import quantize, to_levels


def xavier(*shape: int, fans: int, generator: torch.Generator) -> nn.Parameter:
    """Draw a weight uniformly, its bound set by the units that it leads from and to."""
    bound = (6 / fans) ** 0.5
    return nn.Parameter((2 * torch.rand(*shape, generator=generator) - 1) * bound)


def _ends(steps: int, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Find the step, (n, T), that moves each sequence to the end, and where it begins by then."""
    source = torch.arange(steps, device=lengths.device) - (steps - lengths)[:, None]
    return source.clamp(min=0), source >= 0


class NumberInput(nn.Module):
    """``q(U) x_t`` of real channels.

    Parameters
    ----------
    hidden, channels
        Shape of U.
    bits
        Of a weight of U; 0 leaves it real.
    generator
        Draws U.

    Attributes
    ----------
    u : Parameter
        (d, channels).
    """

    def __init__(self, hidden: int, channels: int, bits: int, generator: torch.Generator) -> None:
        super().__init__()
        self.bits = bits
        self.u = xavier(hidden, channels, fans=hidden + channels, generator=generator)

    def columns(self) -> Tensor:
        """Give what an input of one in each channel adds, (channels, d)."""
        return quantize(self.u, self.bits).T

    def drive(self, x: Tensor, columns: Tensor) -> Tensor:
        """Give what each step adds, (n, T, d), for inputs (n, T, channels)."""
        return x @ columns

    @staticmethod
    def collect(batch: Batch, response: Tensor) -> Tensor:
        """Add up what all steps leave at the end, (n, d), from the response (T, channels, d)."""
        x = batch.x
        if batch.lengths is not None:
            source, inside = _ends(batch.steps, batch.lengths)
            x = x.gather(1, source[:, :, None].expand_as(x)) * inside[:, :, None]
        return x.flatten(1) @ response.flatten(0, 1)

    def levels(self) -> tuple[Tensor, Tensor]:
        """Give U as whole numbers, (d, channels), and the value of one."""
        return to_levels(self.u, self.bits)


class TokenInput(nn.Module):
    """A row of a quantized table for each token: ``q(E U^T)``, or a table of its own.

    The product of embedding and input matrix is all that hardware needs, so it is what is
    quantized.

    Parameters
    ----------
    hidden, vocabulary
        Shape of the table.
    embedding
        Width of E; 0 for a table without.
    bits
        Of a number of the table; 0 leaves it real.
    generator
        Draws the weights.
    silent
        A token whose row stays zero, or None.

    Attributes
    ----------
    table : Parameter
        (vocabulary, d), or E, (vocabulary, embedding).
    u : Parameter or None
        (d, embedding).
    """

    def __init__(
        self,
        hidden: int,
        vocabulary: int,
        embedding: int,
        bits: int,
        generator: torch.Generator,
        silent: int | None = None,
    ) -> None:
        super().__init__()
        self.bits, self.silent = bits, silent
        self.u: nn.Parameter | None = None
        if embedding:
            self.table = nn.Parameter(torch.randn(vocabulary, embedding, generator=generator))
            self.u = xavier(hidden, embedding, fans=hidden + embedding, generator=generator)
        else:
            fans = hidden + vocabulary
            self.table = xavier(vocabulary, hidden, fans=fans, generator=generator)

    def _product(self) -> Tensor:
        product = self.table if self.u is None else self.table @ self.u.T
        if self.silent is None:
            return product
        heard = torch.arange(len(product), device=product.device) != self.silent
        return product * heard[:, None]

    def columns(self) -> Tensor:
        """Give what each token adds, (vocabulary, d)."""
        return quantize(self._product(), self.bits)

    def drive(self, x: Tensor, columns: Tensor) -> Tensor:
        """Give what each step adds, (n, T, d), for tokens (n, T)."""
        return nn.functional.embedding(x, columns)

    def occurrences(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Find which tokens occur at which steps of a batch, but for the silent one.

        Parameters
        ----------
        x
            (n, T), tokens.

        Returns
        -------
        found
            (n, m): 1 where a sequence has the token at the step, else 0.
        steps, tokens
            (m,) each, steps from 0.
        """
        heard = torch.ones_like(x, dtype=torch.bool) if self.silent is None else x != self.silent
        rows, when = heard.nonzero(as_tuple=True)
        pairs, index = (when + x[rows, when] * x.shape[1]).unique(return_inverse=True)
        found = torch.zeros(len(x), len(pairs), device=x.device)
        found[rows, index] = 1
        return found, pairs % x.shape[1], pairs // x.shape[1]

    @staticmethod
    def collect(batch: Batch, response: Tensor) -> Tensor:
        """Add up what all steps leave at the end, (n, d), from the response (T, vocabulary, d)."""
        steps, vocabulary, d = response.shape
        x, weights = batch.x, None
        if batch.lengths is not None:
            source, inside = _ends(steps, batch.lengths)
            x, weights = x.gather(1, source), inside.to(response.dtype)
        rows = x + vocabulary * torch.arange(steps, device=x.device)
        table = response.reshape(-1, d)
        bag = nn.functional.embedding_bag
        return bag(rows, table, mode="sum", per_sample_weights=weights)

    def levels(self) -> tuple[Tensor, Tensor]:
        """Give the table as whole numbers, (vocabulary, d), and the value of one."""
        return to_levels(self._product(), self.bits)
