// Asks for the wall anew, so that the figures on it are the newest. While the server does not answer, the last figures
// stay with their time.

const seconds = Number(document.body.dataset.refresh);

async function renew() {
  try {
    const answer = await fetch(window.location.href, { method: "HEAD" });
    if (answer.ok && !answer.redirected) {
      window.location.reload();
      return;
    }
  } catch {
    // No answer: try again.
  }
  window.setTimeout(renew, seconds * 1000);
}

window.setTimeout(renew, seconds * 1000);
