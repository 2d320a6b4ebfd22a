// Draws what moves anew, every few seconds while the page is looked at. The page works without it.
"use strict";
const every = 3000;
let failures = 0;
async function refresh() {
  const parts = document.querySelectorAll("[data-live]");
  if (parts.length > 0 && !document.hidden) {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.statusText);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("[data-live]");
      const focused = document.activeElement && document.activeElement.getAttribute("href");
      parts.forEach((part, at) => {
        if (!next[at] || part.innerHTML === next[at].innerHTML) return;
        const had = part.contains(document.activeElement);
        part.replaceChildren(...next[at].childNodes);
        if (had && focused) part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
      });
      failures = 0;
    } catch {
      failures += 1;
    }
  }
  // A server that is gone is asked more and more rarely.
  setTimeout(refresh, every * Math.min(2 ** failures, 20));
}
setTimeout(refresh, every);
