// Says how much has come since the page was made, in the page's title, too, and puts it where it belongs when that is
// clicked; what is edited, voted in or deleted meanwhile changes and goes by itself.
// Without this file the page is the same, and the link that it fills in is not there.
const PAGES_MAX = 10;
const WAIT_MIN = 1000;
const WAIT_MAX = 60_000;
const WATCHED_MAX = 60;
const END_SPREAD = 5000;
const END_AGAIN = 30_000;
const END_MAX = 86_400_000;
const note = document.querySelector("[data-live]");
const link = note.querySelector("a");
const isOfNotices = note.dataset.hears === "notification";
const fresh = new Set();
let unread = Number(note.dataset.unread);
let last = note.dataset.after;
let source = null;
let wait = WAIT_MIN;
let timer = 0;
let ending = 0;
let isAsking = false;
let watched = new Set();

const shown = (count) => count < 100 ? count : "99+";
const prefix = (count) => count === 0 ? "" : `(${shown(count)}) `;
const title = document.title.slice(prefix(unread).length);

const cardOf = (id) => document.getElementById("post-" + id);

// A post may be on the page several times: by itself, boosted, and wherever somebody was told of it.
const cardsAbout = (id) => document.querySelectorAll(`#post-${id}, article.post[data-url$="/${id}"]`);

function show(text) {
  const count = [...fresh].filter((id) => isOfNotices || cardOf(id) === null).length;
  note.hidden = count === 0 && !text;
  link.textContent = text ?? (count === 1 ? note.dataset.one : note.dataset.many.replace("{}", count));
  document.title = prefix(unread + count) + title;
}

const nameOf = (card) => card.dataset.url.split("/").at(-1);

// Those that are not as strangers see them, the nearest to what is read now first.
function cardsAround() {
  const far = (card) => {
    const { top, bottom } = card.getBoundingClientRect();
    return Math.max(0, top - innerHeight, -bottom);
  };
  return [...document.querySelectorAll("article.post:has(> .actions), .notice article.post")].map((card) => ({ card, far: far(card) }))
    .sort((one, other) => one.far - other.far);
}

const namesAround = () => new Set(cardsAround().slice(0, WATCHED_MAX).map(({ card }) => nameOf(card)));

// What is in the window has to be among what the server was told of.
function watchAround() {
  if (source && cardsAround().some(({ card, far }) => far === 0 && !watched.has(nameOf(card)))) attend();
}

function count(told) {
  const [id, replies, boosts, favourites, ...votes] = told.split(" ");
  const tell = (card, selector, count) => {
    const place = card.querySelector(`:scope > .actions ${selector} [data-count]`);
    if (place) place.textContent = count === "0" ? "" : Number(count).toLocaleString(document.documentElement.lang);
  };
  for (const card of cardsAbout(id)) {
    tell(card, "> a", replies);
    tell(card, "[data-act=boost]", boosts);
    tell(card, "[data-act=favourite]", favourites);
  }
  if (votes.length > 0) tally(id, votes);
}

const plurals = new Intl.PluralRules(document.documentElement.lang);
const counted = (number, { one, many }) =>
  (plurals.select(number) === "one" ? one : many).replace("{0}", Number(number).toLocaleString(document.documentElement.lang));

// What each option got is not told before the end where the poll is so.
function tally(id, [voters, ...votes]) {
  for (const said of document.querySelectorAll(`[data-voters="${id}"]`)) said.textContent = counted(voters, said.dataset);
  if (votes.length === 0) return;
  for (const poll of document.querySelectorAll(`[data-poll="${id}"]`)) {
    votes.forEach((vote, i) => {
      const said = poll.children[i]?.querySelector("[data-votes]");
      if (!said) return;
      said.textContent = counted(vote, poll.dataset);
      Object.assign(poll.children[i].querySelector("progress"), { max: Math.max(1, voters), value: vote });
    });
  }
}

// When a poll ends is known beforehand: then its card is asked for anew, by each page a little later than by the last.
function awaitEnds(least = 0) {
  clearTimeout(ending);
  const ends = [...document.querySelectorAll("[data-ends]")].map((one) => Number(one.dataset.ends));
  if (ends.length === 0 || document.hidden) return;
  const wait = Math.max(least, Math.min(...ends) - Date.now());
  ending = setTimeout(endPolls, Math.min(END_MAX, wait + Math.random() * END_SPREAD));
}

async function endPolls() {
  const over = () => new Set([...document.querySelectorAll("[data-ends]")].filter((one) => one.dataset.ends <= Date.now())
    .map((one) => one.dataset.voters));
  for (const id of over()) await renew(id);
  // Where this clock is fast, or nothing could be had, it goes on for a while.
  awaitEnds(over().size > 0 ? END_AGAIN : 0);
}

