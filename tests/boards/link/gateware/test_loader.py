"""The loader: words in order under stalls, and what makes it content."""

import random

import pytest
from amaranth.sim import Simulator

from qrnn_hw.boards.link.gateware.loader import Loader
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.weights import check_value, pack_words

WORDS = [0x1234, 0xFFFF, 0, 0x8001, 0xA5A5]


def needing(words):
    check = check_value(pack_words(words))
    return Identity(8, False, 9, 2, 9, 8, bytes(8), words=len(words), check=check)


@pytest.fixture
def run():
    """Return a function that sends bytes, and lists the words and whether some are missing."""

    def run(data, stalls=None, before=b""):
        loader = Loader(needing(WORDS))
        passed = []

        async def send(ctx):
            for part in (before, data):
                ctx.set(loader.clear, 1)
                await ctx.tick()
                ctx.set(loader.clear, 0)
                passed.clear()
                for byte in part:
                    ctx.set(loader.byte.payload, byte)
                    ctx.set(loader.byte.valid, 1)
                    await ctx.tick().until(loader.byte.ready)
                    ctx.set(loader.byte.valid, 0)
                    if stalls:
                        await ctx.tick().repeat(stalls.randrange(1, 9))
            await ctx.tick().repeat(20)
            assert ctx.get(loader.missing)  # while bytes may wait
            ctx.set(loader.idle, 1)
            await ctx.tick().repeat(2)
            passed.append(bool(ctx.get(loader.missing)))
            ctx.set(loader.clear, 1)
            ctx.set(loader.forget, 1)
            await ctx.tick().repeat(2)
            assert ctx.get(loader.missing)

        async def take(ctx):
            while True:
                if stalls:
                    ctx.set(loader.w.ready, 0)
                    for _ in range(stalls.randrange(1, 30)):
                        await ctx.tick()
                ctx.set(loader.w.ready, 1)
                *_, valid, word = await ctx.tick().sample(loader.w.valid, loader.w.payload)
                if valid:
                    passed.append(word)

        simulator = Simulator(loader)
        simulator.add_clock(1e-6)
        simulator.add_testbench(send)
        simulator.add_testbench(take, background=True)
        simulator.run()
        return passed[:-1], passed[-1]

    return run


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_words_pass_in_order_and_are_enough(run, seed):
    stalls = random.Random(seed) if seed else None
    assert run(pack_words(WORDS), stalls=stalls) == (WORDS, False)


def test_words_beyond_the_last_are_dropped(run):
    assert run(pack_words([*WORDS, 7, 8])) == (WORDS, False)


@pytest.mark.parametrize("bit", [0, 15, 37, 79])
def test_one_bit_makes_weights_wrong(run, bit):
    data = bytearray(pack_words(WORDS))
    data[bit // 8] ^= 1 << bit % 8
    words, missing = run(bytes(data))
    assert missing
    assert sum((a ^ b).bit_count() for a, b in zip(words, WORDS, strict=True)) == 1


def test_words_in_another_order_are_wrong(run):
    assert run(pack_words([WORDS[1], WORDS[0], *WORDS[2:]]))[1]


def test_a_word_too_few_is_missing(run):
    assert run(pack_words(WORDS)[:-1]) == (WORDS[:-1], True)


def test_clear_begins_again_in_the_midst_of_a_word(run):
    assert run(pack_words(WORDS), before=b"\x11\x22\x33") == (WORDS, False)
