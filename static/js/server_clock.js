// The server's clock counts, never that of the computer: the page says what it was, and only the time that passed since
// is measured here, by a clock that nobody can set.

const SECOND = 1000;
const SLEPT = 30 * SECOND;

function arrived() {
  // The answer left the server before this moment, so the page is never early, at most the way late.
  const [page] = performance.getEntriesByType?.("navigation") ?? [];
  return page?.responseStart ?? 0;
}

export class ServerClock {
  // `now`: the moment the page was made, as the page writes it.
  constructor(now) {
    this.#set(Date.parse(now), arrived());
  }

  read() {
    const passed = performance.now() - this.measuredAt;
    // A computer that slept under an open page did not count on, but its wall clock did.
    if (Math.abs(Date.now() - this.wallAt - passed) > SLEPT) this.#ask();
    return this.now + passed;
  }

  // Calls `act` when the page is seen again after a while, with the clock put right: a computer that slept has not
  // counted on.
  onWaking(act) {
    let hiddenSince = 0;
    document.addEventListener("visibilitychange", async () => {
      if (document.hidden) {
        hiddenSince = Date.now();
        return;
      }
      if (Date.now() - hiddenSince > SLEPT) await this.#ask();
      act();
    });
  }

  #set(now, measuredAt) {
    this.now = now;
    this.measuredAt = measuredAt;
    this.wallAt = Date.now() - (performance.now() - measuredAt);
  }

  async #ask() {
    // Not again before the answer, nor at once when there is none.
    this.wallAt = Date.now() - (performance.now() - this.measuredAt);
    try {
      const answer = await fetch(window.location.href, { method: "HEAD", cache: "no-store" });
      const told = Date.parse(answer.headers.get("Date"));
      if (!Number.isNaN(told)) this.#set(told, performance.now());
    } catch {
      // Offline: the count goes on as before.
    }
  }
}

const two = (number) => String(number).padStart(2, "0");

// 1 天 02:03:04, rounded up to the second.
export function spanWords(milliseconds) {
  const seconds = Math.max(Math.ceil(milliseconds / SECOND), 0);
  const days = Math.floor(seconds / 86400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return days ? `${days} 天 ${clock}` : clock;
}
