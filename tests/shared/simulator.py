"""A simulator in plain integers, written from docs/arithmetic.md alone."""

import json


def half(s):
    return 2 ** (s - 1) if s > 0 else 0


class Simulator:
    """Sections 1 and 2 of docs/arithmetic.md, on the content of a model.json."""

    def __init__(self, text):
        self.document = json.loads(text)
        self.a = self.document["state_bits"]
        self.low, self.high = -(2 ** (self.a - 1)), 2 ** (self.a - 1) - 1
        self.recurrence = self.document["recurrence"]
        self.hadamard = self.recurrence["kind"] == "Hadamard"
        if self.hadamard:
            self.q = self.recurrence["block"].bit_length() - 1 + self.recurrence.get("halves", 0)
            self.decay = self.recurrence.get("decay", [0] * len(self.recurrence["signs"]))
            self.d = len(self.recurrence["signs"])
            self.parities = 2 if self.q % 2 else 1
            self.halved = self.recurrence.get("transform") == "halved"
            self.h = max(0, (self.recurrence["block"].bit_length() - 2) // 2) * self.halved
        else:
            self.d, self.parities = len(self.recurrence["weights"]), 1
        self.saturated = self.wrapped = 0
        self.sums = []  # that accumulators hold
        self.features = []  # z
        self.layer_sums, self.pooled = [], []

    def p(self, t):
        return t % 2 if self.parities == 2 else 0

    def r(self, t):
        if self.q % 2 == 0:
            return self.q // 2 - self.h
        return ((self.q - 1) // 2 if t % 2 else (self.q + 1) // 2) - self.h

    def wrap(self, value, bits):
        found = (value + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)
        self.wrapped += found != value
        return found

    def transformed(self, n):
        """Section 2 of a halved transform: all its sums."""
        block, w = self.recurrence["block"], self.a + 1 + max(self.r(0), self.r(1))
        stages = block.bit_length() - 1
        y = [
            value + sum(2 ** (k - 2) for k in range(2, self.h + 1) if i % block % 4**k == 0)
            for i, value in enumerate(n)
        ]
        for s in range(1, stages + 1):
            far = 2 ** (s - 1)
            y = [y[i - far] - y[i] if i // far % 2 else y[i] + y[i + far] for i in range(self.d)]
            halving = s % 2 == 0 and s <= 2 * self.h
            if halving or s == stages:
                y = [self.wrap(value, w) for value in y]
            if halving:
                y = [value >> 1 for value in y]
        return y

    def m(self, p, i):
        origin = self.document["origin"]
        return origin["levels"][p][i] << origin["shift"][p] if origin else 0

    def product(self, n, i):
        if not self.hadamard:
            dot = sum(w * n[j] for j, w in enumerate(self.recurrence["weights"][i]))
            return dot << self.recurrence["guard"]
        block = self.recurrence["block"]
        dot = self.sums_of_step[i] if self.halved else 0
        for j in range(0 if self.halved else self.d):
            if j // block == i // block:
                common = (i % block) & (j % block)
                dot += -n[j] if bin(common).count("1") % 2 else n[j]
        if self.decay[i]:
            dot -= dot >> self.decay[i]
        return self.recurrence["signs"][i] * dot

    def term(self, x, p, i):
        inputs = self.document["inputs"]
        if inputs["kind"] == "Tokens":
            return inputs["table"][p][x[0]][i] << inputs["table_shift"][p]
        f = inputs["gain_frac"]
        zero = inputs.get("zero", [0] * len(x))
        scaled = [((v - z) * inputs["gain"][p] + 2 ** (f - 1)) >> f for v, z in zip(x, zero)]
        return sum(k * value for k, value in zip(inputs["u"][i], scaled))

    def state(self, v, t, i):
        if self.hadamard:
            total = v + half(self.r(t))
            if self.halved:
                total = self.wrap(total, self.a + 1 + self.r(t))
            return self.clipped(total >> self.r(t), total)
        big_m, s = self.recurrence["multiplier"], self.recurrence["fraction"]
        rounding = half(s) if big_m == 1 else 0
        if self.recurrence["activation"] == "linear":
            return self.clipped((v * big_m + half(s)) >> s, v + rounding)
        if self.recurrence["activation"] == "relu":
            return self.clipped((max(0, v) * big_m + half(s)) >> s, v + rounding)
        total = abs(v) + self.document["bias"][0][i]
        self.sums += [v, total + rounding]
        wanted = (max(0, total) * big_m + half(s)) >> s
        size = min(wanted, self.high)
        self.saturated += size != wanted
        return -size if v < 0 else size

    def clipped(self, wanted, total):
        self.sums.append(total)
        found = min(max(wanted, self.low), self.high)
        self.saturated += found != wanted
        return found

    def step(self, n, x, t):
        following, p = [], self.p(t)
        if self.hadamard and self.halved:
            self.sums_of_step = self.transformed(n)
        for i in range(self.d):
            v = self.product(n, i) + self.term(x, p, i)
            if self.hadamard or self.recurrence["activation"] != "modrelu":
                v += self.document["bias"][p][i]
            following.append(self.state(v, t, i))
        return following

    def read(self, n, t):
        """Keep what a readout after step t reads, and how often its biases count."""
        table, p = self.document["readout"], self.p(t)
        pool = table.get("pool")
        z = [n[i] - self.m(p, i) for i in range(self.d)]
        self.features += z
        if pool is None:
            self.z, self.count = [max(0, value) for value in z] if table["relu"] else z, 1
            return
        leak, counts = pool["leak"], pool["statistic"] == "count"
        if counts:
            add = [2**leak if value >= 0 else 0 for value in z]
        else:
            add = [max(0, value) for value in z]
        before = self.z if t > 1 else [0] * self.d
        if leak:
            self.z = [b - (b >> leak) + f for b, f in zip(before, add)]
            self.count = 2 ** (2 * leak) if counts else 2**leak
        elif t <= pool["steps"]:
            self.z, self.count = [b + f for b, f in zip(before, add)], t
        self.pooled += self.z

    def readout(self, t):
        table, p, z = self.document["readout"], self.p(t), self.z
        if layer := table.get("layer"):
            s = layer["shift"]
            sums = [
                sum(k * value for k, value in zip(row, z)) + self.count * layer["bias"][p][j]
                for j, row in enumerate(layer["v"])
            ]
            self.layer_sums += sums
            z = [min(max(0, (value + half(s)) >> s), self.high) for value in sums]
        y = [
            sum(k * value for k, value in zip(row, z)) + self.count * table["class_bias"][p][c]
            for c, row in enumerate(table["v"])
        ]
        if len(y) == 1:
            return y, 1 if y[0] > 0 else 0
        return y, max(range(len(y)), key=lambda c: (y[c], -c))

    def run(self, inputs):
        """Return the states of all steps, and logits and class of every readout."""
        n = [self.m(0, i) for i in range(self.d)]
        states, readouts = [], []
        for t, x in enumerate(inputs, 1):
            n = self.step(n, x, t)
            states.append(n)
            self.read(n, t)
            if self.document["readout"]["every"] or t == len(inputs):
                readouts.append(self.readout(t))
        return states, [y for y, _ in readouts], [best for _, best in readouts]
