// Pictures about to become one PDF: turned by quarters, put in order, taken out. By buttons, so by keyboard and thumb.

import { button, make } from "./elements.js";

const SHOWN_PIXELS = 320;

export class PageList {
  // `onChange` is called with the number of pages after each change; `say` with what a screen reader should hear.
  constructor(onChange, say) {
    this.pages = [];
    this.onChange = onChange;
    this.say = say;
    this.element = make("ol", { className: "file-slot__pages" });
  }

  get files() {
    return this.pages.map((page) => page.file);
  }

  get turns() {
    return this.pages.map((page) => page.turn);
  }

  add(files) {
    for (const file of files) {
      const page = { file, turn: 0, picture: null, element: null };
      this.pages.push(page);
      this.#build(page);
      this.#load(page);
    }
    this.#arrange();
  }

  clear() {
    this.pages = [];
    this.#arrange();
  }

  async #load(page) {
    try {
      page.picture = await createImageBitmap(page.file, {
        resizeWidth: SHOWN_PIXELS,
        resizeQuality: "medium",
      });
      this.#draw(page);
    } catch {
      page.canvas.replaceWith(make("p", { className: "file-slot__no-picture", text: "无法预览" }));
    }
  }

  #draw(page) {
    if (!page.picture) return;
    const { width, height } = page.picture;
    const lies = page.turn % 180 !== 0;
    page.canvas.width = lies ? height : width;
    page.canvas.height = lies ? width : height;
    const context = page.canvas.getContext("2d");
    context.translate(page.canvas.width / 2, page.canvas.height / 2);
    context.rotate((page.turn * Math.PI) / 180);
    context.drawImage(page.picture, -width / 2, -height / 2);
  }

  #build(page) {
    page.canvas = make("canvas", { className: "file-slot__canvas", attributes: { "aria-hidden": "true" } });
    page.title = make("span", { className: "file-slot__page-title" });
    page.buttons = {
      left: button("左转", () => this.#turn(page, 270)),
      right: button("右转", () => this.#turn(page, 90)),
      earlier: button("前移", () => this.#move(page, -1)),
      later: button("后移", () => this.#move(page, 1)),
      remove: button("移除", () => this.#remove(page), { className: "file-slot__button--quiet" }),
    };
    page.element = make(
      "li",
      { className: "file-slot__page" },
      make("div", { className: "file-slot__frame" }, page.canvas),
      page.title,
      make("span", { className: "file-slot__page-name", text: page.file.name }),
      make("div", { className: "file-slot__page-acts" }, ...Object.values(page.buttons)),
    );
  }

  #turn(page, by) {
    page.turn = (page.turn + by) % 360;
    this.#draw(page);
    this.say(`第 ${this.pages.indexOf(page) + 1} 页已旋转，现为顺时针 ${page.turn} 度。`);
  }

  #move(page, by) {
    const from = this.pages.indexOf(page);
    this.pages.splice(from, 1);
    this.pages.splice(from + by, 0, page);
    this.#arrange();
    // The button that was pressed may now be off at the end of the list.
    const pressed = by < 0 ? page.buttons.earlier : page.buttons.later;
    (pressed.disabled ? (by < 0 ? page.buttons.later : page.buttons.earlier) : pressed).focus();
    this.say(`已移到第 ${from + by + 1} 页。`);
  }

  #remove(page) {
    const place = this.pages.indexOf(page);
    this.pages.splice(place, 1);
    this.#arrange();
    this.say(`已移除一页，还有 ${this.pages.length} 页。`);
    this.pages[Math.min(place, this.pages.length - 1)]?.buttons.remove.focus();
  }

  #arrange() {
    this.element.replaceChildren(...this.pages.map((page) => page.element));
    this.pages.forEach((page, place) => {
      const number = `第 ${place + 1} 页`;
      page.title.textContent = number;
      for (const pressed of Object.values(page.buttons)) {
        pressed.setAttribute("aria-label", `${number}：${pressed.textContent}`);
      }
      page.buttons.earlier.disabled = place === 0;
      page.buttons.later.disabled = place === this.pages.length - 1;
    });
    this.onChange(this.pages.length);
  }
}
