(() => {
  const data = dataOf("model"), card = document.getElementById("sequence");
  const find = (selector) => card.querySelector(selector);
  const slider = find(".slide input"), boxes = [...card.querySelectorAll(".views .drawn")];
  const [signalBox, logitBox, nowBox] = boxes, nowCaption = find(".now figcaption");
  let listed = data.items.map((_, place) => place), place = 0, step = 0;

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const marks = (length, most) => length <= most
    ? Array.from({ length }, (_, k) => k)
    : Array.from({ length: most }, (_, k) => Math.floor(k * (length - 1) / (most - 1)));
  const short = (value) => {
    const size = Math.abs(value);
    return size >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
  };
  const name = (kind) => (kind < 0 ? "?" : data.labels[kind] ?? data.logits[kind] ?? String(kind));
  const colour = (kind) => `k${kind % 10}`;
  const path = (xs, ys) => xs.map((x, k) => `${k ? "L" : "M"}${x.toFixed(1)} ${ys[k].toFixed(1)}`).join("");

  // Ticks of an axis: round numbers, a few.
  function ticks(low, high, about) {
    const span = high - low || 1, raw = span / about, power = 10 ** Math.floor(Math.log10(raw));
    const unit = [1, 2, 5, 10].find((each) => each * power >= raw) * power, found = [];
    for (let k = Math.ceil(low / unit); k * unit <= high + 1e-9 * span; k++) found.push(k * unit);
    return found;
  }

  function decoded(item) {
    if (item.traces) return item;
    const [low, high] = item.r, at = marks(item.length, data.marks), count = at.length;
    const split = (text) => {
      const all = bytes(text);
      return item.c.map((_, k) => Array.from(all.subarray(k * count, (k + 1) * count), (b) => low + b / 255 * (high - low)));
    };
    item.at = at;
    item.traces = split(item.i);
    item.floats = item.f === null ? null : split(item.f);
    return item;
  }

  // The signal, as far as the step.
  function drawSignal(item) {
    const { kind } = data.signal;
    signalBox.replaceChildren();
    if (kind === "image") {
      const { rows, columns } = data.signal;
      signalBox.append(make("canvas", { width: columns, height: rows, role: "img", "aria-label": `An image of ${rows} by ${columns} pixels` }));
      item.pixels = bytes(item.s);
    } else if (kind === "rows") {
      const rows = item.s.split(" ").map(bytes), columns = rows[0].length;
      const canvas = make("canvas", { class: "rows", width: columns, height: rows.length, role: "img", "aria-label": `${rows.length} channels of ${item.length} steps; bright is large` });
      const ink = canvas.getContext("2d"), dots = ink.createImageData(columns, rows.length);
      rows.forEach((row, r) => row.forEach((value, c) => dots.data.set([value * 0.95, value * 0.85, 40 + value * 0.55, 255], 4 * (r * columns + c))));
      ink.putImageData(dots, 0, 0);
      signalBox.append(canvas, make("p", { class: "dim" }, data.signal.channels.map((one) => one.name).join(", ")));
    } else if (kind === "words") {
      const box = make("p", { class: "words", tabindex: "0" });
      let from = 0;
      for (const [word, often] of item.s) {
        const one = make("span", {}, word);
        one.dataset.from = from;
        if (often > 1) one.append(make("sub", {}, `×${often}`));
        box.append(one, " ");
        from += often;
      }
      if (from < item.length) box.append("…");
      signalBox.append(box);
    } else drawLines(item);
  }

  // Pixels that have not been read yet are dim.
  function reveal(item, read) {
    const { rows, columns, order } = data.signal, ink = signalBox.firstChild.getContext("2d");
    const dots = ink.createImageData(columns, rows);
    for (let t = 0; t < item.length; t++) {
      const at = order ? order[t] : t, value = item.pixels[at];
      dots.data.set([value, value, value, t <= read ? 255 : 50], 4 * at);
    }
    ink.putImageData(dots, 0, 0);
  }

  function drawLines(item) {
    const all = item.s.split(" ").map(bytes), at = marks(item.length, data.signal.points);
    const high = 260 / all.length, x = (k) => 52 + 300 * k / Math.max(1, item.length - 1);
    const svg = make("svg", { viewBox: `0 0 360 ${260 + 24}`, role: "img", "aria-label": `What goes in: ${all.length} channels, ${item.length} steps` });
    all.forEach((values, c) => {
      const about = data.signal.channels[c], top = c * high + 6, tall = high - 14;
      svg.append(make("line", { class: "axis", x1: 52, x2: 352, y1: top + tall, y2: top + tall }));
      for (const [value, y] of [[about.high, top + 9], [about.low, top + tall]]) svg.append(make("text", { x: 46, y, "text-anchor": "end" }, short(value)));
      if (all.length > 1 || !about.name.startsWith("channel ")) svg.append(make("text", { x: 56, y: top + 9, class: "ink" }, about.name + (about.unit ? `, ${about.unit}` : "")));
      svg.append(make("path", { class: `trace main ${colour(c)}`, style: "stroke-width:1.6", d: path(at.map(x), Array.from(values, (b) => top + tall * (1 - b / 255))) }));
    });
    svg.append(make("line", { class: "cursor", y1: 4, y2: 260, x1: 0, x2: 0 }), make("text", { x: 52, y: 278 }, "step 1"), make("text", { x: 352, y: 278, "text-anchor": "end" }, item.length.toLocaleString("en")));
    svg.dataset.length = item.length;
    signalBox.append(svg);
  }

  const LEFT = 40, RIGHT = 430, TOP = 10, BOTTOM = 250;
  function drawLogits(item) {
    const [low, high] = item.r, span = high - low || 1;
    const x = (k) => LEFT + (RIGHT - LEFT) * k / Math.max(1, item.length - 1), y = (v) => BOTTOM - (BOTTOM - TOP) * (v - low) / span;
    const svg = make("svg", { viewBox: "0 0 520 276", role: "img", "aria-label": "Logits after every step" });
    for (const value of ticks(low, high, 5)) {
      svg.append(make("line", { class: "axis", x1: LEFT, x2: RIGHT, y1: y(value), y2: y(value) }));
      svg.append(make("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, short(value)));
    }
    const last = item.asked[item.asked.length - 1] ?? [0, -1, -1], main = new Set(data.logits.length === 1 ? [0] : [last[1], last[2]]);
    const xs = item.at.map(x), order = item.c.map((_, k) => k).sort((a, b) => main.has(item.c[a]) - main.has(item.c[b]));
    for (const k of order) {
      const heavy = main.has(item.c[k]) ? " main" : "";
      svg.append(make("path", { class: `trace ${colour(item.c[k])}${heavy}`, d: path(xs, item.traces[k].map(y)) }));
      if (item.floats) svg.append(make("path", { class: `trace float ${colour(item.c[k])}${heavy}`, d: path(xs, item.floats[k].map(y)) }));
    }
    // Names at the ends of the lines, apart from each other.
    const ends = order.map((k) => ({ k, y: y(item.traces[k].at(-1)) + 4 })).sort((a, b) => a.y - b.y);
    ends.forEach((end, n) => { if (n) end.y = Math.max(end.y, ends[n - 1].y + 13); });
    const over = ends.length ? ends.at(-1).y - 270 : 0;
    if (over > 0) ends.forEach((end) => { end.y -= over; });
    for (const end of ends) if (data.logits.length > 1) {
      const text = name(item.c[end.k]), label = make("text", { class: `tag ${colour(item.c[end.k])}`, x: RIGHT + 8, y: end.y }, text.length > 10 ? `${text.slice(0, 9)}…` : text);
      if (!main.has(item.c[end.k])) label.setAttribute("opacity", "0.75");
      svg.append(label);
    }
    svg.append(make("line", { class: "cursor", y1: TOP, y2: BOTTOM, x1: 0, x2: 0 }), make("text", { x: LEFT, y: 268 }, "step 1"), make("text", { x: RIGHT, y: 268, "text-anchor": "end" }, item.length.toLocaleString("en")));
    logitBox.replaceChildren(svg);
  }

  // What stands at the step of the slider.
  function drawStep(item) {
    const at = item.at[step], share = item.length > 1 ? at / (item.length - 1) : 1;
    for (const [box, from, to] of [[signalBox, 52, 352], [logitBox, LEFT, RIGHT]]) {
      const cursor = box.querySelector(".cursor");
      if (cursor) for (const side of ["x1", "x2"]) cursor.setAttribute(side, from + (to - from) * share);
    }
    if (data.signal.kind === "image") reveal(item, at);
    const words = [...signalBox.querySelectorAll(".words span")];
    const current = words.findLastIndex((one) => Number(one.dataset.from) <= at);
    words.forEach((one, k) => { one.classList.toggle("ahead", k > current); one.classList.toggle("at", k === current); });
    const done = at === item.length - 1;
    nowCaption.textContent = `After step ${(at + 1).toLocaleString("en")} of ${item.length.toLocaleString("en")}`;
    const values = item.traces.map((one) => one[step]), most = Math.max(...values), least = Math.min(...values, 0);
    const rows = item.c.map((kind, k) => ({ kind, k })).sort((a, b) => values[b.k] - values[a.k]);
    const table = make("table"), head = make("tr", {}, make("th", { scope: "col" }, data.number ? "" : "class"), make("th", { scope: "col" }, "integers"));
    if (item.floats) head.append(make("th", { scope: "col" }, "real"));
    if (done) head.append(make("th", { scope: "col" }, "on the wire"));
    if (data.logits.length > 1) head.append(make("th", { scope: "col", class: "level" }));
    const body = make("tbody");
    rows.forEach(({ kind, k }, n) => {
      const row = make("tr", n || data.logits.length === 1 ? {} : { class: "best" }, make("th", { scope: "row" }, data.logits.length > 1 ? name(kind) : data.number ? "answer" : "logit"), make("td", {}, short(values[k])));
      if (item.floats) row.append(make("td", {}, short(item.floats[k][step])));
      if (done) row.append(make("td", {}, item.wire[k].toLocaleString("en")));
      if (data.logits.length > 1) row.append(make("td", { class: `level ${colour(kind)}` }, make("span", { style: `width:${(100 * (values[k] - least) / (most - least || 1)).toFixed(1)}%` })));
      body.append(row);
    });
    table.append(make("thead", {}, head), body);
    nowBox.replaceChildren(table);
    slider.setAttribute("aria-valuetext", nowCaption.textContent);
  }

  function drawTold(item) {
    const told = find(".told"), which = find(".which"), last = item.asked[item.asked.length - 1];
    which.replaceChildren(`Sequence ${item.n.toLocaleString("en")}`);
    told.replaceChildren();
    if (data.number) {
      const [answer, truth] = item.number;
      const found = `answered ${short(answer)}${truth === null ? "" : `, right is ${short(truth)}: off by ${short(answer - truth)}`}`;
      which.append(" · ", make("b", { class: item.wrong ? "bad" : "" }, found));
      return;
    }
    if (data.every) {
      const [right, known] = item.right;
      told.textContent = item.asked[0][1] < 0 ? "Nothing says what is right." : `${right.toLocaleString("en")} of ${known.toLocaleString("en")} answers that are asked for are right:`;
      const list = make("span", { class: "asked" });
      for (const [t, y, a, often] of item.asked) {
        const one = make("span", { class: y >= 0 && y !== a ? "bad" : "", title: `from step ${t + 1}` }, y === a || y < 0 ? name(a) : `${name(y)} → ${name(a)}`);
        if (often > 1) one.append(make("sub", {}, `×${often}`));
        list.append(one, " ");
      }
      if (item.more) list.append("…");
      told.append(list);
      return;
    }
    const [, right, answer] = last;
    const verdict = make("b", { class: right < 0 ? "" : right === answer ? "good" : "bad" }, right < 0 ? `answered “${name(answer)}”` : right === answer ? `“${name(right)}”, and answered so` : `“${name(right)}”, but answered “${name(answer)}”`);
    which.append(" · ", verdict);
  }

  function show() {
    const item = data.items[listed[place]];
    const none = item === undefined;
    find(".place").textContent = none ? "none" : `${place + 1} of ${listed.length}`;
    find(".previous").disabled = none || place === 0;
    find(".following").disabled = none || place === listed.length - 1;
    find(".views").hidden = find(".slide").hidden = none;
    if (none) { find(".which").textContent = "No such sequence"; find(".told").textContent = ""; return; }
    decoded(item);
    step = item.at.length - 1;
    slider.max = step;
    slider.value = step;
    drawTold(item);
    drawSignal(item);
    drawLogits(item);
    drawStep(item);
    for (const dot of document.querySelectorAll("#model .chosen")) dot.classList.remove("chosen");
    for (const dot of document.querySelectorAll(`#model svg [data-item="${listed[place]}"]`)) dot.classList.add("chosen");
  }

  // Which sequences are gone through.
  const all = find(".all"), only = find(".only"), cells = [...document.querySelectorAll("#model button[data-right]")];
  function choose(rows, pressed, look) {
    listed = rows;
    place = 0;
    for (const one of [all, only, ...cells]) one.setAttribute("aria-pressed", String(one === pressed));
    show();
    if (look) { card.scrollIntoView({ block: "nearest" }); card.focus({ preventScroll: true }); }
  }
  const rows = (test) => data.items.flatMap((item, k) => (test(item) ? [k] : []));
  all.addEventListener("click", () => choose(rows(() => true), all));
  only.addEventListener("click", () => choose(rows((item) => item.wrong), only));
  only.disabled = !data.items.some((item) => item.wrong);
  for (const cell of cells) {
    const right = Number(cell.dataset.right), answer = Number(cell.dataset.answer);
    cell.addEventListener("click", () => choose(rows((item) => item.asked.some(([, y, a]) => y === right && a === answer)), cell, true));
  }
  for (const plot of document.querySelectorAll("#model .map, #model .plot")) plot.addEventListener("click", (event) => {
    const dot = event.target.closest("[data-item]");
    if (!dot) return;
    choose(rows(() => true), all, true);
    place = Number(dot.dataset.item);
    show();
  });
  const move = (by) => { place = Math.min(listed.length - 1, Math.max(0, place + by)); show(); };
  find(".previous").addEventListener("click", () => move(-1));
  find(".following").addEventListener("click", () => move(1));
  slider.addEventListener("input", () => { step = Number(slider.value); drawStep(data.items[listed[place]]); });
  show();
})();
