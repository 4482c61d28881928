"use strict";
const dataOf = (name) => JSON.parse(document.getElementById(`${name}-data`).textContent);

// An element of HTML, or of SVG where the parent is one; strings become text, never markup.
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "line", "rect", "circle", "text", "title", "image", "use"].includes(tag);
  const one = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  one.append(...children);
  return one;
}

(() => {
  // The theme: the system's, until the button says otherwise.
  const root = document.documentElement, button = document.querySelector(".theme");
  const kept = (value) => { try { return value ? localStorage.setItem("theme", value) : localStorage.getItem("theme"); } catch { return null; } };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const show = () => { button.textContent = dark() ? "Light" : "Dark"; button.setAttribute("aria-label", `Change to ${dark() ? "light" : "dark"} colours`); };
  const wanted = kept();
  if (wanted === "light" || wanted === "dark") root.dataset.theme = wanted;
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; kept(root.dataset.theme); show(); });
  system.addEventListener("change", show);
  show();

  // Where the page lies in its folder, commands name that folder.
  const quoted = (path) => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
  if (location.protocol === "file:" && document.body.dataset.folder === "build") {
    const folder = decodeURIComponent(location.pathname).replace(/\/[^/]*$/, "") || "/";
    for (const code of document.querySelectorAll(".typed code")) code.textContent = code.textContent.replace(/\bBUILD\b/, () => quoted(folder));
  }

  // Copying.
  for (const copy of document.querySelectorAll("[data-copy]")) {
    copy.addEventListener("click", async () => {
      const code = copy.parentElement.querySelector("code");
      try { await navigator.clipboard.writeText(code.textContent); } catch {
        const range = document.createRange();
        range.selectNodeContents(code);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        document.execCommand("copy");
      }
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    });
  }

  // Which section is being read.
  const links = new Map([...document.querySelectorAll(".top nav a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const section of document.querySelectorAll("main > section")) if (links.has(section.id)) seen.observe(section);
})();
