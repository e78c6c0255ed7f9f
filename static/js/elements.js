// Making elements without markup in strings.

export function make(tag, { className = "", text = "", attributes = {}, on = {} } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const [event, act] of Object.entries(on)) element.addEventListener(event, act);
  element.append(...children.filter(Boolean));
  return element;
}

// A button that never sends the form. `label` is what a screen reader says when `text` alone is not enough.
export function button(text, act, { className = "", label = "" } = {}) {
  return make("button", {
    className: `file-slot__button ${className}`.trim(),
    text,
    attributes: { type: "button", ...(label ? { "aria-label": label } : {}) },
    on: { click: act },
  });
}
