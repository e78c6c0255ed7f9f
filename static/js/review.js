// The review screen: documents without reloading, zoom and turn, keys, ticks, and a sign of life for the file in hand.
// Without it every document is a link that reloads the page, and the form works as it is.

const form = document.getElementById("review-form");
const viewer = document.querySelector("[data-viewer]");
const stage = viewer?.querySelector("[data-stage]");
const files = [...(viewer?.querySelectorAll("[data-file]") ?? [])];
const ZOOM_MAX = 4;

// --- Documents -------------------------------------------------------------------------------

function show(link) {
  if (!link || !stage) return;
  for (const one of files) one.toggleAttribute("aria-current", false);
  link.setAttribute("aria-current", "true");
  link.scrollIntoView({ block: "nearest", inline: "nearest" });
  const label = link.textContent.trim();
  const pages = Array.from({ length: Number(link.dataset.pages) }, (_, index) => {
    const page = document.createElement("img");
    page.className = "review__page";
    page.width = 1240;
    page.height = 1754;
    if (index) page.loading = "lazy";
    page.alt = `${label}第 ${index + 1} 页`;
    page.src = stage.dataset.pageUrl.replace("/0/pages/1/", `/${link.dataset.file}/pages/${index + 1}/`);
    return page;
  });
  stage.replaceChildren(...pages);
  stage.scrollTo(0, 0);
  delete stage.dataset.turn;
  viewer.querySelector("[data-open]").href = link.dataset.original;
  viewer.querySelector("[data-name]").textContent = label;
}

function move(step) {
  const at = files.findIndex((one) => one.hasAttribute("aria-current"));
  show(files[(at + step + files.length) % files.length]);
}

function zoom(step) {
  const now = Number(stage.dataset.zoom ?? 1);
  stage.dataset.zoom = Math.min(ZOOM_MAX, Math.max(0, now + step));
}

function turn() {
  stage.dataset.turn = (Number(stage.dataset.turn ?? 0) + 90) % 360;
}

const tools = {
  back: () => move(-1),
  forth: () => move(1),
  smaller: () => zoom(-1),
  larger: () => zoom(1),
  turn,
};

if (stage) {
  viewer.querySelector("[data-tools]").hidden = false;
  viewer.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-tool]");
    if (tool) tools[tool.dataset.tool]();
    const link = event.target.closest("[data-file]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      show(link);
    }
  });
}
document.addEventListener("click", (event) => {
  const see = event.target.closest("[data-show]");
  const link = see && files.find((one) => one.dataset.file === see.dataset.show);
  if (link) {
    event.preventDefault();
    show(link);
    if (viewer.getBoundingClientRect().top < 0 || viewer.getBoundingClientRect().top > innerHeight) viewer.scrollIntoView();
  }
});

// --- Ticks -----------------------------------------------------------------------------------

const rest = form?.querySelector("[name=rest_ok]");
rest?.addEventListener("change", () => {
  for (const item of form.querySelectorAll("[data-item]")) {
    const fault = item.querySelector("input[value=fault]");
    const ok = item.querySelector("input[value=ok]");
    if (ok && !fault.checked) ok.checked = rest.checked;
  }
});
form?.addEventListener("change", (event) => {
  if (event.target.value !== "fault") return;
  event.target.closest("[data-item]").querySelector("select")?.focus();
});

// A decision that needs a reason opens the place for it, instead of coming back with an error.
form?.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-needs=reason]");
  const place = form.querySelector(".review__reason");
  if (!button || !place || place.open) return;
  event.preventDefault();
  place.open = true;
  place.querySelector("select").focus();
});

// --- Keys ------------------------------------------------------------------------------------

const isTyping = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
const keys = {
  a: () => rest?.click(),
  j: () => move(1),
  k: () => move(-1),
  r: () => stage && turn(),
  o: () => viewer?.querySelector("[data-open]")?.click(),
  "+": () => stage && zoom(1),
  "=": () => stage && zoom(1),
  "-": () => stage && zoom(-1),
  "?": () => {
    const help = document.getElementById("review-keys");
    if (help) help.open = !help.open;
  },
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll(".review__more[open]")) open.open = false;
    return;
  }
  if (!form || isTyping(event.target)) return;
  const button = form.querySelector(`button[data-key="${CSS.escape(event.key)}"]:not(:disabled)`);
  const act = button ? () => button.click() : keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// --- The file in hand ------------------------------------------------------------------------

// A reviewer who reads for long keeps the file: a sign goes out while the page is looked at and used.
const idle = Number(form?.dataset.keepEvery ?? 0);
if (idle) {
  let used = false;
  for (const kind of ["pointermove", "keydown", "scroll"]) addEventListener(kind, () => (used = true), { passive: true, capture: true });
  setInterval(() => {
    if (!used || document.hidden) return;
    used = false;
    const body = new FormData();
    body.set("decision", "keep");
    body.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    fetch(location.pathname, { method: "POST", body }).catch(() => {});
  }, (idle * 60_000) / 4);
}
