"use strict";
// A host of the serial protocol of docs/protocol.md, for Web Serial: the sections that are named
// below are its own. `QrnnHost` takes a SerialPort, or anything with `readable` and `writable`.

const QRNN = {
  SYNC: 0xa5, VERSION: 2, SLOTS: 4, MODULUS: 16, NOISE: 260, AHEAD: 8,
  KIND: { IDENTIFY: 0x10, SAMPLES: 0x11, GET_RESULT: 0x12, RESET: 0x13, LOAD: 0x14, STATUS: 0x20, IDENTITY: 0x21, RESULT: 0x22 },
  CODE: { OK: 0, RESET: 1, CRC: 2, FORMAT: 3, SEQUENCE: 4, BUSY: 5, TRUNCATED: 6, CLOSED: 7 },
};

class LinkError extends Error {}

// CRC-16/MCRF4XX (section 1).
function crcOf(bytes) {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  }
  return crc;
}

function encodeFrame(kind, payload) {
  const body = [kind, payload.length, ...payload], crc = crcOf(body);
  return Uint8Array.from([QRNN.SYNC, ...body, crc & 255, crc >> 8]);
}

// Frames in a stream of bytes, whatever noise it holds. A frame that begins inside what looked like
// another is found once the other proves bad.
class FrameDecoder {
  constructor() { this.buffer = []; this.kinds = new Set(Object.values(QRNN.KIND)); }
  get pending() { return this.buffer.length > 0; }

  feed(data) {
    this.buffer.push(...data);
    const frames = [];
    while (this.seek()) {
      const end = this.buffer[2] + 5;
      if (this.buffer.length < end) break;
      const body = this.buffer.slice(1, end - 2);
      if (crcOf(body) === (this.buffer[end - 2] | (this.buffer[end - 1] << 8))) {
        frames.push({ kind: body[0], payload: Uint8Array.from(body.slice(2)) });
        this.buffer.splice(0, end);
      } else this.buffer.shift();
    }
    return frames;
  }

  // Stop waiting for the rest of a frame, and return those that it hid.
  giveUp() {
    const frames = [];
    while (this.buffer.length) {
      this.buffer.shift();
      frames.push(...this.feed([]));
    }
    return frames;
  }

  seek() {
    for (;;) {
      const start = this.buffer.indexOf(QRNN.SYNC);
      this.buffer.splice(0, start < 0 ? this.buffer.length : start);
      const [, kind, length] = this.buffer;
      if ((this.buffer.length > 1 && !this.kinds.has(kind)) || (this.buffer.length > 2 && !length)) this.buffer.shift();
      else return this.buffer.length > 2;
    }
  }
}

