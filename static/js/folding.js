// Filters that a phone folds away stand open where there is room.

const wide = window.matchMedia("(min-width: 768px)");

for (const fold of document.querySelectorAll("[data-fold-narrow]")) {
  const wasOpen = fold.open;
  const fit = () => { fold.open = wide.matches || wasOpen; };
  wide.addEventListener("change", fit);
  fit();
}
