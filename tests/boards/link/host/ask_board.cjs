// Asks a board behind a socket with the host of the page, and prints what it says, as JSON.
const net = require("node:net");
const path = require("node:path");
const { Readable, Writable } = require("node:stream");
const { QrnnHost, LinkError } = require(path.join(__dirname, "../../../../boards/link/host/host.js"));

const order = JSON.parse(process.argv[2]);
const socket = new net.Socket({ fd: order.fd, readable: true, writable: true });
const port = { readable: Readable.toWeb(socket), writable: Writable.toWeb(socket) };

(async () => {
  const weights = order.weights ? Uint8Array.from(order.weights) : null;
  const host = new QrnnHost(port, { timeout: 40, retries: order.retries ?? 5, weights });
  const said = {};
  try {
    said.identity = await host.identify();
    said.results = [];
    for (const batch of order.batches) for await (const one of host.classifyMany(batch)) said.results.push(one);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    said.error = error.message;
  }
  said.repeats = host.repeats;
  console.log(JSON.stringify(said));
  process.exit(0);
})();
