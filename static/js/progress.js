// Asks again and again how far a job is, and shows the finished page in place of the waiting one.
// Without this module the page reloads itself.

const EVERY = 2000;

const place = document.querySelector("[data-progress]");

async function text(address) {
  const answer = await fetch(address, { cache: "no-store", credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

function parsed(markup) {
  return new DOMParser().parseFromString(markup, "text/html");
}

async function finished() {
  const page = parsed(await text(window.location.href));
  const content = page.querySelector("#content");
  // The tabs and links of the finished page work by themselves; only what moves must not be lost.
  document.querySelector("#content").replaceWith(document.adoptNode(content));
  document.querySelector("#content h1, #content h2")?.scrollIntoView({ block: "nearest" });
}

async function ask() {
  try {
    const part = parsed(await text(place.dataset.progress));
    if (part.querySelector("[data-finished]")) return finished();
    // The same elements stay, so that a screen reader is told of changed words only.
    const [said, bar] = [part.querySelector("p"), part.querySelector("progress")];
    const shown = place.querySelector("p");
    if (shown.textContent !== said.textContent) shown.textContent = said.textContent;
    place.querySelector("progress").replaceWith(document.adoptNode(bar));
  } catch {
    // Offline for a moment: ask again.
  }
  setTimeout(ask, EVERY);
}

if (place) setTimeout(ask, EVERY);
