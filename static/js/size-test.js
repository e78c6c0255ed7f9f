// The self-test: only the measures that the chosen industry uses are asked for. Which those are stands
// in the page; the size class itself is computed by the server.

function showMeasures() {
  const industry = document.querySelector("#id_industry");
  const used = industry?.selectedOptions[0]?.dataset.measures?.split(" ") ?? [];
  document.querySelectorAll("[data-measure]").forEach((part) => {
    part.hidden = !used.includes(part.dataset.measure);
    // The stylesheet hides the unused before this script runs, so that nothing jumps.
    part.toggleAttribute("data-used", !part.hidden);
    // A hidden figure is not sent: it would stand in the address of the result.
    part.querySelector("input").disabled = part.hidden;
  });
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
  });
}

document.addEventListener("change", (event) => {
  if (event.target.id === "id_industry") showMeasures();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
document.addEventListener("htmx:afterSwap", (event) => {
  showMeasures();
  // Whoever pressed the button goes on reading at the answer; whoever changes a figure stays there.
  if (event.detail.requestConfig?.triggeringEvent?.type === "submit") {
    document.querySelector("#size-test [data-answer], #size-test [data-focus]")?.focus();
  }
});
showMeasures();
