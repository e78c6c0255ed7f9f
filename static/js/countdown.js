// Counts down to the opening and the closing of a batch and changes over at the moment, without reloading.

import { ServerClock, spanWords } from "./server_clock.js";

const SECOND = 1000;

function start(place) {
  const { now, opens, closes } = place.dataset;
  const [opensAt, closesAt] = [Date.parse(opens), Date.parse(closes)];
  const clock = new ServerClock(now);
  const said = place.querySelector("[data-said]");
  let phase = place.dataset.phase;
  let timer = 0;

  function show(next) {
    phase = next;
    place.dataset.phase = next;
    document.querySelectorAll("[data-in-phase]").forEach((part) => {
      part.hidden = part.dataset.inPhase !== next;
    });
    said.textContent = next === "open" ? "申领已开始。" : "申领已截止。";
  }

  function tick() {
    const at = clock.read();
    const next = at < opensAt ? "before" : at <= closesAt ? "open" : "closed";
    if (next !== phase) show(next);
    if (next === "closed") return;
    const left = (next === "before" ? opensAt : closesAt) - at;
    place.querySelector(`[data-in-phase="${next}"] [data-left]`).textContent = spanWords(left);
    clearTimeout(timer);
    timer = setTimeout(tick, (left % SECOND) + 1);
  }

  clock.onWaking(tick);
  tick();
}

document.querySelectorAll("[data-countdown]").forEach(start);
