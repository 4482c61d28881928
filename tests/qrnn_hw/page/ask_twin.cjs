// Does with the scripts of a page's twin what it is told to, and prints what came of it, as JSON.
const path = require("node:path");
const folder = path.join(__dirname, "../../../sim/twin");
const { Twin, unpacked } = require(path.join(folder, "twin.js"));
const { onWire, tableOf, tokensOf } = require(path.join(folder, "inputs.js"));

const order = JSON.parse(process.argv[2]);
const said = {};

(async () => {
  if (order.about) {
    const twin = await Twin.of(order.about);
    said.runs = order.sequences.map((sequence) => {
      const parts = [...twin.through(sequence)];
      return { states: parts.flatMap((one) => one.states.map((each) => [...each])), answers: parts.flatMap((one) => one.answers), cycles: twin.cycles };
    });
  }
  if (order.packed) said.unpacked = await Promise.all(order.packed.map(async (one) => [...(await unpacked(one))]));
  if (order.rows) Object.assign(said, onWire(order.rows, order.wire));
  try {
    if (order.text) said.table = tableOf(order.text, order.wire);
  } catch (error) { said.complaint = error.message; }
  if (order.sentence) said.tokens = tokensOf(order.sentence, order.wire);
  console.log(JSON.stringify(said));
})();
