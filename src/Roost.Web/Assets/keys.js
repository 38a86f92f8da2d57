// Keyboard shortcuts; the dialog that names them is in the page. Who does not want single keys turns them off there.
const dialog = document.getElementById("keys");
const hint = document.querySelector("[data-keys]");
const choice = dialog.querySelector("[data-keys-on]");
const isOn = () => localStorage.getItem("keys") !== "off";
let here = null;
let went = -Infinity;
let answered = -Infinity;

const posts = () => [...document.querySelectorAll("article.post")].filter((card) => card.checkVisibility());

function move(step) {
  const list = posts();
  if (list.length === 0) return;
  let at = list.indexOf(document.activeElement?.closest("article.post") ?? here);
  if (at < 0) at = list.findIndex((card) => card.getBoundingClientRect().bottom > 80) - (step > 0 ? 1 : 0);
  here?.classList.remove("here");
  here = list[Math.max(0, Math.min(list.length - 1, at + step))];
  here.classList.add("here");
  here.focus({ preventScroll: true });
  here.scrollIntoView({ block: "nearest" });
}

const on = (selector) => {
  const card = document.activeElement?.closest("article.post") ?? (here?.isConnected ? here : null)
    ?? document.querySelector("article.post.focus");
  const found = card?.querySelector(selector);
  found?.click();
  return Boolean(found);
};

// Who types on at once, before the form is there, writes: those keys are no shortcuts.
function answer() {
  if (on("footer.actions > a")) answered = performance.now();
}

function write() {
  const field = document.querySelector("textarea[name=status]");
  if (field) field.focus();
  else if (document.querySelector(".write")) location.assign("/compose");
}

function look() {
  const field = [...document.querySelectorAll("input[type=search]")].find((one) => one.checkVisibility());
  if (field) field.focus();
  else location.assign("/search");
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  o: () => on(".when"),
  Enter: () => document.activeElement?.matches("article.post") && on(".when"),
  p: () => on(".who"),
  r: answer,
  f: () => on("[data-act=favourite]"),
  b: () => on("[data-act=boost]"),
  d: () => on("[data-act=bookmark]"),
  x: () => on(".warned > summary"),
  n: write,
  ".": () => document.querySelector(".live:not([hidden]) a")?.click(),
  "/": look,
  "?": () => dialog.showModal(),
};
const places = { h: "/", l: "/local", n: "/notifications" };

document.addEventListener("keydown", (event) => {
  if (!isOn() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, dialog[open]")) return;
  if (performance.now() - answered < 1500) return;
  const isGoing = performance.now() - went < 1500;
  went = -Infinity;
  if (isGoing && places[event.key]) {
    location.assign(places[event.key]);
    return;
  }
  if (event.key === "g") {
    went = performance.now();
    return;
  }
  // On a button or link Enter is its own.
  if (event.key === "Enter" && !event.target.matches("article.post")) return;
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

hint.hidden = false;
hint.querySelector("button").addEventListener("click", () => dialog.showModal());
choice.checked = isOn();
choice.addEventListener("change", () => localStorage.setItem("keys", choice.checked ? "on" : "off"));
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
