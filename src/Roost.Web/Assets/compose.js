// The form for a post: counts characters, keeps the draft, and takes pictures that are pasted or dropped. Without this
// file it is a plain form with four places for pictures.
const LINK_CHARACTERS = 23;
const segments = new Intl.Segmenter();
const form = document.querySelector("[data-compose]");
const text = form.elements.status;
const spoiler = form.elements.spoiler_text;
const left = form.querySelector("[data-left]");
const key = form.dataset.draft ? "draft:" + form.dataset.draft : null;

// As the server does: what people see as one character is one, and a link counts the same however long it is.
function lengthOf(written) {
  const links = written.match(/https?:\/\/\S+/g) ?? [];
  const rest = written.replace(/https?:\/\/\S+/g, "");
  return [...segments.segment(rest)].length + links.length * LINK_CHARACTERS;
}

function count() {
  const remaining = form.dataset.max - lengthOf(text.value.trim()) - lengthOf(spoiler.value.trim());
  left.textContent = remaining.toLocaleString(document.documentElement.lang);
  left.classList.toggle("over", remaining < 0);
}

// What was sent is kept until the server says that it has taken it, with the key that the form was sent with.
function keep(sent) {
  if (!key) return;
  const isUnwritten = text.value.trim() === text.defaultValue.trim() && spoiler.value === spoiler.defaultValue;
  if (isUnwritten && !sent) localStorage.removeItem(key);
  else localStorage.setItem(key, JSON.stringify({ text: text.value, spoiler: spoiler.value, sent }));
}

// A cookie names the form that was taken last.
function forgetTaken() {
  const taken = document.cookie.match(/(?:^|; )roost_posted=([^;]+)/)?.[1];
  if (!taken) return;
  for (const [name, draft] of Object.entries(localStorage))
    if (name.startsWith("draft:") && JSON.parse(draft).sent === decodeURIComponent(taken)) localStorage.removeItem(name);
}

function bringBack() {
  const kept = key && text.value === text.defaultValue && spoiler.value === spoiler.defaultValue && localStorage.getItem(key);
  if (!kept) return;
  const draft = JSON.parse(kept);
  text.value = draft.text;
  spoiler.value = draft.spoiler;
  if (draft.spoiler) spoiler.closest("details").open = true;
  if (draft.sent) sendAgain(draft.sent);
}

// Perhaps it was taken and only the answer was lost: as long as nothing is changed it is the same post.
function sendAgain(sent) {
  const field = form.elements.idempotency_key;
  const own = field.value;
  field.value = sent;
  form.addEventListener("input", () => { field.value = own; }, { once: true });
}

// Who comes to answer writes on after the names that stand there.
function startAtEnd() {
  const toEnd = () => text.setSelectionRange(text.value.length, text.value.length);
  // Links to the form lead to this field; not every browser then puts the caret there.
  if (location.hash === "#" + text.id) text.focus();
  if (document.activeElement === text) toEnd();
  else text.addEventListener("focus", toEnd, { once: true });
}

forgetTaken();
bringBack();
startAtEnd();
count();
for (const field of [text, spoiler]) {
  field.addEventListener("input", () => { count(); keep(); });
  // Then keys are shortcuts again. Where characters are being composed it is for the list of those.
  field.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.isComposing) field.blur(); });
}
form.addEventListener("submit", () => {
  keep(form.elements.idempotency_key?.value);
  // After the form's fields have been taken: once is enough.
  setTimeout(() => { form.querySelector("button:not([type])").disabled = true; });
});
addEventListener("pageshow", () => { form.querySelector("button:not([type])").disabled = false; });
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

const slots = [...form.querySelectorAll("[data-slot]")];
const fileOf = (slot) => slot.querySelector("input[type=file]");

async function show(slot) {
  const [file] = fileOf(slot).files;
  slot.querySelector("canvas")?.remove();
  slot.querySelector("[data-clear]").hidden = !file;
  slots.forEach((one, i) => { one.hidden = i > 0 && !fileOf(one).files.length && !fileOf(slots[i - 1]).files.length && !one.querySelector("input:not([type])").value; });
  if (!file) return;
  try {
    const picture = await createImageBitmap(file);
    const canvas = document.createElement("canvas");
    const scale = Math.min(1, 240 / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, picture.width * scale);
    canvas.height = Math.max(1, picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.setAttribute("aria-hidden", "true");
    slot.prepend(canvas);
  } catch {
    // The server says what is wrong with it when it is sent.
  }
}

function take(files) {
  const pictures = [...files].filter((file) => file.type.startsWith("image/"));
  for (const file of pictures) {
    const slot = slots.find((one) => fileOf(one).files.length === 0);
    if (!slot) break;
    const list = new DataTransfer();
    list.items.add(file);
    fileOf(slot).files = list.files;
    show(slot);
  }
  if (pictures.length > 0) slots[0].closest("details").open = true;
  return pictures.length > 0;
}

for (const slot of slots) {
  fileOf(slot).addEventListener("change", () => show(slot));
  slot.querySelector("[data-clear]").addEventListener("click", () => {
    fileOf(slot).value = "";
    show(slot);
    fileOf(slot).focus();
  });
}
if (slots.length > 0) {
  show(slots[0]);
  text.addEventListener("paste", (event) => { if (take(event.clipboardData.files)) event.preventDefault(); });
  form.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  form.addEventListener("dragleave", (event) => { if (!form.contains(event.relatedTarget)) form.classList.remove("dropping"); });
  form.addEventListener("drop", (event) => {
    form.classList.remove("dropping");
    if (take(event.dataTransfer.files)) event.preventDefault();
  });
}
