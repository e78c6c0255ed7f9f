// Every file input marked data-file-slot becomes a slot: what is chosen, dropped or photographed goes up at once and is
// kept for the user, so that a form with an error elsewhere loses nothing. Without this script the input works plainly.

import { button, make } from "./elements.js";
import { PageList } from "./page_list.js";
import { Refused, discard, lookUp, stage } from "./upload.js";

const FILE_BYTES_MAX = 5 * 1024 * 1024;
const PAGES_MAX = 20;
const SEVERAL_MAX = 10;
const PICTURE = /\.(jpe?g|png)$/i;

class FileSlot {
  constructor(input) {
    this.input = input;
    this.form = input.form;
    this.root = input.closest("[data-stage-url]");
    this.url = this.root.dataset.stageUrl;
    this.isSeveral = input.dataset.fileSlot === "several";
    this.isRequired = input.required;
    this.label = input.labels?.[0]?.firstChild?.textContent.trim() || "文件";
    this.pending = new Set();
    this.items = [];
    this.#build();
    this.#listen();
    this.#restore();
  }

  // Resolves when nothing is under way any more, to whether everything chosen is up.
  async settle() {
    if (this.pages.pages.length && !this.pending.size) this.#merge();
    while (this.pending.size) await Promise.allSettled([...this.pending]);
    return !this.pages.pages.length && !this.#failed.length;
  }

  // Back to how an unused slot stands, when its row was removed and is used anew.
  empty() {
    this.pages.clear();
    for (const item of [...this.items]) {
      if (item.told) discard(this.form, item.told);
      this.#drop(item);
    }
    this.#say("");
  }

  // Whether the form must wait: also for a refused file, which would be missing without a word.
  get isBusy() {
    return this.pending.size > 0 || this.pages.pages.length > 0 || this.#failed.length > 0;
  }

  get isUnsent() {
    return this.isBusy || this.items.some((item) => item.told);
  }

  // Say that what was chosen here has not been handed in, and lead there.
  remind() {
    const words = "这里选好的文件还没有提交：请先按本栏的提交按钮，或移除文件。";
    this.reminder ??= make("p", { className: "file-slot__reminder", attributes: { role: "alert" } });
    this.reminder.textContent = words;
    this.root.append(this.reminder);
    this.root.scrollIntoView({ block: "center" });
    this.form.querySelector("[type=submit]")?.focus({ preventScroll: true });
  }

