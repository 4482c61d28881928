{
  const plan = document.querySelector(".floorplan");
  for (const row of plan ? document.querySelectorAll(".chip-parts tr[data-part]") : []) {
    const light = (on) => {
      plan.classList.toggle("lit", on);
      plan.querySelector(`[data-part="${row.dataset.part}"]`)?.classList.toggle("lit", on);
    };
    for (const [event, on] of [["mouseenter", true], ["focus", true], ["mouseleave", false], ["blur", false]]) {
      row.addEventListener(event, () => light(on));
    }
  }
}
