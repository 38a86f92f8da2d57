// Buttons below posts that act without loading the page, more posts when the end comes near, and menus that close.
// Without this file the same buttons are forms, and the end of a page is a link.
const toast = document.querySelector("[data-toast]");
const pager = document.querySelector("[data-more]");
const FEEDS = "[data-posts], [data-notices]";
const ITEMS = "[data-posts] > article, [data-notices] > .notice";
const PAGES_AT_A_STRETCH = 10;
const PAGES_FURTHER = 10;
const WAIT_MIN = 1000;
const WAIT_MAX = 60_000;

function say(text) {
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { toast.hidden = true; }, 6000);
}

const pageOf = async (reply) => new DOMParser().parseFromString(await reply.text(), "text/html");

// Why something was refused stands on the page that the server answers with; without an answer there is no connection.
function tell(page) {
  const isOut = page?.querySelector("form[action='/sign-in']");
  say(page?.querySelector("[data-problem]")?.textContent ?? (isOut ? toast.dataset.out : toast.dataset.failed));
}
document.addEventListener("failed", (event) => tell(event.detail));

// A post may be on the page twice, by itself and boosted.
function twins(button) {
  const post = button.getAttribute("formaction").split("/")[2];
  return document.querySelectorAll(`[data-act="${button.dataset.act}"][formaction^="/posts/${post}/"]`);
}

function turn(button) {
  const verb = button.dataset.act;
  const isOn = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", isOn);
  button.classList.toggle("on", isOn);
  button.setAttribute("formaction", button.getAttribute("formaction").replace(/[^/]+$/, isOn ? "un" + verb : verb));
  if (verb === "bookmark") return;
  const shown = button.querySelector("[data-count]");
  const count = Number(shown.textContent.replace(/\D/g, "")) + (isOn ? 1 : -1);
  shown.textContent = count > 0 ? count.toLocaleString(document.documentElement.lang) : "";
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.getAttribute("action") === "/sign-out") {
    for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
  }
  const button = event.submitter;
  if (!button?.dataset.act) return;
  event.preventDefault();
  if (button.dataset.busy) return;
  button.dataset.busy = "yes";
  const url = button.formAction;
  const body = new URLSearchParams(new FormData(form));
  twins(button).forEach(turn);
  // The answer to a form that was taken is a redirection, which nobody has to follow.
  const reply = await fetch(url, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (reply?.type !== "opaqueredirect") {
    twins(button).forEach(turn);
    tell(reply && await pageOf(reply).catch(() => null));
  }
  delete button.dataset.busy;
});

// Which pages came after the first one, and which post was at the top: kept with the history's entry, so that who comes
// back from a post is where they were, whatever was posted meanwhile.
const state = () => history.state?.more ?? { pages: 0 };

function keepPlace() {
  if (state().pages === 0) return;
  const card = [...document.querySelectorAll(ITEMS)].find((one) => one.getBoundingClientRect().bottom > 0);
  if (!card) return;
  history.replaceState({ ...history.state, more: { pages: state().pages, card: card.id, top: card.getBoundingClientRect().top } }, "");
}

function append(page) {
  const feed = [...document.querySelectorAll(FEEDS)].at(-1);
  for (const card of page.querySelectorAll(ITEMS))
    if (document.getElementById(card.id) === null) feed.append(document.importNode(card, true));
  const next = page.querySelector("[data-more]");
  if (next) pager.href = next.getAttribute("href");
  else pager.parentElement.remove();
}

async function loadMore(isQuiet) {
  if (!pager.isConnected || pager.dataset.busy) return false;
  pager.dataset.busy = "yes";
  const page = await fetch(pager.href).then(pageOf).catch(() => null);
  delete pager.dataset.busy;
  const isMore = page?.querySelector(FEEDS);
  if (isMore) append(page);
  else if (!isQuiet) tell(page);
  return Boolean(isMore);
}

async function more(isQuiet) {
  if (!await loadMore(isQuiet)) return false;
  history.scrollRestoration = "manual";
  history.replaceState({ ...history.state, more: { ...state(), pages: state().pages + 1 } }, "");
  keepPlace();
  return true;
}

async function comeBack() {
  const { pages, card, top } = state();
  const isThere = () => document.getElementById(card) !== null;
  let loaded = 0;
  // What was posted meanwhile has pushed the post down, perhaps by pages.
  while ((loaded < pages || (!isThere() && loaded < pages + PAGES_FURTHER)) && await loadMore()) loaded++;
  // Where it is at the very end now, there has to be something below it to scroll to.
  if (loaded > pages && isThere() && await loadMore()) loaded++;
  history.replaceState({ ...history.state, more: { pages: loaded, card, top } }, "");
  const there = document.getElementById(card);
  if (there) scrollBy({ top: there.getBoundingClientRect().top - top, behavior: "instant" });
}

// Until the browser says that it is connected again, or that much time has passed; not every loss is noticed by it.
const connection = (ms) => new Promise((go) => {
  setTimeout(go, ms);
  addEventListener("online", go, { once: true, signal: AbortSignal.timeout(ms) });
});

if (pager) {
  if (state().pages > 0) await comeBack();
  let left = PAGES_AT_A_STRETCH;
  let wait = WAIT_MIN;
  new IntersectionObserver(async (entries, observer) => {
    if (!entries.at(-1).isIntersecting || left <= 0) return;
    observer.unobserve(pager);
    // A loss of connection is told of once, and takes nothing of the stretch.
    if (await more(wait > WAIT_MIN)) {
      left--;
      wait = WAIT_MIN;
    } else {
      await connection(wait);
      wait = Math.min(2 * wait, WAIT_MAX);
    }
    // Told again if the end is still near.
    if (pager.isConnected) observer.observe(pager);
  }, { rootMargin: "800px" }).observe(pager);
  pager.addEventListener("click", (event) => {
    event.preventDefault();
    left = PAGES_AT_A_STRETCH;
    more();
  });
  addEventListener("scrollend", keepPlace);
  document.addEventListener("click", keepPlace, true);
}

// Times in the reader's own zone; the page has them in UTC.
const lang = document.documentElement.lang;
const locale = navigator.languages.find((one) => one.split("-")[0] === lang) ?? lang;
const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

function tellTimes(part) {
  for (const time of part.querySelectorAll("time[datetime]")) {
    const text = moments.format(new Date(time.dateTime));
    if (time.dataset.full === undefined) time.title = text;
    else time.textContent = text;
  }
  for (const option of part.querySelectorAll("option[data-at]"))
    option.textContent = option.dataset.words.replace("{0}", moments.format(new Date(option.dataset.at)));
}
tellTimes(document);
new MutationObserver((changes) => {
  for (const node of changes.flatMap((change) => [...change.addedNodes])) if (node.nodeType === Node.ELEMENT_NODE) tellTimes(node);
}).observe(document.querySelector("main"), { childList: true, subtree: true });

// Who came from another page of ours goes back to where they were on it.
document.querySelector("[data-back]")?.addEventListener("click", (event) => {
  if (!document.referrer.startsWith(location.origin + "/") || history.length < 2) return;
  event.preventDefault();
  history.back();
});

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.more[open]")) if (!menu.contains(except)) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("toggle", (event) => {
  if (event.target.matches("details.more[open]")) event.target.lastElementChild.scrollIntoView({ block: "nearest" });
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.more[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
