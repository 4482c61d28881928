"use strict";
// What people give, a table of numbers, a text or a drawing, as steps of integers of the wire.

// The nearest whole number; of two that are as near, the even one, as NumPy's rint does.
function rounded(value) {
  const low = Math.floor(value), rest = value - low;
  return rest < 0.5 ? low : rest > 0.5 ? low + 1 : low % 2 === 0 ? low : low + 1;
}

// Rows of numbers as integers of the wire: value = offset + step * integer, a channel each. Without a
// step they must be such integers. Returns the steps, and how many numbers were beyond the range.
function onWire(rows, wire) {
  const [low, high] = wire.range;
  let beyond = 0;
  const steps = rows.map((row, at) => row.map((value, channel) => {
    if (wire.step === null) {
      if (!Number.isInteger(value) || value < low || value > high) throw new Error(`Step ${at + 1} must hold whole numbers from ${low} to ${high}, not ${value}.`);
      return value;
    }
    const found = rounded((value - wire.offset[channel % wire.offset.length]) / wire.step[channel % wire.step.length]);
    if (found < low || found > high) beyond++;
    return Math.min(high, Math.max(low, found));
  }));
  return { steps, beyond };
}

// Rows of a table of text: a line a step, a column a channel; of one channel also all in a line.
// Columns are found by the names of the channels where a first line names them.
function tableOf(text, wire) {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
  if (!lines.length) throw new Error("There is nothing to read: a line a step, a column a channel.");
  const mark = [";", "\t", ","].find((one) => lines[0].includes(one));
  const cells = (line) => (mark ? line.split(mark) : line.split(/\s+/)).map((one) => one.trim().replace(/^"(.*)"$/, "$1"));
  const isNumber = (one) => one !== "" && Number.isFinite(Number(one));
  let columns = null, header = null, begin = 0;
  if (!cells(lines[0]).every(isNumber)) {
    header = cells(lines[0]);
    begin = 1;
    const places = wire.names.map((name) => header.indexOf(name));
    if (wire.names.every(Boolean) && places.every((place) => place >= 0)) columns = places;
  }
  const rows = lines.slice(begin).map(cells);
  if (!rows.length) throw new Error("There is a line of names, and none of numbers.");
  const width = wire.channels;
  if (!columns && width === 1 && rows.length === 1 && rows[0].length > 1) {
    return rows[0].map((one, at) => [numberOf(one, 1, at + 1)]);
  }
  if (!columns && rows[0].length !== width) throw new Error(`A line must hold ${width === 1 ? "a number" : `${width} numbers`}, a channel each, and line ${begin + 1} holds ${rows[0].length}.`);
  return rows.map((row, at) => {
    if (row.length !== rows[0].length) throw new Error(`All lines must be as long, and line ${begin + at + 1} holds ${row.length} numbers, not ${rows[0].length}.`);
    return (columns ?? row.map((_, place) => place)).map((place) => numberOf(row[place], begin + at + 1, place + 1));
  });
}

function numberOf(text, line, column) {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) throw new Error(`There must be a number in line ${line}, column ${column}, not “${text.slice(0, 20)}”.`);
  return value;
}

// Tokens of a text, a step each.
function tokensOf(text, wire) {
  const { names, kind, most, last } = wire.vocabulary;
  let found;
  if (kind === "numbers") {
    found = text.split(/[\s,;]+/).filter(Boolean).map((one) => {
      const token = names ? names.indexOf(one) : -1, value = token >= 0 ? token : Number(one);
      if (!Number.isInteger(value) || value < wire.range[0] || value > wire.range[1]) throw new Error(`“${one.slice(0, 20)}” is no token: ${names ? names.slice(0, 12).join(", ") : `0 to ${wire.range[1]}`}.`);
      return value;
    });
  } else if (kind === "letters") {
    const known = new Map(names.map((name, at) => [name, at])), unknown = known.get("\uFFFD");
    found = [...text].map((one) => {
      const token = known.get(one) ?? unknown;
      if (token === undefined) throw new Error(`“${one}” is none of the characters that the model knows.`);
      return token;
    });
  } else {
    const known = new Map();
    names.forEach((name, at) => { if (at) for (const one of kind === "characters" ? [name] : name.split(" ")) known.set(one, at); });
    const lower = text.toLowerCase();
    const parts = kind === "characters" ? [...lower] : lower.match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu) ?? [];
    found = parts.map((one) => known.get(one) ?? 0);
    if (!found.length) found = [0];
  }
  if (!found.length) throw new Error("There is nothing to read.");
  if (most) found = last ? found.slice(-most) : found.slice(0, most);
  return found.map((token) => [token]);
}

// Steps of an image, brightness 0..1 row by row, in the order in which the model reads its pixels.
function stepsOfImage(pixels, image) {
  const order = image.order ?? pixels.map((_, at) => at);
  return order.map((place) => [Math.round(image.peak * pixels[place])]);
}

if (typeof module !== "undefined") module.exports = { rounded, onWire, tableOf, tokensOf, stepsOfImage };
