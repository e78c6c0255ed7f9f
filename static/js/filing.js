// Registration: what the autosave says when it cannot, and opening what a link points into.

const state = document.getElementById("draft-state");

if (state) {
  const isOurs = (event) => event.detail.elt === state;
  document.addEventListener("htmx:beforeSwap", (event) => {
    // A session that has ended answers with the login page, which has no place in a line of text.
    if (!event.detail.xhr.responseURL.includes("/login/")) return;
    event.detail.shouldSwap = false;
    state.textContent = state.dataset.signedOut;
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (isOurs(event)) state.textContent = state.dataset.failed;
    });
  }
}

// A link to a field in a folded part unfolds it.
const unfold = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  const folded = target.closest("details:not([open])");
  if (folded) {
    folded.open = true;
    target.scrollIntoView();
  }
  target.querySelector?.("input:not([type=hidden])")?.focus() ?? target.focus?.();
};
unfold();
window.addEventListener("hashchange", unfold);
