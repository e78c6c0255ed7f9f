// Showing a password while it is typed, by a button that each password field gets.

for (const field of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-link btn-sm password-toggle";
  button.textContent = "显示密码";
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-controls", field.id);
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "隐藏密码" : "显示密码";
    button.setAttribute("aria-pressed", String(shown));
  });
  field.after(button);
  // A browser keeps what was typed in a text field; a password goes out as one.
  field.form?.addEventListener("submit", () => (field.type = "password"));
}
