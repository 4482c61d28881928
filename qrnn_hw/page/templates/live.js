(() => {
  const { labels, channels } = dataOf("live");
  const number = labels.length === 1, STEPS = 400, MARGIN = 52, ANSWERS = 240, ROWS = 8, COLOURS = 10;
  const at = (id) => document.getElementById(id);
  const steps = [], answers = [];
  let counts = { steps: 0, answers: 0 }, ended = false, due = false;

  // light-dark() is not a colour of a canvas: an element resolves it.
  const probe = make("span", { hidden: "" });
  document.body.append(probe);
  const resolved = (value) => { probe.style.color = value; return getComputedStyle(probe).color; };

  const bars = number ? [] : labels.map((label, index) => {
    const fill = make("span"), share = make("span", { class: "share" });
    fill.style.background = `var(--c${index % COLOURS})`;
    const meter = make("span", { class: "meter" }, fill);
    const row = make("li", {}, make("span", { class: "name" }, label), share, meter);
    at("classes").append(row);
    return { row, fill, share };
  });
  channels.forEach((name, index) => {
    const mark = make("i");
    mark.style.background = `var(--c${index % COLOURS})`;
    at("channels").append(make("li", {}, mark, name));
  });

  function paper(id) {
    const canvas = at(id), scale = devicePixelRatio || 1;
    const width = canvas.clientWidth, height = Number(canvas.dataset.height);
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    return { pen, width, height };
  }

  function line(pen, values, width, height, most, low, high) {
    const y = (value) => height - 6 - ((value - low) / (high - low || 1)) * (height - 12);
    pen.beginPath();
    values.forEach((value, index) => {
      const x = width - (values.length - 1 - index) * (width / (most - 1));
      if (index) pen.lineTo(x, y(value)); else pen.moveTo(x, y(value));
    });
    pen.stroke();
  }

  function range(values) {
    const low = Math.min(...values), high = Math.max(...values);
    return low === high ? [low - 1, high + 1] : [low, high];
  }

  function draw() {
    due = false;
    const signal = paper("signal");
    if (steps.length) {
      const [low, high] = range(steps.flat());
      signal.pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
      signal.pen.fillStyle = resolved("var(--dim)");
      const short = (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 });
      signal.pen.fillText(short(high), 0, 12);
      signal.pen.fillText(short(low), 0, signal.height - 3);
      signal.pen.translate(MARGIN, 0);
      signal.pen.lineWidth = 1.5;
      signal.pen.lineJoin = "round";
      channels.forEach((_, index) => {
        signal.pen.strokeStyle = resolved(`var(--c${index % COLOURS})`);
        line(signal.pen, steps.map((step) => step[index]), signal.width - MARGIN, signal.height, STEPS, low, high);
      });
    }

    const past = paper("past");
    if (answers.length && number) {
      const values = answers.map((one) => one.value), [low, high] = range(values);
      past.pen.strokeStyle = resolved("var(--accent)");
      past.pen.lineWidth = 1.5;
      line(past.pen, values, past.width, past.height, ANSWERS, low, high);
    } else {
      const wide = past.width / ANSWERS;
      answers.forEach((one, index) => {
        const tall = Math.max(2, one.probabilities[one.class] * past.height);
        past.pen.fillStyle = resolved(`var(--c${one.class % COLOURS})`);
        past.pen.fillRect(past.width - (answers.length - index) * wide, past.height - tall, Math.max(wide - 0.5, 1), tall);
      });
    }

    const last = answers.at(-1);
    if (last) {
      const said = number ? last.value.toPrecision(5) : last.label;
      if (at("label").textContent !== said) at("label").textContent = said;
      if (!number) {
        const percent = (share) => `${(100 * share).toFixed(share > 0.995 || share < 0.005 ? 1 : 0)}\u00a0%`;
        at("sure").textContent = `${percent(last.probabilities[last.class])} sure, sequence ${last.sequence}, step ${last.step}`;
        bars.forEach(({ row, fill, share }, index) => {
          fill.style.width = `${100 * last.probabilities[index]}%`;
          share.textContent = percent(last.probabilities[index]);
          if (index === last.class) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
        });
      } else at("sure").textContent = `${labels[0]}, sequence ${last.sequence}, step ${last.step}`;
      at("rows").replaceChildren(...answers.slice(-ROWS).reverse().map((one) => make("tr", {},
        make("td", {}, String(one.sequence)), make("td", {}, String(one.step)),
        make("td", { class: "words" }, number ? one.value.toPrecision(5) : one.label),
        ...(number ? [] : [make("td", {}, one.probabilities[one.class].toFixed(3))]),
        make("td", { class: "words" }, one.logits.join(" ")))));
    }
    const many = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
    if (counts.steps) at("state").textContent = `${ended ? "Ended" : "Live"}: ${many(counts.steps, "sample")}, ${many(counts.answers, "answer")}.`;
  }

  const later = () => { if (!due) { due = true; requestAnimationFrame(draw); } };

  function take(event) {
    if (event.end) ended = true;
    else if (event.x) { steps.push(event.x); counts.steps = event.number; if (steps.length > STEPS) steps.shift(); }
    else { answers.push(event); counts.answers += 1; if (answers.length > ANSWERS) answers.shift(); }
  }

  function open() {
    const socket = new WebSocket(`ws://${location.host}/live${location.search}`);
    socket.addEventListener("open", () => { steps.length = answers.length = 0; counts = { steps: 0, answers: 0 }; });
    socket.addEventListener("message", (message) => { JSON.parse(message.data).forEach(take); later(); });
    socket.addEventListener("close", () => {
      if (ended) return;
      at("state").textContent = "Nobody answers: the command has ended, or will be back.";
      setTimeout(open, 1000);
    });
  }
  addEventListener("resize", later);
  new MutationObserver(later).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
  open();
})();
