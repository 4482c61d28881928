"""Where ``qrnn-hw train`` trains: ``--device`` and ``--threads``."""

import pytest
import torch
from click.testing import CliRunner

from qrnn_hw.cli.train import train
from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.model_file import load

SHORT = ("digits", "--hidden", "16", "--epochs", "2")


def run(*arguments):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(train, list(map(str, arguments)))


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [None, 2])
def test_the_card_says_how_many_threads_there_were(threads, tmp_path):
    asked = () if threads is None else ("--threads", threads)
    files = tmp_path / "one.pt", tmp_path / "other.pt"
    for file in files:
        assert run(*SHORT, *asked, "-o", file).exit_code == 0
        assert torch.get_num_threads() == (threads or 1)
    recipe = load(files[0]).card["recipe"]
    assert (recipe["threads"], recipe["device"]) == (threads or 1, "cpu")
    # As many threads, the same bits.
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_gpu_that_is_not_there_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    result = run(*SHORT, "--device", "cuda", "-o", tmp_path / "m.pt")
    assert isinstance(result.exception, ToolError)
    assert "try --device cpu" in str(result.exception.hint)
    assert not any(tmp_path.iterdir())
    assert run(*SHORT, "--device", "auto", "-o", tmp_path / "m.pt").exit_code == 0
    assert load(tmp_path / "m.pt").card["recipe"]["device"] == "cpu"
