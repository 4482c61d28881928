(() => {
  const about = dataOf("twin"), root = document.getElementById("twin-live");
  if (!root || typeof WebAssembly !== "object" || typeof DecompressionStream !== "function") return;
  const find = (one) => root.querySelector(one), panel = (name) => document.getElementById(`twin-${name}`);
  const { wire, image, samples } = about;
  let twin = null, sequence = null, states = [], answers = [], job = 0, host = null, taken = 0;
  const complain = (error) => { find(".complaint").textContent = error ? error.message : ""; };
  const pause = () => new Promise((done) => setTimeout(done));
  const number = (value) => value.toLocaleString("en-US");

  // Colours as numbers, of the theme that is on.
  function colour(name) {
    const probe = make("span", { style: `color: var(${name})`, hidden: "" });
    root.append(probe);
    const ink = make("canvas").getContext("2d", { willReadFrequently: true });
    ink.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    ink.fillRect(0, 0, 1, 1);
    return [...ink.getImageData(0, 0, 1, 1).data];
  }
  // Colours of all values up to the largest, as pixels: above zero, and below.
  let shades = null;
  function shade(reach) {
    const none = colour("--sunk");
    const pixels = (far) => {
      const bytes = new Uint8ClampedArray(4 * (reach + 1));
      for (let size = 0; size <= reach; size++) {
        const share = Math.sqrt(size / reach);
        for (let part = 0; part < 4; part++) bytes[4 * size + part] = none[part] + (far[part] - none[part]) * share;
      }
      return new Uint32Array(bytes.buffer);
    };
    shades = { reach, high: pixels(colour("--c5")), low: pixels(colour("--c1")) };
  }
  const pixelOf = (value) => (value < 0 ? shades.low[-value] : shades.high[value]);
  function paint(canvas, width, height, fill) {
    canvas.width = width;
    canvas.height = height;
    const ink = canvas.getContext("2d"), picture = ink.createImageData(width, height);
    fill(new Uint32Array(picture.data.buffer));
    ink.putImageData(picture, 0, 0);
  }

  // What came out, as far as it came: a column a step.
  function drawMap() {
    const { hidden } = about, wide = sequence.length;
    let reach = 1;
    for (const step of states) for (let unit = 0; unit < hidden; unit++) reach = Math.max(reach, Math.abs(step[unit]));
    if (shades?.reach !== reach) shade(reach);
    paint(find(".map canvas"), wide, hidden, (pixels) => states.forEach((step, column) => {
      for (let unit = 0, at = column; unit < hidden; unit++, at += wide) pixels[at] = pixelOf(step[unit]);
    }));
  }
  function drawUnits(step) {
    paint(find(".units"), about.hidden, 1, (pixels) => states[step - 1]?.forEach((value, unit) => { pixels[unit] = pixelOf(value); }));
  }

  // What a logit of 1 is in real units after so many steps.
  function unitOf(step) {
    const { pool, units } = about, unit = units[step % units.length];
    return pool ? unit / pool[Math.min(step, pool.length) - 1] : unit;
  }
  function chances(real) {
    const all = real.length === 1 ? [0, real[0]] : real, most = Math.max(...all);
    const powers = all.map((value) => Math.exp(value - most)), sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  }

  function showAnswer(step) {
    const answer = about.every ? answers[step - 1] : step === sequence.length ? answers[0] : null;
    const called = find(".called"), sure = find(".sure"), levels = find(".levels");
    if (!answer) {
      called.textContent = "…";
      called.classList.remove("long");
      sure.textContent = "the core answers behind the last step";
      for (const level of levels.children) level.classList.remove("best");
      return;
    }
    const real = answer.logits.map((logit) => logit * unitOf(step)), { labels } = about;
    let names = labels, sizes;
    if (labels.length === 1) {
      const [scale, offset] = about.answer;
      called.textContent = Number((real[0] * scale + offset).toPrecision(4)).toString();
      sure.textContent = labels[0];
      names = labels;
      sizes = [1];
    } else {
      sizes = chances(real);
      called.textContent = labels[answer.index];
      sure.textContent = `${(100 * sizes[answer.index]).toFixed(1)} % by the softmax of its logits`;
    }
    called.classList.toggle("long", called.textContent.length > 4);
    levels.replaceChildren(...names.map((name, at) => {
      const logit = answer.logits.length === 1 ? (at === names.length - 1 ? answer.logits[0] : 0) : answer.logits[at];
      const fill = make("span");
      fill.style.width = `${Math.max(0.5, 100 * sizes[at])}%`;
      const level = make("div", { class: "level", role: "listitem" }, make("span", { class: "name", title: name }, name), make("span", { class: "track" }, fill), make("span", { class: "value" }, number(logit)));
      level.classList.toggle("best", labels.length > 1 && at === answer.index);
      return level;
    }));
  }

  function showStep(step) {
    const slider = find("#twin-step"), steps = sequence.length;
    slider.value = step;
    find(".slide output").textContent = `step ${step} of ${steps}`;
    const mark = find(".map .at");
    mark.style.display = "block";
    mark.style.left = `${(100 * (step - 0.5)) / steps}%`;
    drawUnits(step);
    showAnswer(step);
  }

  // Give the twin a sequence. The newest wins; a long one is shown as it comes.
  async function ask(steps, begun = performance.now()) {
    const own = ++job;
    stop();
    if (!twin || !steps.length) return;
    twin.restart();
    [sequence, states, answers] = [steps, [], []];
    const slider = find("#twin-step");
    slider.max = steps.length;
    slider.disabled = false;
    let shown = performance.now();
    for (const found of twin.through(steps)) {
      states.push(...found.states);
      answers.push(...found.answers);
      if (performance.now() - shown > 60) {
        drawMap();
        await pause();
        if (own !== job) return;
        shown = performance.now();
      }
    }
    const { cycles } = twin;
    drawMap();
    showStep(steps.length);
    taken = performance.now() - begun;
    root.dataset.taken = taken.toFixed(1);
    const real = about.mhz ? ` A chip of ${about.mhz} MHz takes ${spoken(cycles / about.mhz / 1000)} for them.` : "";
    find(".facts").textContent = `${number(steps.length)} steps, ${number(cycles)} clock cycles, in ${spoken(taken)} in this browser.${real}`;
    await askBoard(own);
  }
  const spoken = (ms) => (ms < 1 ? `${Math.round(1000 * ms)} µs` : ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`);
  const tried = (act) => async (...given) => {
    complain(null);
    try { await act(...given); } catch (error) { complain(error); }
  };

  // The step that is looked at.
  let player = 0;
  function stop() {
    clearInterval(player);
    player = 0;
    find(".play").setAttribute("aria-pressed", "false");
    find(".play").textContent = "Play";
  }
  find("#twin-step").addEventListener("input", (event) => { stop(); showStep(Number(event.target.value)); });
  find(".play").addEventListener("click", () => {
    if (player) return stop();
    if (!states.length) return;
    let step = Number(find("#twin-step").value) % sequence.length;
    const stride = Math.max(1, Math.round(sequence.length / 160));
    find(".play").setAttribute("aria-pressed", "true");
    find(".play").textContent = "Pause";
    player = setInterval(() => {
      step = Math.min(sequence.length, step + stride);
      showStep(step);
      if (step === sequence.length) stop();
    }, 60);
  });

  if (image) {
    drawingPad(root, image, { taken: tried((pixels, begun) => ask(stepsOfImage(pixels, image), begun)), quick: () => taken <= 40, colour });
  }

  // Sequences of the model, with what the golden run answers.
  let held = null;
  async function hold() {
    if (held) return held;
    const x = new Int32Array((await unpacked(samples.x)).buffer), logits = new BigInt64Array((await unpacked(samples.logits)).buffer);
    const { channels } = wire, each = samples.steps * channels, many = about.classes * (about.every ? samples.steps : 1);
    held = samples.lengths.map((length, at) => ({
      steps: Array.from({ length }, (_, step) => [...x.subarray(at * each + step * channels, at * each + (step + 1) * channels)]),
      logits: [...logits.subarray(at * many, at * many + about.classes * (about.every ? length : 1))].map(Number),
    }));
    return held;
  }
  // All logits are the golden run's, and the classes those that they tell.
  const decided = (logits) => (logits.length === 1 ? Number(logits[0] > 0) : logits.indexOf(Math.max(...logits)));
  const same = (found, logits) => found.length * about.classes === logits.length && found.every((one, at) => {
    const wanted = logits.slice(at * about.classes, (at + 1) * about.classes);
    return one.index === decided(wanted) && wanted.every((logit, place) => logit === one.logits[place]);
  });
  if (samples) {
    const which = find(".which");
    const show = tried(async () => {
      const at = Math.min(samples.count - 1, Math.max(0, Math.round(Number(which.value)) || 0));
      which.value = at;
      const label = samples.right?.[at];
      find(".right").textContent = label === undefined || label === null || about.labels.length < 2 ? "" : `It is “${about.labels[label] ?? label}”.`;
      await ask((await hold())[at].steps);
      if (!same(answers, held[at].logits)) throw new Error(`Sequence ${at} must give the golden run's logits, and gives others.`);
    });
    which.addEventListener("change", show);
    for (const [name, by] of [[".previous", -1], [".next", 1]]) find(name).addEventListener("click", () => {
      which.value = (Number(which.value) + by + samples.count) % samples.count;
      show();
    });
    find(".all").addEventListener("click", tried(async () => {
      const own = ++job, verdict = find(".verdict-all"), all = await hold(), begun = performance.now();
      let equal = 0, logits = 0, shown = begun;
      twin.restart();
      for (const [at, one] of all.entries()) {
        if (same(twin.run(one.steps), one.logits)) equal++;
        logits += one.logits.length;
        if (performance.now() - shown > 60) {
          verdict.textContent = `${at + 1} of ${all.length}`;
          await pause();
          if (own !== job) return;
          shown = performance.now();
        }
      }
      verdict.textContent = `${equal} of ${all.length} equal to the golden run, all ${number(logits)} logits, in ${spoken(performance.now() - begun)}.`;
      verdict.classList.toggle("good", equal === all.length);
      verdict.classList.toggle("bad", equal !== all.length);
    }));
    root.show = show;
  }

  // Tables and texts.
  for (const name of ["text", "numbers"]) {
    const place = panel(name);
    if (!place) continue;
    const area = place.querySelector("textarea");
    const run = tried(async () => {
      if (name === "text") return ask(tokensOf(area.value, wire));
      const { steps, beyond } = onWire(tableOf(area.value, wire), wire);
      await ask(steps);
      if (beyond) complain(new Error(`${number(beyond)} of the numbers are beyond the range that the model was trained on, and were cut off there.`));
    });
    place.querySelector(".run").addEventListener("click", run);
    area.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(); });
    place.querySelector("input[type=file]")?.addEventListener("change", tried(async (event) => {
      const [file] = event.target.files;
      if (!file) return;
      if (file.size > 4e6) throw new Error("A file must be below 4 MB.");
      area.value = await file.text();
      await run();
    }));
  }

  // Tabs: arrows move between them.
  const tabs = [...root.querySelectorAll("[role=tab]")];
  function choose(tab, focus) {
    for (const one of tabs) {
      const on = one === tab;
      one.setAttribute("aria-selected", on);
      one.tabIndex = on ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) tab.focus();
  }
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (by) { event.preventDefault(); choose(tabs[(at + by + tabs.length) % tabs.length], true); }
    });
  });
  choose(tabs[0]);

  // A board.
  const connect = find(".connect"), link = find(".link"), said = find(".board .said");
  if (about.link === "spi") {
    connect.disabled = true;
    link.textContent = "This build's board has an SPI link, and a browser reaches serial ports alone: qrnn-hw run BUILD asks it.";
  } else if (!("serial" in navigator)) {
    connect.disabled = true;
    link.textContent = "This browser has no Web Serial; Chrome and Edge have.";
  }
  const disconnect = async () => {
    const old = host;
    host = null;
    connect.textContent = "Connect a board";
    await old?.close().catch(() => {});
  };
  connect.addEventListener("click", async () => {
    if (host) { link.textContent = ""; said.textContent = ""; return disconnect(); }
    try {
      const port = await navigator.serial.requestPort();
      await port.open({ baudRate: Number(find(".baud").value) || 1000000, bufferSize: 4096 });
      link.textContent = "asking …";
      // A browser passes bytes on when it likes.
      host = new QrnnHost(port, { timeout: 250, weights: about.weights ? await unpacked(about.weights) : null });
      const board = await host.identify();
      if (board.digest !== about.digest) throw new LinkError(`the board must hold the model ${about.digest}, and holds ${board.digest}: program it with this build`);
      link.textContent = `Connected: model ${board.digest}, ${board.hidden} units, ${board.classes} logits.`;
      connect.textContent = "Disconnect";
      if (states.length) await askBoard(job);
    } catch (error) {
      await disconnect();
      link.textContent = error.name === "NotFoundError" ? "No port was chosen." : error.message;
    }
  });
  let asking = Promise.resolve();
  async function askBoard(own) {
    if (!host || !sequence) return;
    const steps = sequence, wanted = answers;
    asking = asking.then(async () => {
      if (own !== job || !host) return;
      said.className = "said";
      said.textContent = "The board is asked …";
      try {
        const begun = performance.now(), found = await host.classify(steps), spent = performance.now() - begun;
        const wrong = wanted.findIndex((one, at) => one.index !== found[at]?.index || one.logits.some((logit, place) => logit !== found[at].logits[place]));
        const equal = wrong < 0 && found.length === wanted.length;
        said.className = `said ${equal ? "good" : "bad"}`;
        said.textContent = equal
          ? `Board and twin agree: all ${number(found.length * about.classes)} logits and ${found.length === 1 ? "the class" : "all classes"} are equal. The board's answer took ${spoken(spent)}.`
          : `Board and twin differ, first in readout ${wrong + 1}: ${found[wrong]?.logits.join(", ")} is not ${wanted[wrong]?.logits.join(", ")}.`;
      } catch (error) {
        said.className = "said bad";
        said.textContent = error.message;
      }
    });
    await asking;
  }

  // Colours follow the theme.
  const again = () => { shades = null; if (states.length) { drawMap(); drawUnits(Number(find("#twin-step").value)); } };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });

  (async () => {
    try {
      twin = await Twin.of(about);
    } catch (error) {
      document.getElementById("twin-off").textContent = `The twin cannot run here: ${error.message}`;
      return;
    }
    document.getElementById("twin-off").hidden = true;
    root.hidden = false;
    if (samples) await root.show();
    root.dataset.ready = "1";
  })();
})();
