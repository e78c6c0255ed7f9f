// What every page does when scripts run; without them the page works all the same.

// After a form came back with errors, start reading there.
document.querySelector("[data-focus]")?.focus();

// The way to the content must not stay in the address: a form without an address of its own would send it along, and the
// page that comes back with errors would start there.
document.querySelector(".skip-link")?.addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("content").focus();
});

// A second click on a button that has sent its form would send it twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  // The same goes for a link from the list of errors to a field.
  if (!form.getAttribute("action") && location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  // The button keeps its value: it is switched off only after the form has been read.
  setTimeout(() => form.querySelectorAll("button[type=submit]").forEach((button) => button.setAttribute("aria-busy", "true")));
});

// Coming back by the browser's Back button shows a page that may be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });
});

// The menu of a narrow window closes with Escape and when something else is clicked.
const menu = document.querySelector(".site-menu");
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});