function listen() {
  watched = namesAround();
  source = new EventSource(`${note.dataset.live}?after=${last}&posts=${[...watched].join(",")}`);
  source.addEventListener("open", () => { wait = WAIT_MIN; });
  source.addEventListener("error", listenLater);
  const on = (name, act) => source.addEventListener(name, (event) => {
    last = event.lastEventId || last;
    act(event.data);
  });
  on(note.dataset.hears, (id) => { fresh.add(id); show(); });
  on("delete", remove);
  on("status.update", renew);
  on("counts", count);
  on("voted", renew);
  on("missed", () => show(note.dataset.some));
}

const isGivenUp = () => source?.readyState === EventSource.CLOSED;

// Browsers connect again after a loss, but never after an answer that is no stream, as a server gives that has too much
// to do or is just starting.
function listenLater() {
  if (!isGivenUp()) return;
  clearTimeout(timer);
  timer = setTimeout(attend, wait * (0.5 + Math.random()));
  if (wait === WAIT_MIN && isSignedIn(document)) tellWhetherOut();
  wait = Math.min(2 * wait, WAIT_MAX);
}

const isSignedIn = (page) => page.querySelector("form[action='/sign-out']") !== null;

// A session that has ended hears of nothing any more: what the page says to strangers now says why.
async function tellWhetherOut() {
  const page = await read(link.href).catch(() => null);
  if (page?.querySelector("main") && !isSignedIn(page)) fail(page);
}

// A browser has few connections for one server: pages that nobody looks at give theirs back.
function attend() {
  clearTimeout(timer);
  source?.close();
  source = null;
  if (!document.hidden) listen();
  awaitEnds();
}

function remove(id) {
  if (!isOfNotices) fresh.delete(id);
  for (const card of cardsAbout(id)) (card.closest(".notice") ?? card).remove();
  show();
}

async function read(url) {
  const reply = await fetch(url);
  return new DOMParser().parseFromString(await reply.text(), "text/html");
}

function kindOf(card) {
  if (card.classList.contains("focus")) return "focus";
  if (card.querySelector(":scope > .pinned")) return "pinned";
  return card.querySelector(":scope > .actions") ? "" : "plain";
}

// As the server shows the post to this reader on this page. Where it cannot be had the old form stays, which the next
// visit of the page replaces.
async function renew(id) {
  for (const card of cardsAbout(id)) {
    const query = new URLSearchParams({ on: location.pathname + location.search, in: note.dataset.in, as: kindOf(card) });
    const page = await read(`/posts/${card.id.replace("post-", "")}/card?${query}`).catch(() => null);
    const found = page?.getElementById(card.id);
    if (!found || !card.isConnected) continue;
    const renewed = document.importNode(found, true);
    const focused = card.contains(document.activeElement) ? document.activeElement : null;
    const act = focused?.closest("[data-act]")?.dataset.act;
    card.replaceWith(renewed);
    if (focused) (renewed.querySelector(`[data-act="${act}"]`) ?? renewed).focus({ preventScroll: true });
  }
  awaitEnds();
}

// A pinned post is above the newest ones, whenever it was posted.
const isHere = (card) => document.getElementById(card.id) !== null && !card.querySelector(":scope > .pinned");

// The newest posts down to one that is here already: the posts, or else the page that was not what was asked for. Neither
// when there are too many between.
async function catchUp() {
  const cards = [];
  let url = link.href;
  let first = null;
  for (let i = 0; i < PAGES_MAX && url; i++) {
    const page = await read(url);
    first ??= page;
    if (!page.querySelector("[data-posts]")) return { page };
    const some = [...page.querySelectorAll("[data-posts] > article")];
    cards.push(...some);
    if (some.some(isHere)) return { cards, first };
    url = page.querySelector("[data-more]")?.getAttribute("href");
  }
  return url ? {} : { cards, first };
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

async function showPosts() {
  const { cards, first, page } = await catchUp();
  if (page) {
    fail(page);
  } else if (!cards) {
    location.assign(link.href);
  } else {
    merge(cards);
    return first;
  }
}

// Groups grow and move up: they are all shown anew, with the buttons above them, which know the newest.
async function showNotices() {
  const page = await read(link.href);
  const list = page.querySelector("[data-notices]");
  if (!list) {
    fail(page);
    return;
  }
  const [pager, next] = [document, page].map((one) => one.querySelector("[data-more]"));
  // All older ones were here, and are on other pages now.
  if (next && !pager) {
    location.assign(link.href);
    return;
  }
  if (next) pager.href = next.getAttribute("href");
  document.querySelector("[data-notices]").replaceWith(document.importNode(list, true));
  return page;
}

async function showNew() {
  const told = [...fresh];
  const page = await (isOfNotices ? showNotices() : showPosts());
  if (!page) return;
  told.forEach((id) => fresh.delete(id));
  unread = Number(page.querySelector("[data-live]")?.dataset.unread ?? unread);
  document.querySelector(".side nav").replaceWith(document.importNode(page.querySelector(".side nav"), true));
  show();
  scrollTo({ top: 0 });
  watchAround();
  awaitEnds();
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
addEventListener("scrollend", () => { watchAround(); awaitEnds(); });
addEventListener("online", () => { if (isGivenUp()) attend(); });
attend();