// What a board says of itself (section 3), and what follows from it.
function identityOf(body) {
  if (body.length !== 28 || body[0] !== QRNN.VERSION) throw new LinkError(`the board must speak version ${QRNN.VERSION} of the protocol, not ${body.length ? body[0] : "none"}`);
  const view = new DataView(body.buffer, body.byteOffset), flags = body[1];
  const found = {
    signed: !!(flags & 1), every: !!(flags & 2), frontEnd: !!(flags & 4), endless: !!(flags & 16), atOnce: !!(flags & 32),
    channels: body[2], inputBits: body[3], tokens: flags & 8 ? 65536 : view.getUint16(4, true),
    hidden: view.getUint16(6, true), classes: view.getUint16(8, true), logitBits: body[10], stateBits: body[11],
    digest: [...body.slice(12, 20)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    words: view.getUint32(20, true), check: view.getUint32(24, true),
  };
  return derived(found);
}

function derived(board) {
  board.stepBytes = Math.ceil((board.channels * board.inputBits) / 8);
  board.payload = board.stepBytes < 64 ? 64 : 255;
  board.logitBytes = [1, 2, 4, 8].find((size) => board.logitBits <= 8 * size);
  // Behind the last logit is the class, and of a board that takes two sequences at once, of which it gets one after the other from here, whose it is.
  board.tail = board.atOnce ? 2 : 1;
  board.part = Math.min(board.classes, Math.floor((253 - board.tail) / board.logitBytes));
  board.parts = Math.ceil(board.classes / board.part);
  board.samples = board.frontEnd ? 128 : 1;
  const low = board.signed && !board.tokens ? -(2 ** (board.inputBits - 1)) : 0;
  board.range = [low, board.tokens ? board.tokens - 1 : low + 2 ** board.inputBits - 1];
  // How much may be under way, so that a count modulo 16 tells what was missed (section 5, 3).
  const steps = Math.floor((board.payload - 1) / board.stepBytes);
  if (!board.every) {
    Object.assign(board, { frameSteps: steps, frames: QRNN.SLOTS, sequences: Math.min(QRNN.AHEAD, Math.floor((QRNN.MODULUS - 1) / board.parts)) });
  } else {
    const room = Math.floor((QRNN.MODULUS - 2) / board.parts) - (board.frontEnd ? 5 : 3), frames = Math.min(QRNN.SLOTS, room);
    Object.assign(board, { frameSteps: board.frontEnd ? steps : Math.min(steps, Math.floor(room / frames)), frames, sequences: QRNN.AHEAD });
  }
  return board;
}

// Steps as the line carries them: channel 0 in the lowest bits, low byte first (section 2).
function packSteps(steps, board) {
  const bytes = new Uint8Array(steps.length * board.stepBytes);
  steps.forEach((step, number) => {
    if (step.length !== board.channels) throw new LinkError(`a step must be of ${board.channels} channels, not ${step.length}`);
    step.forEach((value, channel) => {
      if (!Number.isInteger(value) || value < board.range[0] || value > board.range[1]) throw new LinkError(`a step must be from ${board.range[0]} to ${board.range[1]}, not ${value}`);
      for (let bit = 0, at = channel * board.inputBits; bit < board.inputBits; bit++, at++) bytes[number * board.stepBytes + (at >> 3)] |= ((value >> bit) & 1) << (at & 7);
    });
  });
  return bytes;
}

// Which numbered frames may be sent, must be sent again, and may be forgotten: go-back-N with credit.
class FrameWindow {
  constructor(credit = QRNN.SLOTS) { Object.assign(this, { credit, frames: [], accepted: 0, consumed: 0, next: 0, sent: 0 }); }
  get unaccepted() { return this.frames.length; }
  get unsent() { return this.accepted + this.frames.length - this.next; }

  push(content, last, kind = QRNN.KIND.SAMPLES) {
    const number = (this.accepted + this.frames.length) % QRNN.MODULUS;
    this.frames.push(encodeFrame(kind, [number | (last ? 128 : 0), ...content]));
  }

  due() {
    const found = [];
    while (this.unsent && this.next < this.consumed + this.credit) {
      found.push(this.frames[this.next - this.accepted]);
      this.next++;
      this.sent = Math.max(this.sent, this.next);
    }
    return found;
  }

  goBack() { this.next = this.accepted; }

  update(tag) {
    const ahead = (a, b) => (((a - b) % QRNN.MODULUS) + QRNN.MODULUS) % QRNN.MODULUS;
    const accepted = this.accepted + ahead(tag & 15, this.accepted), consumed = this.consumed + ahead(tag >> 4, this.consumed);
    if (!(consumed <= accepted && accepted <= this.sent)) throw new LinkError(`the board must have accepted at most ${this.sent} frames, not ${accepted}: was it reset meanwhile?`);
    const progress = accepted !== this.accepted || consumed !== this.consumed;
    this.frames.splice(0, accepted - this.accepted);
    Object.assign(this, { accepted, consumed, next: Math.max(this.next, accepted) });
    return progress;
  }
}

class QrnnHost {
  // timeout: milliseconds of silence after which an answer counts as lost; retries: in a row.
  constructor(port, { timeout = 100, retries = 5, weights = null } = {}) {
    Object.assign(this, { port, timeout, retries, weights, decoder: new FrameDecoder(), received: [], noise: 0, board: null, started: false, repeats: 0 });
    this.heard = [];
    this.wake = null;
    this.lost = null;
    this.writer = port.writable.getWriter();
    this.reader = port.readable.getReader();
    this.listening = this.listen();
  }

  async listen() {
    try {
      for (;;) {
        const { value, done } = await this.reader.read();
        if (done) break;
        this.heard.push(...value);
        this.wake?.();
      }
      this.lost ??= new LinkError("the port must stay open, and was closed");
    } catch (error) {
      this.lost = new LinkError(`the port must stay open, and was lost: ${error.message}`);
    }
    this.wake?.();
  }

  async close() {
    this.lost = new LinkError("the port was closed");
    await this.reader.cancel().catch(() => {});
    this.reader.releaseLock();
    this.writer.releaseLock();
    await this.port.close?.();
  }

  async send(bytes) {
    if (this.lost) throw this.lost;
    await this.writer.write(bytes);
  }

  // Bytes that came, or none after a silence.
  async read() {
    if (!this.heard.length && !this.lost) {
      await new Promise((done) => {
        const timer = setTimeout(done, this.timeout);
        this.wake = () => { clearTimeout(timer); done(); };
      });
      this.wake = null;
    }
    if (!this.heard.length && this.lost) throw this.lost;
    return this.heard.splice(0, this.heard.length);
  }

  // The next frame from the board; null after a silence, or noise without end.
  async receive() {
    let noise = 0;
    while (!this.received.length) {
      const data = await this.read();
      noise += data.length;
      this.noise = data.length ? this.noise + data.length : 0;
      const frames = this.decoder.feed(data);
      const silent = !data.length || (noise > QRNN.NOISE && !this.decoder.pending);
      if (silent) frames.push(...this.decoder.giveUp());
      this.received.push(...frames.filter((one) => one.kind >= QRNN.KIND.STATUS && one.payload.length >= 2));
      if (this.received.length) this.noise = 0;
      else if (this.noise > QRNN.NOISE * Math.max(1, this.retries)) {
        this.noise = 0;
        throw new LinkError("the line must carry frames, not something else: is the baud rate that of the board?");
      }
      if (silent && !this.received.length) return null;
    }
    return this.received.shift();
  }

  // Ask until an answer comes that is accepted.
  async ask(kind, accept, tag = 0) {
    for (let attempt = 0; attempt <= this.retries; attempt++) {
      if (attempt) this.repeats++;
      await this.send(encodeFrame(kind, [tag]));
      for (let frame; (frame = await this.receive()); ) if (accept(frame)) return frame;
    }
    throw new LinkError("the board must answer, and does not: check the cable, and that it is programmed and not in use");
  }

  async identify() {
    if (!this.board) this.board = identityOf((await this.ask(QRNN.KIND.IDENTIFY, (one) => one.kind === QRNN.KIND.IDENTITY)).payload.slice(2));
    return this.board;
  }

  // Section 5, 1. Returns whether the board has its weights.
  async reset(forget = false) {
    while (await this.receive());
    const answer = await this.ask(QRNN.KIND.RESET, (one) => one.kind === QRNN.KIND.STATUS && codeOf(one) === QRNN.CODE.RESET, forget ? 128 : 0);
    return isLoaded(answer);
  }

  async begin() {
    if (await this.reset()) return;
    if (!this.board.words) {
      for (let attempt = 0; attempt <= this.retries; attempt++) if (isLoaded(await this.ask(QRNN.KIND.IDENTIFY, (one) => one.kind === QRNN.KIND.IDENTITY))) return;
      throw new LinkError("the board must find the table of its design in its flash, and finds none: write it with `qrnn-hw program`");
    }
    if (!this.weights) throw new LinkError(`the board must be loaded with ${this.board.words} words of weights, and is not`);
    await this.load(this.weights);
  }

  // Section 6: the bytes of weights.bin.
  async load(weights) {
    await this.identify();
    if (weights.length !== 2 * this.board.words) throw new LinkError(`weights must be ${this.board.words} words, not ${weights.length / 2}`);
    const size = 2 * Math.floor((this.board.payload - 1) / 2);
    for (let attempt = 0; attempt <= this.retries; attempt++) {
      await this.reset(true);
      if (!(await this.sendWeights(weights, size))) continue;
      for (let asked = 0; asked <= this.retries; asked++) {
        if (isLoaded(await this.ask(QRNN.KIND.IDENTIFY, (one) => one.kind === QRNN.KIND.IDENTITY))) {
          await this.reset();
          this.started = false;
          return;
        }
      }
    }
    throw new LinkError("the board must find its weights right, and does not");
  }

  async sendWeights(weights, size) {
    const window = new FrameWindow();
    for (let start = 0; start < weights.length; start += size) window.push(weights.subarray(start, start + size), false, QRNN.KIND.LOAD);
    for (let failures = 0, recovering = false; window.unaccepted; ) {
      if (!recovering) for (const frame of window.due()) await this.send(frame);
      const answer = await this.receive();
      if (!answer) {
        recovering = false;
        if (++failures > this.retries) throw new LinkError(`the board must take its weights, and did not after ${failures} silences`);
        this.repeats++;
        if (window.unaccepted > window.unsent) window.goBack();
        else await this.send(encodeFrame(QRNN.KIND.IDENTIFY, [0]));
        continue;
      }
      if (codeOf(answer) === QRNN.CODE.CLOSED) return false;
      try { if (window.update(answer.payload[0])) failures = 0; } catch { return false; }
      recovering ||= isRefusal(answer);
    }
    return true;
  }

  async classify(sequence) {
    for await (const result of this.classifyMany([sequence])) return result;
  }

  // Yield the readouts [{logits, index}, ...] of each sequence, arrays of steps of integers.
  async *classifyMany(sequences) {
    const board = await this.identify();
    const source = sequences[Symbol.iterator]();
    const waiting = [];  // {frames: [[content, last], ...], results, answers}
    let parts = [], window, finished, again, yielded;
    const restart = async () => {
      await this.begin();
      window = new FrameWindow(board.frames);
      finished = 0;
      again = waiting.length ? yielded : 0;
      for (const one of waiting) for (const [content, last] of one.frames) window.push(content, last);
    };
    yielded = 0;
    await restart();
    const fill = () => {
      while (waiting.length < board.sequences && window.unsent < QRNN.SLOTS) {
        const { value, done } = source.next();
        if (done) break;
        if (value.length < board.samples) throw new LinkError(`a sequence must be of ${board.samples} steps or more, not ${value.length}`);
        const bytes = packSteps(value, board), size = board.frameSteps * board.stepBytes, frames = [];
        for (let start = 0; start < bytes.length; start += size) frames.push([bytes.subarray(start, start + size), start + size >= bytes.length]);
        for (const [content, last] of frames) window.push(content, last);
        waiting.push({ frames, results: board.parts * (board.every ? Math.floor(value.length / board.samples) : 1), answers: [] });
      }
      return waiting.length || window.unaccepted;
    };
    for (let failures = 0, restarts = 0, recovering = false; fill(); ) {
      if (!recovering) for (const frame of window.due()) await this.send(frame);
      const answer = await this.receive();
      if (!answer) {
        recovering = false;
        if (++failures > this.retries) throw new LinkError(`the board must go on, and did not after ${failures} silences: reset it`);
        this.repeats++;
        if (window.unaccepted > window.unsent) window.goBack();
        else await this.send(encodeFrame(QRNN.KIND.GET_RESULT, [0]));
        continue;
      }
      let body = null;
      try {
        if (codeOf(answer) === QRNN.CODE.CLOSED || codeOf(answer) === QRNN.CODE.RESET) throw new LinkError("the board must keep its state, but restarted, or was reset by another host");
        if (!isLoaded(answer)) throw new LinkError("the board must have all its weights, and says that it has not");
        if (window.update(answer.payload[0])) failures = 0;
        const fresh = ((((answer.payload[1] & 15) - finished) % QRNN.MODULUS) + QRNN.MODULUS) % QRNN.MODULUS;
        const due = waiting.reduce((sum, one) => sum + one.results, 0) - yielded + again;
        if (fresh > Math.min(due, again + 1)) throw new LinkError(`the board must send results one by one, but ${fresh} came at once`);
        if (answer.kind === QRNN.KIND.RESULT && fresh) {
          finished += fresh;
          again -= fresh - 1;
          failures = 0;
          if (again) again--;
          else body = answer.payload.slice(2);
        }
      } catch (error) {
        if (!(error instanceof LinkError) || ++restarts > this.retries) throw error;
        this.repeats++;
        // What of a readout had come comes again.
        await restart();
        recovering = false;
        continue;
      }
      if (isRefusal(answer)) recovering = true;
      if (!body) continue;
      restarts = 0;
      parts.push(body);
      yielded++;
      const first = waiting[0];
      if (parts.length === board.parts) {
        first.answers.push(readoutOf(parts, board));
        parts = [];
      }
      if (yielded === first.results) {
        waiting.shift();
        yielded = 0;
        yield first.answers;
      }
    }
  }
}

const codeOf = (frame) => (frame.payload[1] >> 4) & 7;
const isLoaded = (frame) => !(frame.payload[1] & 128);
const isRefusal = (frame) => frame.kind === QRNN.KIND.STATUS && codeOf(frame) >= QRNN.CODE.CRC && codeOf(frame) <= QRNN.CODE.TRUNCATED;

function readoutOf(parts, board) {
  const size = board.part * board.logitBytes;
  const length = size + board.tail;
  for (const body of parts) if (body.length !== length) throw new LinkError(`a result must be ${length} bytes, not ${body.length}`);
  const data = new Uint8Array(parts.length * size), last = parts[parts.length - 1];
  parts.forEach((body, at) => data.set(body.subarray(0, size), at * size));
  const whole = Uint8Array.from([...data, last[size]]), view = new DataView(whole.buffer), end = board.classes * board.logitBytes;
  const read = { 1: (at) => view.getInt8(at), 2: (at) => view.getInt16(at, true), 4: (at) => view.getInt32(at, true), 8: (at) => Number(view.getBigInt64(at, true)) }[board.logitBytes];
  return { logits: Array.from({ length: board.classes }, (_, at) => read(at * board.logitBytes)), index: whole[end] };
}

if (typeof module !== "undefined") module.exports = { QrnnHost, LinkError, FrameDecoder, FrameWindow, crcOf, encodeFrame, identityOf, packSteps };
