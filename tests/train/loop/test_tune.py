"""Training in the arithmetic of hardware."""

import torch

from qrnn_hw.train.loop.state import load_network, network_state
from qrnn_hw.train.loop.tune import in_integers, tune


def test_tuning_reports_and_keeps_the_best(fitted):
    fit_, data, chosen = fitted()
    seen = []
    tuned = tune(fit_, data, chosen, seen.append)
    assert [epoch.number for epoch in seen] == [5, 6]
    assert tuned.curve == tuple(seen)
    best = max([tuned.before.accuracy, *(epoch.val_accuracy for epoch in seen)])
    again = in_integers(fit_, data, chosen)
    load_network(again.network, network_state(tuned.fit.network))
    again.origin, again.reach = tuned.fit.origin, tuned.reach
    assert again.score(again.network).accuracy == best


def test_tuning_helps_very_narrow_states(fitted):
    fit_, data, chosen = fitted(epochs=2, state_bits=4, tune_epochs=8, tune_lr=1.0)
    tuned = tune(fit_, data, chosen, lambda epoch: None)
    assert max(epoch.val_loss for epoch in tuned.curve[-2:]) < tuned.before.loss


def test_the_seed_fixes_every_bit(fitted):
    one, same = (tune(*fitted(), lambda epoch: None).fit.network for _ in range(2))
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, same.state_dict()[name]), name
