"use strict";
// A pad to draw on, by finger, mouse or keys, and the pixels that a network reads of it.
//
// image: rows, columns, and the margin of its digits in pixels, 0 for such as fill the image.
// taken(pixels, begun): is given brightness 0..1, row by row, and when that was asked for.
// quick(): whether it may be given while a line is drawn. colour(name): a colour of the page.
function drawingPad(root, image, { taken, quick, colour }) {
  const find = (one) => root.querySelector(one);
  const pad = find(".pad"), ink = pad.getContext("2d"), size = pad.width;
  let strokes = [], down = false, pen = [size / 2, size / 2], due = 0;
  const place = (event) => {
    const box = pad.getBoundingClientRect();
    return [((event.clientX - box.left) * size) / box.width, ((event.clientY - box.top) * size) / box.height];
  };
  function paint(target, width, scale, dx, dy) {
    target.lineWidth = width;
    target.lineCap = target.lineJoin = "round";
    for (const stroke of strokes) {
      target.beginPath();
      stroke.forEach(([x, y], at) => target[at ? "lineTo" : "moveTo"](x * scale + dx, y * scale + dy));
      if (stroke.length === 1) target.lineTo(stroke[0][0] * scale + dx + 0.01, stroke[0][1] * scale + dy);
      target.stroke();
    }
  }
  function show() {
    ink.clearRect(0, 0, size, size);
    ink.strokeStyle = getComputedStyle(pad).color;
    paint(ink, size / 14, 1, 0, 0);
    if (document.activeElement === pad && !down && pad.dataset.keys) {
      ink.lineWidth = 2;
      ink.beginPath();
      ink.arc(...pen, size / 28, 0, 7);
      ink.stroke();
    }
  }
  // Brightness 0..1 of each pixel: the drawing is moved and scaled as those of training were.
  function pixelsOf() {
    const { rows, columns, margin } = image, fine = 8, points = strokes.flat();
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const inner = Math.min(rows, columns) - 2 * margin, width = inner / (margin ? 9 : 6.5);
    const extent = Math.max(box[2] - box[0], box[3] - box[1], size / 8), scale = ((inner - width) / extent) * fine;
    const middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    const sheet = make("canvas");
    sheet.width = columns * fine;
    sheet.height = rows * fine;
    const target = sheet.getContext("2d", { willReadFrequently: true });
    const draw = (dx, dy) => {
      target.clearRect(0, 0, sheet.width, sheet.height);
      paint(target, width * fine, scale, dx, dy);
      return target.getImageData(0, 0, sheet.width, sheet.height).data;
    };
    let dx = sheet.width / 2 - middle[0] * scale, dy = sheet.height / 2 - middle[1] * scale;
    let data = draw(dx, dy);
    if (margin) {
      let [sum, x, y] = [0, 0, 0];
      for (let at = 3, place = 0; at < data.length; at += 4, place++) {
        sum += data[at];
        x += data[at] * (place % sheet.width);
        y += data[at] * Math.floor(place / sheet.width);
      }
      dx += sheet.width / 2 - x / sum;
      dy += sheet.height / 2 - y / sum;
      data = draw(dx, dy);
    }
    const pixels = new Array(rows * columns).fill(0);
    for (let row = 0; row < rows * fine; row++) {
      for (let column = 0; column < columns * fine; column++) {
        pixels[Math.floor(row / fine) * columns + Math.floor(column / fine)] += data[4 * (row * columns * fine + column) + 3] / (255 * fine * fine);
      }
    }
    return pixels;
  }
  function showPixels(pixels) {
    const canvas = find(".pixels"), target = canvas.getContext("2d"), picture = target.createImageData(image.columns, image.rows);
    const [dark, light] = [colour("--sunk"), colour("--ink")];
    pixels.forEach((share, at) => picture.data.set(dark.map((part, k) => part + (light[k] - part) * share), 4 * at));
    target.putImageData(picture, 0, 0);
  }
  function give() {
    const begun = performance.now(), pixels = pixelsOf();
    showPixels(pixels);
    taken(pixels, begun);
  }
  // While it is drawn, where that is quick enough.
  const soon = () => {
    if (due || !quick()) return;
    due = setTimeout(() => { due = 0; if (down) give(); }, 50);
  };
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    delete pad.dataset.keys;
    down = true;
    strokes.push([place(event)]);
    show();
    event.preventDefault();
    pad.focus({ preventScroll: true });
  });
  pad.addEventListener("pointermove", (event) => {
    if (!down) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const one of between.length ? between : [event]) strokes.at(-1).push(place(one));
    show();
    soon();
  });
  for (const name of ["pointerup", "pointercancel"]) pad.addEventListener(name, () => {
    if (!down) return;
    down = false;
    give();
  });
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  let inked = false;
  pad.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move && event.key !== " " && event.key !== "Delete" && event.key !== "Escape") return;
    event.preventDefault();
    pad.dataset.keys = "1";
    if (event.key === "Delete") return find(".wipe").click();
    if (event.key === " " || event.key === "Escape") {
      inked = event.key === " " && !inked;
      if (inked) strokes.push([[...pen]]);
      find(".pen").textContent = inked ? "The pen is down." : "The pen is up.";
    }
    if (move) {
      pen = pen.map((part, at) => Math.min(size - 10, Math.max(10, part + (move[at] * size) / 24)));
      if (inked) strokes.at(-1).push([...pen]);
    }
    show();
    if (inked && strokes.length) give();
  });
  pad.addEventListener("focus", show);
  pad.addEventListener("blur", show);
  find(".wipe").addEventListener("click", () => {
    strokes = [];
    inked = false;
    find(".pen").textContent = "";
    show();
    showPixels(new Array(image.rows * image.columns).fill(0));
  });
}
