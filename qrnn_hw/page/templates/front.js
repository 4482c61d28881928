(() => {
  for (const chart of document.querySelectorAll(".chart")) {
    const named = chart.querySelector(".named"), code = chart.querySelector(".picked code"), typed = chart.querySelector(".picked .typed");
    typed.hidden = !code.textContent;
    typed.style.display = typed.hidden ? "none" : "";
    const pick = (one) => {
      named.replaceChildren(make("b", {}, one.dataset.name), " ", one.dataset.figures);
      code.textContent = one.dataset.command;
      typed.style.display = one.dataset.command ? "" : "none";
      for (const dot of chart.querySelectorAll("use[data-name]")) dot.classList.toggle("picked", dot.dataset.name === one.dataset.name && dot.dataset.figures === one.dataset.figures);
    };
    for (const one of chart.querySelectorAll("[data-name]")) {
      one.addEventListener("click", () => pick(one));
      if (one.getAttribute("role") === "button") one.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(one); }
      });
    }
  }
})();
