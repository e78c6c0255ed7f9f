// The moment of opening, told by the server's clock: the button works then without reloading the page.

import { ServerClock, spanWords } from "./server_clock.js";

const box = document.querySelector(".opening");

if (box) {
  const button = document.getElementById(box.dataset.form).querySelector("button[type=submit]");
  const left = box.querySelector("[data-left]");
  const status = box.querySelector("[data-status]");
  const opens = Date.parse(box.dataset.opensAt);
  const closes = Date.parse(box.dataset.closesAt);
  const clock = new ServerClock(box.dataset.now);
  let timer = 0;
  let state = "";

  const show = (next, text) => {
    if (state === next) return;
    state = next;
    button.disabled = next !== "open";
    if (text) status.textContent = text;
  };

  const tick = () => {
    const at = clock.read();
    clearTimeout(timer);
    if (at < opens) {
      show("coming", "");
      left.textContent = spanWords(opens - at);
      timer = setTimeout(tick, Math.min(1000, opens - at));
    } else if (at <= closes) {
      left.textContent = "00:00:00";
      show("open", box.dataset.openText);
      timer = setTimeout(tick, Math.min(1000, closes - at + 1));
    } else {
      show("closed", box.dataset.closedText);
    }
  };
  clock.onWaking(tick);
  tick();
}

// Amounts that one press fills in.
for (const quick of document.querySelectorAll("[data-quick]")) {
  quick.hidden = false;
  const field = document.getElementById(quick.dataset.quick);
  quick.addEventListener("click", (event) => {
    const amount = event.target.dataset.amount;
    if (!amount) return;
    field.value = String(Number(amount));
    field.focus();
  });
}
