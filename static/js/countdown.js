// Counts down to the opening and the closing of a batch and changes over at the moment, without
// reloading. The server's clock counts: the page says what it was, and only the time that passed
// since is measured here, by a clock that nobody can set.

const SECOND = 1000;

function arrived() {
  // The answer left the server before this moment, so the page is never early, at most the way late.
  const [page] = performance.getEntriesByType?.("navigation") ?? [];
  return page?.responseStart ?? 0;
}

class ServerClock {
  constructor(now) {
    this.set(now, arrived());
  }

  set(now, measuredAt) {
    this.now = now;
    this.measuredAt = measuredAt;
  }

  read() {
    return this.now + performance.now() - this.measuredAt;
  }

  // A computer that slept has not counted on: ask the server again.
  async ask() {
    try {
      const answer = await fetch(window.location.href, { method: "HEAD", cache: "no-store" });
      const told = Date.parse(answer.headers.get("Date"));
      if (!Number.isNaN(told)) this.set(told, performance.now());
    } catch {
      // Offline: the count goes on as before.
    }
  }
}

const two = (number) => String(number).padStart(2, "0");

function words(milliseconds) {
  const seconds = Math.max(Math.ceil(milliseconds / SECOND), 0);
  const days = Math.floor(seconds / 86400);
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days ? `${days} 天 ${clock}` : clock;
}

function start(place) {
  const { now, opens, closes } = place.dataset;
  const [opensAt, closesAt] = [Date.parse(opens), Date.parse(closes)];
  const clock = new ServerClock(Date.parse(now));
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
    place.querySelector(`[data-in-phase="${next}"] [data-left]`).textContent = words(left);
    clearTimeout(timer);
    timer = setTimeout(tick, (left % SECOND) + 1);
  }

  let hiddenSince = 0;
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden) {
      hiddenSince = Date.now();
    } else if (Date.now() - hiddenSince > 30 * SECOND) {
      await clock.ask();
      tick();
    }
  });
  tick();
}

document.querySelectorAll("[data-countdown]").forEach(start);
