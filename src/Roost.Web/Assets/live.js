// Says how many posts have come since the page was made, and puts them where they belong when that is clicked.
// Without this file the page is the same, and the link that it fills in is not there.
const PAGES_MAX = 10;
const WAIT_MIN = 1000;
const WAIT_MAX = 60_000;
const note = document.querySelector("[data-live]");
const link = note.querySelector("a");
const fresh = new Set();
let last = note.dataset.after;
let source = null;
let wait = WAIT_MIN;
let timer = 0;
let isAsking = false;

const cardOf = (id) => document.getElementById("post-" + id);

function show(text) {
  const count = [...fresh].filter((id) => cardOf(id) === null).length;
  note.hidden = count === 0 && !text;
  link.textContent = text ?? (count === 1 ? note.dataset.one : note.dataset.many.replace("{}", count));
}

function listen() {
  source = new EventSource(`${note.dataset.live}?after=${last}`);
  source.addEventListener("open", () => { wait = WAIT_MIN; });
  source.addEventListener("error", listenLater);
  const on = (name, act) => source.addEventListener(name, (event) => {
    last = event.lastEventId || last;
    act(event.data);
  });
  on("update", (id) => { fresh.add(id); show(); });
  on("delete", (id) => { fresh.delete(id); cardOf(id)?.remove(); show(); });
  on("missed", () => show(note.dataset.some));
}

const isGivenUp = () => source?.readyState === EventSource.CLOSED;

// Browsers connect again after a loss, but never after an answer that is no stream, as a server gives that has too much
// to do or is just starting.
function listenLater() {
  if (!isGivenUp()) return;
  clearTimeout(timer);
  timer = setTimeout(attend, wait * (0.5 + Math.random()));
  wait = Math.min(2 * wait, WAIT_MAX);
}

// A browser has few connections for one server: pages that nobody looks at give theirs back.
function attend() {
  clearTimeout(timer);
  source?.close();
  source = null;
  if (!document.hidden) listen();
}

async function read(url) {
  const reply = await fetch(url);
  return new DOMParser().parseFromString(await reply.text(), "text/html");
}

// A pinned post is above the newest ones, whenever it was posted.
const isHere = (card) => document.getElementById(card.id) !== null && !card.querySelector(":scope > .pinned");

// The newest posts down to one that is here already: the posts, or else the page that was not what was asked for. Neither
// when there are too many between.
async function catchUp() {
  const cards = [];
  let url = link.href;
  for (let i = 0; i < PAGES_MAX && url; i++) {
    const page = await read(url);
    if (!page.querySelector("[data-posts]")) return { page };
    const some = [...page.querySelectorAll("[data-posts] > article")];
    cards.push(...some);
    if (some.some(isHere)) return { cards };
    url = page.querySelector("[data-more]")?.getAttribute("href");
  }
  return url ? {} : { cards };
}

// Every new card goes after the one that is above it on the new page.
function merge(cards) {
  const feed = document.querySelector("[data-posts]");
  let above = null;
  for (const card of cards) {
    let here = document.getElementById(card.id);
    if (here === null) {
      here = document.importNode(card, true);
      if (above === null) feed.prepend(here);
      else above.after(here);
    }
    above = here;
  }
  document.querySelector("main > .empty")?.remove();
}

// Why it did not work is said by the page's own script, as for its buttons.
const fail = (page) => document.dispatchEvent(new CustomEvent("failed", { detail: page }));

async function showNew() {
  const told = [...fresh];
  const { cards, page } = await catchUp();
  if (page) {
    fail(page);
  } else if (!cards) {
    location.assign(link.href);
  } else {
    merge(cards);
    told.forEach((id) => fresh.delete(id));
    show();
    scrollTo({ top: 0 });
  }
}

link.addEventListener("click", async (event) => {
  event.preventDefault();
  if (isAsking) return;
  isAsking = true;
  try {
    await showNew();
  } catch {
    // The note stays, to be clicked again when there is a connection.
    fail();
  } finally {
    isAsking = false;
  }
});

document.addEventListener("visibilitychange", attend);
addEventListener("online", () => { if (isGivenUp()) attend(); });
attend();
