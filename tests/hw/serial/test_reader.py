"""What the reader makes of flags, signs and planes, for every combination in a lane each."""

import numpy as np

from qrnn_hw.hw.serial.reader import SerialReader

BITS = 4  # planes below the sign
LANES = 1 << BITS + 2  # every flag, sign and value
LAST = 2 + BITS  # cycle of the sign behind the planes


def planes():
    """List flag, sign and planes of all lanes, and the stored numbers' parts."""
    lane = np.arange(LANES)
    flag, sign, value = lane >> BITS + 1, lane >> BITS & 1, lane & (1 << BITS) - 1
    return flag, sign, value


def plane(bits):
    return sum(int(bit) << lane for lane, bit in enumerate(bits))


def run(trace, data, **controls):
    """Show ``data`` at the memory's output, one plane a cycle; return what comes a cycle later."""
    dut = SerialReader(LANES)
    inputs = [(dut.data, [*data, 0])]
    for name, cycles in controls.items():
        inputs.append((getattr(dut.read, name), [c in cycles for c in range(len(data) + 1)]))
    rows = trace(dut, len(data) + 1, inputs, [dut.o])
    return [np.array([row >> lane & 1 for lane in range(LANES)]) for (row,) in rows[1:]]


def word(first, second, value, *more):
    return [plane(first), plane(second), *(plane(value >> b & 1) for b in range(BITS)), *more]


def number(bits):
    """Read signed numbers, least significant bit first."""
    return sum(bit << place for place, bit in enumerate(bits[:-1])) - (bits[-1] << len(bits) - 1)


STATE = {"load_flag": {0}, "invert": {1}, "release": {LAST - 1}}


def test_a_flagged_state_is_the_extreme_of_its_sign(trace):
    flag, sign, value = planes()
    data = word(flag, sign, value, plane(sign), 5, 9)
    o = run(trace, data, **STATE, hold={LAST + 1, LAST + 2})
    limit = np.where(sign, -(1 << BITS), (1 << BITS) - 1)
    wanted = np.where(flag, limit, value - (sign << BITS))
    assert (number(o[2 : LAST + 1]) == wanted).all()
    # The sign goes on for as long as it is held.
    assert (number(o[2:]) == wanted).all()


def test_planes_between_those_of_a_state_are_passed_over(trace):
    flag, sign, value = planes()
    data = word(flag, sign, value, plane(sign))
    data[2:] = [row for one in data[2:] for row in (one, 0b1011 << 7)]
    controls = {"load_flag": {0}, "invert": {1}, "release": {2 * BITS}, "hold": {2 * BITS + 3}}
    o = run(trace, data, **controls)[2::2]
    limit = np.where(sign, -(1 << BITS), (1 << BITS) - 1)
    assert (number(o) == np.where(flag, limit, value - (sign << BITS))).all()


def test_a_mean_takes_positive_states_as_they_are(trace):
    flag, sign, value = planes()
    controls = {"load_flag": {0}, "invert": {1}, "mask_negative": {1}, "blank": {LAST}}
    o = run(trace, word(flag, sign, value, 9), **controls)
    state = np.where(flag, (1 << BITS) - 1, value)
    assert (number(o[2:]) == np.where(sign, 0, state)).all()


def test_a_count_takes_one_of_states_that_are_not_negative(trace):
    flag, sign, value = planes()
    data = [plane(flag), plane(sign), 9, plane(sign), *(plane(value >> b & 1) for b in range(BITS))]
    blank = set(range(len(data))) - {3}
    o = run(trace, data, load_flag={0}, invert={3}, blank=blank)
    assert (number(o) == 1 - sign << 3).all()


def test_pools_are_masked_by_zeros_of_v_alone(trace):
    rest, weight, value = planes()
    controls = {"release": {0}, "mask_zero": {1}, "blank": {0, 1, LAST}}
    o = run(trace, word(rest, weight, value, 9), **controls)
    assert (number(o[2:]) == weight * value).all()


def test_the_start_has_no_flags(trace):
    flag, _, value = planes()
    # The origin: its lowest plane comes first and its sign is its highest; zeros come below.
    data = [plane(flag), 7, 3, *(plane(value >> bit & 1) for bit in range(BITS)), 5, 9]
    o = run(trace, data, release={0}, blank={2}, hold={7, 8})
    sign = value >> BITS - 1
    assert (o[2] == 0).all()
    assert (number(o[3:]) == value - (sign << BITS)).all()


def test_the_readout_masks_negative_states_and_zeros_of_v(trace):
    negative, weight, value = planes()
    # The sign of the finished state takes the place of the flag; a plane of V comes second.
    controls = {"load_flag": {0}, "mask_zero": {1}, "blank": {0, 1, LAST}}
    o = run(trace, word(negative, weight, value, 9), **controls)
    assert (o[0] == 0).all()
    assert (o[1] == 0).all()
    assert (number(o[2:]) == np.where(negative, 0, np.where(weight, value, 0))).all()


def test_a_readout_that_does_not_cut_masks_zeros_of_v_alone(trace):
    sign, weight, value = planes()
    # The sign comes last, stays at the memory's output, and is held as the next word begins.
    data = word(weight ^ 1, weight, value, *[plane(sign)] * 2, *[plane(weight ^ 1)] * 2)
    end = 2 + BITS + 2
    controls = {"release": {0, end}, "mask_zero": {1, end + 1}}
    controls |= {"hold": {0, end}, "blank": {1, end + 1}}
    o = run(trace, data, **controls)
    wanted = np.where(weight, value - (sign << BITS), 0)
    assert (number(o[2 : 3 + BITS]) == wanted).all()
    assert (number(o[2:-1]) == wanted).all()
