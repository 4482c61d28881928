"use strict";
// A core in WebAssembly, given some steps at a time. `about` is what qrnn_hw/page/twin.py writes into a page.

// Bytes of a text in base64, of what gzip made of them.
async function unpacked(text) {
  const packed = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

class Twin {
  static async of(about) {
    const { instance } = await WebAssembly.instantiate(await unpacked(about.module));
    return new Twin(instance, about, await unpacked(about.weights));
  }

  constructor(instance, about, weights) {
    this.about = about;
    this.layout = about.layout;
    this.advance = instance.exports.run;
    this.buffer = instance.exports.memory.buffer;
    this.bytes = new Uint8Array(this.buffer);
    this.numbers = new Uint32Array(this.buffer);
    this.control = new Uint32Array(this.buffer, 0, this.layout.control.length);
    this.place = Object.fromEntries(this.layout.control.map((name, at) => [name, at]));
    this.bytes.set(weights, this.layout.weights);
    this.words = weights.length / 2;
    this.restart();
  }

  get(name) { return this.control[this.place[name]]; }
  set(name, value) { this.control[this.place[name]] = value; }

  // The core as after a reset; it begins a sequence.
  restart() {
    for (const [name, value] of Object.entries({ reset: 1, given: 0, taken: 0, loaded: 0, words: 0, answers: 0, writes: 0, most_answers: 1, most_writes: 1 })) this.set(name, value);
    this.advance(4);
    this.set("reset", 0);
    this.set("words", this.words);
    this.set("answers", 0);
    this.set("writes", 0);
    this.cycles = 0;
  }

  // Clock the core until it gave so much.
  until(name, count) {
    if (this.get(name) >= count) return;
    this.set("most_answers", this.layout.most_answers);
    this.set("most_writes", this.layout.most_writes);
    this.set(`most_${name}`, count);
    const before = this.get("cycle");
    this.advance(this.about.patience * this.get("given"));
    this.cycles += this.get("cycle") - before;
    if (this.get(name) < count) throw new Error(`the core must give ${count} ${name}, and stopped after ${this.get(name)}`);
  }

  // Give a sequence, steps of integers of the wire, a channel each, as many at once as the core can run
  // through without a pause. Yields for each such part {states, answers}: the states behind each of its
  // steps, unless they are not wanted; and answers {logits, index}, of the last step, or of every one.
  *through(sequence, wanted = true) {
    const { every, classes, writes, end } = this.about, { most_steps } = this.layout;
    this.cycles = 0;
    for (let begin = 0; begin < sequence.length; begin += most_steps) {
      const part = sequence.slice(begin, begin + most_steps), last = begin + part.length === sequence.length;
      part.forEach((values, place) => this.put(values, place));
      this.set("given", part.length);
      this.set("taken", 0);
      this.set("ends", last ? 1 : 0);
      this.until("writes", part.length * writes + (last ? end : 0));
      const asked = every ? part.length : last ? 1 : 0;
      this.until("answers", asked * classes);
      const found = { states: wanted ? part.map((_, place) => this.states(place)) : [], answers: Array.from({ length: asked }, (_, place) => this.answer(place)) };
      this.set("writes", 0);
      this.set("answers", 0);
      yield found;
    }
  }

  // Run a sequence, and return the answers.
  run(sequence) {
    return [...this.through(sequence, false)].flatMap((part) => part.answers);
  }

  // Write a step down, one of those that are given at once.
  put(values, place) {
    const { bits } = this.about, { steps, step_size } = this.layout;
    const step = this.bytes.subarray(steps + place * step_size, steps + (place + 1) * step_size).fill(0);
    values.forEach((value, channel) => {
      for (let bit = 0, at = channel * bits; bit < bits; bit++, at++) step[at >> 3] |= ((value >> bit) & 1) << (at & 7);
    });
  }

  answer(place) {
    const { answer_size } = this.layout, { classes } = this.about, view = new DataView(this.buffer), logits = [];
    const answers = this.layout.answers + place * classes * answer_size;
    for (let number = 0; number < classes; number++) logits.push(Number(view.getBigInt64(answers + number * answer_size + 4, true)));
    return { logits, index: view.getUint32(answers + (classes - 1) * answer_size + 12, true) };
  }

  // States behind a step, one of those that were given at once, from what the core wrote into its memory.
  states(place) {
    const { hidden, planes } = this.about, { write_size } = this.layout, { numbers } = this;
    const writes = this.layout.writes + place * this.about.writes * write_size;
    const view = new DataView(this.buffer), found = new Int32Array(hidden);
    if (!planes) {
      for (let at = writes, unit = 0; unit < hidden; unit++, at += write_size) found[view.getUint32(at, true)] = view.getInt32(at + 4, true);
      return found;
    }
    const { lanes, count, sign: signed, flag, bits, relu } = planes, top = 2 ** (bits - 1), whole = write_size / 4;
    for (let word = 0; word * lanes < hidden; word++) {
      const begin = writes / 4 + word * count * whole + 1;
      for (let lane = 0; lane < lanes; lane++) {
        const at = begin + (lane >> 5), shift = lane & 31;
        const sign = (numbers[at + signed * whole] >>> shift) & 1;
        let value = sign ? -top : 0;
        if ((numbers[at + flag * whole] >>> shift) & 1) value = sign ? -top : top - 1;
        else for (let plane = 0; plane < bits - 1; plane++) value += ((numbers[at + plane * whole] >>> shift) & 1) << plane;
        found[word * lanes + lane] = relu && value < 0 ? 0 : value;
      }
    }
    return found;
  }
}

if (typeof module !== "undefined") module.exports = { Twin, unpacked };
