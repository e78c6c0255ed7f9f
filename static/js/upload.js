// Sending files ahead of their form. Every failure becomes a sentence for the user.

const SIGNED_OUT = "登录已过期：请在新窗口重新登录后，再选择一次文件。已填写的内容还在本页。";
const NO_ANSWER = "上传没有完成，请检查网络后重试。";
const TOO_LARGE = "文件过大，服务器没有接收，请压缩后重新上传。";

export class Refused extends Error {}

const token = (form) => form.querySelector('[name="csrfmiddlewaretoken"]').value;

// Upload `files` as one document; `onProgress` gets a share from 0 to 1. Resolves to what the portal tells about it.
export function stage(form, url, files, { turns = [], merged = false, onProgress = () => {} } = {}) {
  const data = new FormData();
  data.append("csrfmiddlewaretoken", token(form));
  if (merged) data.append("merged", "1");
  files.forEach((file, place) => {
    data.append("file", file, file.name);
    data.append("turn", String(turns[place] ?? 0));
  });
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "text";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      let told = null;
      try {
        told = JSON.parse(request.responseText);
      } catch {
        // A page instead of an answer: the login page, or an error of the server in front.
      }
      if (request.status === 201 && told) resolve(told);
      else if (told?.sentence) reject(new Refused(told.sentence));
      else if (request.status === 413) reject(new Refused(TOO_LARGE));
      else reject(new Refused(isSignedOut(request.responseURL, request.status) ? SIGNED_OUT : NO_ANSWER));
    });
    for (const failure of ["error", "abort", "timeout"]) {
      request.addEventListener(failure, () => reject(new Refused(NO_ANSWER)));
    }
    request.send(data);
  });
}

// What the portal still keeps under this number, or null.
export async function lookUp(url, id) {
  try {
    const answer = await fetch(`${url}${id}/`, { headers: { Accept: "application/json" } });
    return answer.ok && !answer.redirected ? await answer.json() : null;
  } catch {
    return null;
  }
}

// Take a file back; if that fails, it goes by itself after some days.
export function discard(form, told) {
  const data = new FormData();
  data.append("csrfmiddlewaretoken", token(form));
  fetch(told.discard, { method: "POST", body: data }).catch(() => {});
}

function isSignedOut(address, status) {
  return status === 403 || new URL(address || "/", window.location.href).pathname === "/login/";
}
