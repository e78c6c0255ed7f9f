// What a narrow page folds away stands open where there is room: data-fold-narrow has the width from which on, in pixels.

for (const fold of document.querySelectorAll("[data-fold-narrow]")) {
  const wide = window.matchMedia(`(min-width: ${fold.dataset.foldNarrow}px)`);
  const wasOpen = fold.open;
  const fit = () => { fold.open = wide.matches || wasOpen; };
  wide.addEventListener("change", fit);
  fit();
}
