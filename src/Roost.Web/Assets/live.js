// Says how many posts have come since the page was made, and puts them where they belong when that is clicked.
// Without this file the page is the same, and the link that it fills in is not there.
const note = document.querySelector("[data-live]");
const link = note.querySelector("a");
const fresh = new Set();
let last = note.dataset.after;
let source = null;

const cardOf = (id) => document.getElementById("post-" + id);

function show(text) {
  const count = [...fresh].filter((id) => cardOf(id) === null).length;
  note.hidden = count === 0 && !text;
  link.textContent = text ?? (count === 1 ? note.dataset.one : note.dataset.many.replace("{}", count));
}

function listen() {
  source = new EventSource(`${note.dataset.live}?after=${last}`);
  const on = (name, act) => source.addEventListener(name, (event) => {
    last = event.lastEventId || last;
    act(event.data);
  });
  on("update", (id) => { fresh.add(id); show(); });
  on("delete", (id) => { fresh.delete(id); cardOf(id)?.remove(); show(); });
  on("missed", () => show(note.dataset.some));
}

// A browser has few connections for one server: pages that nobody looks at give theirs back.
function attend() {
  source?.close();
  source = null;
  if (!document.hidden) listen();
}

// Every new card goes after the one that is above it on the new page.
function merge(page) {
  const olds = document.querySelectorAll("[data-posts]");
  const news = page.querySelectorAll("[data-posts]");
  news.forEach((list, i) => {
    let above = null;
    for (const card of list.querySelectorAll(":scope > article")) {
      let here = document.getElementById(card.id);
      if (here === null) {
        here = document.importNode(card, true);
        if (above === null) olds[i].prepend(here);
        else above.after(here);
      }
      above = here;
    }
  });
}

link.addEventListener("click", async (event) => {
  event.preventDefault();
  try {
    const reply = await fetch(link.href);
    if (!reply.ok) throw new Error(reply.status);
    merge(new DOMParser().parseFromString(await reply.text(), "text/html"));
    document.querySelector("main > .empty")?.remove();
    fresh.clear();
    show();
    scrollTo({ top: 0 });
  } catch {
    location.assign(link.href);
  }
});

document.addEventListener("visibilitychange", attend);
attend();
