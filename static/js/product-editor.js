// The product form: fields that belong to a choice, rows that come and go, and the costing beside the price.
// Without it every field and some blank rows are shown, and the server knows which of them count.

const chosen = (name) => document.querySelector(`[name="${name}"]:checked`)?.value;

// --- What a choice does not ask for is put away -------------------------------------------

function showChosen() {
  document.querySelectorAll("[data-when]").forEach((part) => {
    const [name, value] = part.dataset.when.split("=");
    part.hidden = chosen(name) !== value;
  });
}

// The start form has its fields from the shared component, without marks of their own.
document.querySelectorAll("input[name=price_max]").forEach((input) => {
  const field = input.closest(".field");
  if (field && !field.closest("[data-when]")) field.dataset.when = "price_kind=range";
});

// --- Rows ----------------------------------------------------------------------------------

const isBlank = (row) => [...row.querySelectorAll("input")].every((input) => !input.value.trim());

function setUpRows(table) {
  const body = table.tBodies[0];
  const most = Number(table.dataset.rowsMax);
  const form = table.closest("form");
  const pattern = body.rows[0].cloneNode(true);
  pattern.querySelectorAll(".field__error").forEach((error) => error.remove());
  table.tHead.rows[0].append(Object.assign(document.createElement("th"), { textContent: "操作", scope: "col" }));

  const addButton = Object.assign(document.createElement("button"), {
    type: "button", className: "btn btn-outline-primary btn-sm", textContent: "增加一行",
  });
  const numberOf = (row) => Number(row.dataset.row);
  const update = () => { addButton.disabled = body.rows.length >= most; };

  function withRemoval(row) {
    const cell = row.insertCell();
    const button = Object.assign(document.createElement("button"), {
      type: "button", className: "btn btn-link btn-sm", textContent: "移除",
    });
    button.setAttribute("aria-label", `移除第 ${numberOf(row)} 行`);
    button.addEventListener("click", () => {
      const beside = row.previousElementSibling ?? row.nextElementSibling;
      if (body.rows.length > 1) row.remove();
      else row.querySelectorAll("input").forEach((input) => { input.value = ""; });
      (beside?.querySelector("input") ?? addButton).focus();
      update();
      form.dispatchEvent(new CustomEvent("rows-changed"));
    });
    cell.append(button);
    return row;
  }

  function freeNumber() {
    const used = new Set([...body.rows].map(numberOf));
    let number = 1;
    while (used.has(number)) number += 1;
    return number;
  }

  addButton.addEventListener("click", () => {
    const row = pattern.cloneNode(true);
    const number = freeNumber();
    row.dataset.row = number;
    row.querySelectorAll("input").forEach((input) => {
      input.name = input.name.replace(/\d+$/, number);
      input.id = `id_${input.name}`;
      input.value = "";
      input.removeAttribute("value");
      input.removeAttribute("aria-invalid");
    });
    row.querySelectorAll("label").forEach((label) => {
      label.htmlFor = label.htmlFor.replace(/\d+$/, number);
      label.textContent = label.textContent.replace(/\d+/, number);
    });
    body.append(withRemoval(row));
    row.querySelector("input").focus();
    update();
  });

  [...body.rows].forEach(withRemoval);
  // Blank rows to spare are for those without scripts; one stays to begin with.
  [...body.rows].filter(isBlank).slice(body.rows.length === [...body.rows].filter(isBlank).length ? 1 : 0)
    .forEach((row) => row.remove());
  table.closest(".table-wrap").after(addButton);
  update();
}

// --- Costing -------------------------------------------------------------------------------

// Amounts in whole fen, so that sums of typed decimals are exact.
function fen(name) {
  const text = document.querySelector(`[name="${name}"]`)?.value.trim() ?? "";
  return /^\d{1,11}(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : null;
}
const yuan = (amount) => (amount / 100).toLocaleString("zh-CN", { minimumFractionDigits: 0, maximumFractionDigits: 2 });

function sumCosting() {
  const place = document.querySelector("[data-costing-sum]");
  if (!place) return;
  const parts = ["cost", "profit", "tax"].map(fen);
  const low = fen("price_min");
  const high = chosen("price_kind") === "range" ? fen("price_max") : low;
  if (parts.some((part) => part === null)) {
    place.textContent = "三项合计应与产品价格相符。";
    return;
  }
  const sum = parts.reduce((all, part) => all + part, 0);
  let verdict = "";
  if (low !== null && high !== null) {
    const price = low === high ? `${yuan(low)} 元` : `${yuan(low)} 至 ${yuan(high)} 元`;
    if (sum < low) verdict = `，比产品价格 ${price}少 ${yuan(low - sum)} 元，请核对`;
    else if (sum > high) verdict = `，比产品价格 ${price}多 ${yuan(sum - high)} 元，请核对`;
    else verdict = `，与产品价格 ${price}相符`;
  }
  const text = `合计 ${yuan(sum)} 元${verdict}。`;
  // Only a changed sentence is written, so that a screen reader does not repeat it.
  if (place.textContent !== text) place.textContent = text;
}

// --- Unsaved words -------------------------------------------------------------------------

const dirty = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[hx-post]");
  if (form) {
    dirty.add(form);
    const place = form.querySelector(".save-state");
    if (place && !place.querySelector(".field__error")) place.textContent = "";
  }
  sumCosting();
});
document.addEventListener("change", () => { showChosen(); sumCosting(); });
document.addEventListener("submit", (event) => dirty.delete(event.target));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt;
  const { successful, xhr } = event.detail;
  const signedOut = xhr?.responseURL.includes("/login/");
  if (successful && !signedOut) {
    if (!form.querySelector(".save-state .field__error")) dirty.delete(form);
    return;
  }
  const place = form.querySelector?.(".save-state");
  if (!place) return;
  place.textContent = signedOut
    ? "登录已过期，没有保存。请在新窗口重新登录，再回到本页按“保存本段”。"
    : "没有保存成功。请检查网络后按“保存本段”；仍不成功的，先复制已填内容再刷新页面。";
});
window.addEventListener("beforeunload", (event) => {
  if (dirty.size) event.preventDefault();
});

showChosen();
document.querySelectorAll("table[data-rows]").forEach(setUpRows);
sumCosting();
