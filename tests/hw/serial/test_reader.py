"""What the reader makes of flags, signs and planes, for every combination in a lane each."""

import numpy as np
import pytest

from qrnn_hw.hw.serial.reader import SerialReader
from qrnn_hw.hw.serial.schedule import Mode

BITS = 4  # planes below the sign
LANES = 1 << BITS + 2  # every flag, sign and value


def planes():
    """List flag, sign and planes of all lanes, and the stored numbers' parts."""
    lane = np.arange(LANES)
    flag, sign, value = lane >> BITS + 1, lane >> BITS & 1, lane & (1 << BITS) - 1
    return flag, sign, value


def plane(bits):
    return sum(int(bit) << lane for lane, bit in enumerate(bits))


def run(trace, mode, data, *, relu=True, statistic="", **controls):
    """Show ``data`` at the memory's output, one plane a cycle; return what comes a cycle later."""
    dut = SerialReader(LANES, relu=relu, statistic=statistic)
    inputs = [(dut.mode, [mode]), (dut.data, [*data, 0])]
    for name, cycles in controls.items():
        inputs.append((getattr(dut.read, name), [c in cycles for c in range(len(data) + 1)]))
    rows = trace(dut, len(data) + 1, inputs, [dut.o])
    return [np.array([row >> lane & 1 for lane in range(LANES)]) for (row,) in rows[1:]]


def number(bits):
    """Read signed numbers, least significant bit first."""
    return sum(bit << place for place, bit in enumerate(bits[:-1])) - (bits[-1] << len(bits) - 1)


@pytest.mark.parametrize("mode", [Mode.STEP, Mode.FINISH], ids=["step", "finish"])
def test_a_flagged_state_is_the_extreme_of_its_sign(trace, mode):
    flag, sign, value = planes()
    data = [plane(flag), plane(sign), *(plane(value >> bit & 1) for bit in range(BITS)), 5, 9]
    o = run(trace, mode, data, load_flag={0}, load_sign={1}, extend={0, 1, 6, 7})
    limit = np.where(sign, -(1 << BITS), (1 << BITS) - 1)
    wanted = np.where(flag, limit, value - (sign << BITS))
    assert (number(o[2:]) == wanted).all()
    # The sign goes on for as long as it is extended.
    assert (o[6] == sign).all()
    assert (o[7] == sign).all()


def test_a_mean_takes_positive_states_as_they_are(trace):
    flag, sign, value = planes()
    data = [plane(flag), plane(sign), *(plane(value >> bit & 1) for bit in range(BITS)), 9]
    controls = {"load_flag": {0}, "load_sign": {1}, "blank": {6}}
    o = run(trace, Mode.FINISH, data, statistic="mean", **controls)
    state = np.where(flag, (1 << BITS) - 1, value)
    assert (number(o[2:]) == np.where(sign, 0, state)).all()


def test_a_count_takes_one_of_states_that_are_not_negative(trace):
    flag, sign, value = planes()
    data = [plane(flag), plane(sign), *(plane(value >> bit & 1) for bit in range(BITS)), 9]
    controls = {"load_flag": {0}, "load_sign": {1}, "extend": {2}, "blank": set(range(3, 7))}
    o = run(trace, Mode.FINISH, data, statistic="count", **controls)
    assert (number(o[2:]) == 1 - sign).all()


def test_pools_are_masked_by_zeros_of_v_alone(trace):
    rest, weight, value = planes()
    data = [plane(rest), plane(weight), *(plane(value >> bit & 1) for bit in range(BITS)), 9]
    controls = {"load_flag": {0}, "load_sign": {1}, "mask_flag": {1}, "blank": {0, 1, 6}}
    for statistic in ("mean", "count"):
        o = run(trace, Mode.READ, data, statistic=statistic, **controls)
        assert (number(o[2:]) == weight * value).all()


def test_the_start_has_no_flags(trace):
    flag, _, value = planes()
    # The origin: its lowest plane comes first and its sign is its highest; zeros come below.
    data = [plane(flag), 7, 3, *(plane(value >> bit & 1) for bit in range(BITS)), 5, 9]
    top = 2 + BITS
    o = run(trace, Mode.START, data, load_flag={0}, load_sign={top}, blank={2}, extend={7, 8})
    sign = value >> BITS - 1
    assert (o[2] == 0).all()
    assert (number(o[3:]) == value - (sign << BITS)).all()


def test_the_readout_masks_negative_states_and_zeros_of_v(trace):
    negative, weight, value = planes()
    # The sign of the finished state takes the place of the flag; a plane of V comes second.
    data = [plane(negative), plane(weight), *(plane(value >> bit & 1) for bit in range(BITS)), 9]
    controls = {"load_flag": {0}, "load_sign": {1}, "mask_flag": {1}, "blank": {0, 1, 6}}
    o = run(trace, Mode.READ, data, **controls)
    assert (o[0] == 0).all()
    assert (o[1] == 0).all()
    assert (number(o[2:]) == np.where(negative, 0, np.where(weight, value, 0))).all()


def test_a_readout_that_does_not_cut_masks_zeros_of_v_alone(trace):
    sign, weight, value = planes()
    # The sign comes last, stays at the memory's output, and is held while the next word begins.
    data = [plane(weight ^ 1), plane(weight), *(plane(value >> bit & 1) for bit in range(BITS))]
    data += [plane(sign)] * 2 + [plane(weight ^ 1)] * 2
    end = 2 + BITS + 2
    controls = {"load_flag": {0, end}, "load_sign": {1}, "mask_flag": {1, end + 1}}
    controls["hold"] = {0, 1, end, end + 1}
    o = run(trace, Mode.READ, data, relu=False, **controls)
    wanted = np.where(weight, value - (sign << BITS), 0)
    assert (number(o[2 : 3 + BITS]) == wanted).all()
    assert (number(o[2:]) == wanted).all()