  get #failed() {
    return this.items.filter((item) => item.element.classList.contains("file-slot__item--failed"));
  }

  #build() {
    this.status = make("p", { className: "file-slot__unseen", attributes: { role: "status" } });
    this.list = make("ul", { className: "file-slot__items" });
    this.pages = new PageList((count) => this.#showEditor(count), (words) => this.#say(words));
    this.more = this.#chooser({ multiple: "" });
    this.camera = this.#chooser({ capture: "environment", accept: "image/jpeg,image/png" });
    this.editorLead = make("p", { className: "file-slot__lead" });
    this.mergeButton = button("合并并上传", () => this.#merge(), { className: "file-slot__button--primary" });
    this.editor = make(
      "div",
      { className: "file-slot__editor", attributes: { hidden: "" } },
      this.editorLead,
      this.pages.element,
      make(
        "div",
        { className: "file-slot__acts" },
        this.mergeButton,
        button("再加图片", () => this.more.click()),
        button("取消", () => this.#cancel(), { className: "file-slot__button--quiet" }),
      ),
    );
    this.hint = make("p", { className: "file-slot__hint", text: "也可以把文件拖到这里" });
    this.drop = make("div", { className: "file-slot__drop" });
    this.root.querySelector("[data-staged]")?.remove();
    this.input.before(this.drop);
    const chooser = make("label", {
      className: "file-slot__button file-slot__button--primary",
      text: "选择文件",
      attributes: { for: this.input.id },
    });
    // Still there for the keyboard and for its label; what it would say of "no file chosen" is no longer so.
    this.input.classList.add("file-slot__unseen");
    this.drop.append(this.input, chooser, this.hint);
    if (window.matchMedia("(pointer: coarse)").matches) {
      this.drop.append(button("拍照", () => this.camera.click(), { label: `${this.label}：拍照` }));
    }
    this.root.append(this.list, this.editor, this.more, this.camera, this.status);
    this.root.classList.add("file-slot--ready");
  }

  #chooser(attributes) {
    const chooser = make("input", {
      attributes: { type: "file", accept: this.input.accept, hidden: "", tabindex: "-1", ...attributes },
    });
    chooser.addEventListener("change", () => this.#take(chooser));
    return chooser;
  }

  #listen() {
    this.input.addEventListener("change", () => this.#take(this.input));
    this.root.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      this.root.classList.add("file-slot--over");
    });
    this.root.addEventListener("dragleave", () => this.root.classList.remove("file-slot--over"));
    this.root.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.root.classList.remove("file-slot--over");
      this.#choose([...event.dataTransfer.files]);
    });
  }

  // What the form named when the page came: kept uploads of a form that had an error.
  #restore() {
    for (const field of this.root.querySelectorAll('input[type="hidden"]')) {
      const item = this.#item("正在读取已上传的文件……");
      this.#under(
        lookUp(this.url, field.value).then((told) => {
          if (!this.items.includes(item)) field.remove();
          else if (told) this.#keep(item, told, field);
          else {
            field.remove();
            this.#fail(item, "之前上传的文件已提交过或已过期，请重新选择。");
          }
        }),
      );
    }
    this.#showInput();
  }

  #take(chooser) {
    const files = [...chooser.files];
    chooser.value = "";
    if (files.length) this.#choose(files);
  }

  #choose(files) {
    this.#clearFailed();
    // Dropped files make no event of their own (leaving.js).
    this.root.dispatchEvent(new CustomEvent("portal:chosen", { bubbles: true }));
    if (this.isSeveral) {
      if (files.length + this.items.length > SEVERAL_MAX) {
        this.#fail(this.#item(""), `最多上传 ${SEVERAL_MAX} 个文件。`);
        return;
      }
      files.forEach((file) => this.#upload([file], { merged: isLargePicture(file) }));
      return;
    }
    const arePictures = files.every((file) => PICTURE.test(file.name));
    if (this.pages.pages.length || files.length > 1) {
      if (!arePictures) {
        this.#fail(
          this.#item(""),
          "只能把多张图片（JPG、PNG）合并成一个 PDF；已是 PDF 的，请先合并为一个文件再上传。",
        );
        return;
      }
      if (files.length + this.pages.pages.length > PAGES_MAX) {
        this.#fail(this.#item(""), `一次最多合并 ${PAGES_MAX} 张图片。`);
        return;
      }
      this.pages.add(files);
      this.#say(`共 ${this.pages.pages.length} 页，请排好顺序后合并。`);
      return;
    }
    this.#upload(files, { merged: isLargePicture(files[0]) });
  }

  #merge() {
    const { files, turns } = this.pages;
    this.mergeButton.disabled = true;
    this.#upload(files, { turns, merged: true }).then((isUp) => {
      this.mergeButton.disabled = false;
      if (isUp) this.pages.clear();
    });
  }

  #cancel() {
    this.pages.clear();
    this.#showInput();
    (this.input.hidden ? this.list.querySelector("button") : this.input)?.focus();
  }

  // Resolves to whether it worked.
  #upload(files, { turns = [], merged = false } = {}) {
    this.#clearFailed();
    const item = this.#item(files.length > 1 ? `${files.length} 张图片` : files[0].name);
    const bar = make("progress", {
      className: "file-slot__progress",
      attributes: { max: "1", "aria-label": `${this.label}：上传进度` },
    });
    item.body.append(bar);
    const onProgress = (share) => {
      bar.value = share;
      if (share === 1) item.note.textContent = merged ? "正在合并和检查……" : "正在检查……";
    };
    item.note.textContent = "正在上传……";
    this.#say("正在上传。");
    return this.#under(
      stage(this.form, this.url, files, { turns, merged, onProgress }).then(
        (told) => {
          // The slot was emptied meanwhile.
          if (!this.items.includes(item)) {
            discard(this.form, told);
            return false;
          }
          const field = make("input", {
            attributes: { type: "hidden", name: `${this.input.name}-staged`, value: told.id },
          });
          this.root.append(field);
          if (!this.isSeveral) this.#replaceOthers(item);
          item.files = files.every((file) => PICTURE.test(file.name)) ? files : [];
          this.#keep(item, told, field);
          this.#say(`已上传：${told.name}。${told.warnings.join("")}`);
          return true;
        },
        (error) => {
          this.#fail(item, error instanceof Refused ? error.message : "上传没有完成，请重试。");
          return false;
        },
      ),
    );
  }

  #under(work) {
    const done = work.finally(() => {
      this.pending.delete(done);
      this.root.toggleAttribute("data-busy", this.pending.size > 0);
    });
    this.pending.add(done);
    this.root.toggleAttribute("data-busy", true);
    return done;
  }

  #item(name) {
    const note = make("p", { className: "file-slot__note" });
    const title = make("p", { className: "file-slot__name", text: name });
    const body = make("div", { className: "file-slot__body" }, title, note);
    const element = make("li", { className: "file-slot__item" }, body);
    const item = { element, body, title, note, told: null, field: null, files: [] };
    this.items.push(item);
    this.list.append(element);
    this.#showInput();
    return item;
  }

  #keep(item, told, field) {
    Object.assign(item, { told, field });
    const picture = make("img", {
      className: "file-slot__thumbnail",
      attributes: { src: told.thumbnail, alt: "", width: "72", height: "96" },
      on: { error: () => picture.remove() },
    });
    const link = make("a", { text: told.name, attributes: { href: told.url, target: "_blank", rel: "noopener" } });
    link.append(make("span", { className: "file-slot__unseen", text: "（在新窗口打开）" }));
    const canArrange = !this.isSeveral && item.files.length > 0;
    item.body.replaceChildren(
      make("p", { className: "file-slot__name" }, link),
      make("p", { className: "file-slot__note", text: `已上传 · ${told.type} · ${told.size}` }),
      ...told.warnings.map((words) => make("p", { className: "file-slot__warning", text: `提示：${words}` })),
      make(
        "div",
        { className: "file-slot__acts" },
        canArrange && button("旋转或加页", () => this.#arrange(item), { label: `${this.label}：旋转或加页` }),
        !this.isSeveral && button("更换", () => this.input.click(), { label: `${this.label}：更换` }),
        button("移除", () => this.#remove(item), {
          className: "file-slot__button--quiet",
          label: `移除 ${told.name}`,
        }),
      ),
    );
    item.element.prepend(picture);
    this.#showInput();
  }

  #fail(item, sentence) {
    item.element.classList.add("file-slot__item--failed");
    item.body.replaceChildren(
      item.title,
      make("p", { className: "file-slot__error", text: sentence, attributes: { role: "alert" } }),
      make(
        "div",
        { className: "file-slot__acts" },
        button("不上传此文件", () => {
          this.#drop(item);
          this.input.focus();
        }),
      ),
    );
    // The sentence is an alert of its own; "uploading" must not stand beside it.
    this.#say("");
    this.#showInput();
  }

  #arrange(item) {
    this.pages.clear();
    this.pages.add(item.files);
    this.pages.element.querySelector("button")?.focus();
  }

  #remove(item) {
    discard(this.form, item.told);
    this.#drop(item);
    this.#say(`已移除 ${item.told.name}。`);
    this.input.focus();
  }

  #replaceOthers(kept) {
    for (const item of [...this.items]) {
      if (item === kept) continue;
      if (item.told) discard(this.form, item.told);
      this.#drop(item);
    }
  }

  #clearFailed() {
    for (const item of this.#failed) this.#drop(item);
  }

  #drop(item) {
    item.field?.remove();
    item.element.remove();
    this.items = this.items.filter((other) => other !== item);
    this.#showInput();
  }

  #showEditor(count) {
    this.editor.hidden = count === 0;
    this.editorLead.textContent = `共 ${count} 页：请转正、按顺序排好，合并为一个 PDF 后上传。`;
    this.#showInput();
  }

  #showInput() {
    const has = this.items.some((item) => item.told);
    this.drop.hidden = !this.isSeveral && (has || this.pages.pages.length > 0);
    this.input.required = this.isRequired && !has;
  }

  #say(words) {
    this.status.textContent = words;
  }
}

