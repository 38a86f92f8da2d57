// Figures that go on: the page is read again every few seconds, and what has changed on it is put in where it is, so that
// nothing jumps and nothing that is read aloud starts again.
const PAUSE = 5000;
const stale = document.querySelector("[data-stale]");

function put(next) {
  const change = (selector, set) => {
    const fresh = next.querySelectorAll(selector);
    document.querySelectorAll(selector).forEach((old, i) => fresh[i] && set(old, fresh[i]));
  };
  change("[data-charts] td", (old, fresh) => { if (old.textContent !== fresh.textContent) old.textContent = fresh.textContent; });
  change("[data-charts] source", (old, fresh) => { old.srcset = fresh.srcset; });
  change("[data-charts] img", (old, fresh) => { old.src = fresh.getAttribute("src"); });
}

async function refresh() {
  if (!document.hidden) {
    try {
      const reply = await fetch(location.href);
      if (!reply.ok || reply.redirected) throw new Error(reply.status);
      put(new DOMParser().parseFromString(await reply.text(), "text/html"));
      stale.hidden = true;
    } catch {
      stale.hidden = false;
    }
  }
  setTimeout(refresh, PAUSE);
}
setTimeout(refresh, PAUSE);
