// Shows a notice as the public would see it, beside the form it is written in: nothing typed or chosen is lost.
// Without this module the same button sends the form and the server answers with the preview.

const button = document.querySelector("[data-preview]");
const shown = document.querySelector("[data-preview-body]");

async function preview(event) {
  event.preventDefault();
  const form = button.form;
  const sent = new FormData();
  for (const name of ["csrfmiddlewaretoken", "body"]) sent.set(name, form.elements[name].value);
  sent.set("preview", "1");
  button.disabled = true;
  try {
    const answer = await fetch(window.location.href, { method: "POST", body: sent, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    shown.replaceChildren(...document.importNode(page.querySelector("[data-preview-body]"), true).childNodes);
  } catch {
    shown.textContent = "暂时无法预览，请检查网络后再试。";
  } finally {
    button.disabled = false;
  }
}

button?.addEventListener("click", preview);
