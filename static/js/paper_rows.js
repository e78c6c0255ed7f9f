// Rows of invoices and transfers: added and removed here without asking the server, and the amount suggested by it.
// Without scripts the same buttons and check boxes do the same by sending the form.

const form = document.querySelector("[data-paper-rows]");

const NAMES = ["buyer", "seller", "payer", "payee"];

function isName(input) {
  return NAMES.some((name) => input.name.endsWith(`-${name}`));
}

function told(kind) {
  // The sums listen to this (hx-trigger in payment_form.html).
  form.dispatchEvent(new CustomEvent("rows", { detail: { kind } }));
}

function renumber(rows) {
  let number = 0;
  for (const row of rows.querySelectorAll("[data-row]:not([hidden])")) row.querySelector("[data-row-number]").textContent = ++number;
}

function struckOut(row) {
  return row.querySelector('[name$="-DELETE"]');
}

function prepare(row, rows) {
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "btn btn-link btn-sm";
  remove.textContent = "删除这一行";
  remove.addEventListener("click", () => {
    struckOut(row).checked = true;
    row.hidden = true;
    renumber(rows);
    rows.querySelector("[data-add-row]").focus();
    told("removed");
  });
  const place = row.querySelector(".paper-row__remove");
  place.querySelector(".field").hidden = true;
  place.append(remove);
  if (struckOut(row).checked) row.hidden = true;
}

// What belonged to the paper that was removed must not go in with the one that takes its place, its file least of all.
function empty(row) {
  for (const input of row.querySelectorAll("input:not([type=hidden], [type=checkbox])")) {
    if (!isName(input)) input.value = "";
  }
  // The file slot takes down what it shows, and takes back what is staged.
  row.dispatchEvent(new CustomEvent("portal:emptied", { bubbles: true }));
  for (const staged of row.querySelectorAll('[name$="-staged"]')) staged.remove();
  row.querySelector('[name$="-kept"]').value = "";
  row.querySelector("[data-kept-file]")?.remove();
}

function add(rows) {
  const total = rows.querySelector('[name$="-TOTAL_FORMS"]');
  const most = Number(rows.querySelector('[name$="-MAX_NUM_FORMS"]').value);
  let row;
  if (Number(total.value) < most) {
    const markup = rows.querySelector("[data-row-template]").innerHTML;
    rows.querySelector("[data-rows-list]").insertAdjacentHTML("beforeend", markup.replaceAll("__prefix__", total.value));
    row = rows.querySelector("[data-rows-list]").lastElementChild;
    total.value = Number(total.value) + 1;
    // The parties are the same on every paper.
    const first = rows.querySelector("[data-row]");
    for (const name of NAMES) {
      const [from, to] = [first, row].map((one) => one.querySelector(`[name$="-${name}"]`));
      if (from) to.value = from.value;
    }
    prepare(row, rows);
    // What enhances file inputs hears of the new one.
    window.htmx?.process(row);
    row.dispatchEvent(new CustomEvent("portal:added", { bubbles: true }));
  } else {
    // All places are taken: one that was removed comes back, empty but for the names.
    row = rows.querySelector("[data-row][hidden]");
    if (!row) return;
    struckOut(row).checked = false;
    row.hidden = false;
    empty(row);
    rows.querySelector("[data-rows-list]").append(row);
  }
  renumber(rows);
  row.querySelector("input:not([type=hidden])").focus();
  told("added");
}

// One blank row is enough where more can be added at a click; the page brings some for those without scripts.
function isBlank(row) {
  const typed = [...row.querySelectorAll("input:not([type=checkbox])")].some((input) => input.value && !isName(input));
  return !typed && !row.querySelector(".field__error");
}

function trim(rows) {
  const total = rows.querySelector('[name$="-TOTAL_FORMS"]');
  const all = [...rows.querySelectorAll("[data-row]")];
  while (all.length > 1 && isBlank(all.at(-1))) {
    all.pop().remove();
    total.value = all.length;
  }
}

if (form) {
  document.documentElement.classList.add("has-scripts");
  for (const rows of form.querySelectorAll("[data-rows]")) {
    trim(rows);
    for (const row of rows.querySelectorAll("[data-row]")) prepare(row, rows);
    renumber(rows);
    rows.querySelector("[data-add-row]").addEventListener("click", (event) => {
      event.preventDefault();
      add(rows);
    });
  }
  const amount = form.querySelector('[name="amount"]');
  const suggest = form.querySelector('[name="suggest"]');
  if (suggest?.hasAttribute("data-fresh")) suggest.value = "1";
  amount?.addEventListener("input", () => (suggest.value = amount.value.trim() ? "" : "1"));
  // Until the user types an amount, the suggested one stands in the field.
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const said = event.target.id === "reckoning" && event.target.querySelector("[data-suggested]");
    if (said && suggest?.value) amount.value = said.dataset.suggested;
  });
}