function isLargePicture(file) {
  return PICTURE.test(file.name) && file.size > FILE_BYTES_MAX;
}

// A form that is sent while something is under way waits for it, and stays when something was refused.
function holdBack(form, slots) {
  let isReady = false;
  form.addEventListener("submit", async (event) => {
    // Another form's file would be lost with the page.
    const other = [...forms].find(([one, its]) => one !== form && its.some((slot) => slot.isUnsent));
    if (other) {
      event.preventDefault();
      other[1].find((slot) => slot.isUnsent).remind();
      return;
    }
    if (isReady || !slots.some((slot) => slot.isBusy)) {
      isReady = false;
      return;
    }
    event.preventDefault();
    const { submitter } = event;
    const settled = await Promise.all(slots.map((slot) => slot.settle()));
    if (!settled.every(Boolean)) {
      const waiting = form.querySelector(".file-slot__item--failed, .file-slot__editor:not([hidden])");
      waiting?.scrollIntoView({ block: "center" });
      waiting?.querySelector("button")?.focus();
      return;
    }
    isReady = true;
    form.requestSubmit(submitter);
  });
}

const forms = new Map();

// Make slots of the file inputs in a part of the page: the whole of it at first, and what is added or swapped in later.
function enhance(part) {
  for (const input of part.querySelectorAll("[data-stage-url] input[data-file-slot]:not(.file-slot__unseen)")) {
    if (!input.form) continue;
    const slots = forms.get(input.form) ?? [];
    slots.push(new FileSlot(input));
    if (forms.has(input.form)) continue;
    forms.set(input.form, slots);
    holdBack(input.form, slots);
  }
}

// A row that was removed and is used anew starts without files.
function empty(part) {
  for (const slots of forms.values()) {
    for (const slot of slots) if (part.contains(slot.root)) slot.empty();
  }
}

enhance(document);
document.addEventListener("portal:added", (event) => enhance(event.target));
document.addEventListener("portal:emptied", (event) => empty(event.target));
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt.parentElement ?? event.detail.elt));
