// Picking orders for a claim: select all, and the sum of what is picked. Without it all stand picked to begin with.

const form = document.querySelector("form[data-picking]");
if (form) {
  const boxes = [...form.querySelectorAll("input[name=order_pks]")];
  const place = form.querySelector("[data-picked]");
  const all = Object.assign(document.createElement("input"), { type: "checkbox", id: "pick-all", className: "form-check-input" });
  const label = Object.assign(document.createElement("label"), { htmlFor: "pick-all", textContent: " 全选本页" });
  form.querySelector("[data-select-all]").append(all, label);

  function update() {
    const picked = boxes.filter((box) => box.checked);
    // Whole fen, so that the sum is exact.
    const fen = picked.reduce((sum, box) => sum + Math.round(Number(box.dataset.amount) * 100), 0);
    const amount = (fen / 100).toLocaleString("zh-CN", { maximumFractionDigits: 2 });
    place.textContent = picked.length ? `已选 ${picked.length} 个订单，合计 ${amount} 元` : "还没有选择订单";
    all.checked = picked.length === boxes.length;
    all.indeterminate = picked.length > 0 && picked.length < boxes.length;
  }
  all.addEventListener("change", () => {
    boxes.forEach((box) => { box.checked = all.checked; });
    update();
  });
  form.addEventListener("change", (event) => { if (event.target !== all) update(); });
  update();
}
