// The moment of opening, told by the server's clock: the button works then without reloading the page.

const box = document.querySelector(".opening");

if (box) {
  const button = document.getElementById(box.dataset.form).querySelector("button[type=submit]");
  const left = box.querySelector("[data-left]");
  const status = box.querySelector("[data-status]");
  const opens = Date.parse(box.dataset.opensAt);
  const closes = Date.parse(box.dataset.closesAt);
  // The page was made at data-now and had arrived in full at the latest when its answer began: counted from there the
  // clock may be late by the way of the page, never early. The wall clock goes on while a phone sleeps.
  const [navigation] = performance.getEntriesByType("navigation");
  const arrived = performance.timeOrigin + (navigation?.responseStart ?? performance.now());
  const made = Date.parse(box.dataset.now);
  const now = () => made + Date.now() - arrived;
  let state = "";

  const two = (number) => String(number).padStart(2, "0");
  const spoken = (span) => {
    const seconds = Math.ceil(span / 1000);
    const days = Math.floor(seconds / 86400);
    const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
    return days ? `${days} 天 ${clock}` : clock;
  };

  const show = (next, text) => {
    if (state === next) return;
    state = next;
    button.disabled = next !== "open";
    if (text) status.textContent = text;
  };

  const tick = () => {
    const at = now();
    if (at < opens) {
      show("coming", "");
      left.textContent = spoken(opens - at);
      setTimeout(tick, Math.min(1000, opens - at));
    } else if (at <= closes) {
      left.textContent = "00:00:00";
      show("open", box.dataset.openText);
      setTimeout(tick, Math.min(1000, closes - at + 1));
    } else {
      show("closed", box.dataset.closedText);
    }
  };
  tick();
  document.addEventListener("visibilitychange", () => state !== "closed" && tick());
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
