// A warning before a page is left with something typed or uploaded that was not handed in. The browser has the words.

const unsent = new Set();

// Forms that save as they are typed warn by themselves, or have nothing to lose.
const isHandedIn = (form) => form?.method === "post" && !form.matches("[hx-post], [data-autosaved]");

const warn = (event) => event.preventDefault();

// A page that always listens is not kept for the Back button, so it listens only while there is something to lose.
function update() {
  if (unsent.size) window.addEventListener("beforeunload", warn);
  else window.removeEventListener("beforeunload", warn);
}

function note(event) {
  const form = event.target.form ?? event.target.closest("form");
  if (!isHandedIn(form)) return;
  unsent.add(form);
  update();
}

for (const name of ["input", "change", "portal:chosen"]) document.addEventListener(name, note);

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  unsent.delete(event.target);
  update();
});

// What came back: with errors, with uploads that wait, or to be looked at once more.
for (const form of document.forms) {
  if (isHandedIn(form) && (form.matches("[data-unsent]") || form.querySelector(".field--wrong, [name$='-staged']"))) unsent.add(form);
}
update();
