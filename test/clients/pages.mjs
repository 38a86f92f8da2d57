// People use Roost's own pages in headless Chromium, on a phone and on a desktop, with JavaScript and without:
// node pages.mjs http://127.0.0.1:3000 /usr/bin/chromium
// ROOST_SCREENSHOTS names a folder for pictures of every page, to be looked at.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { eventually, run } from "./steps.mjs";

const [server, executablePath] = process.argv.slice(2);
assert.ok(server && executablePath, "Give the server's URL and Chromium: node pages.mjs http://127.0.0.1:3000 /usr/bin/chromium");
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.ROOST_SCREENSHOTS;
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };
const stamp = Date.now().toString(36);
const complaints = [];

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"] });

async function visit(options) {
  const context = await browser.newContext({ locale: "en-US", ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(`${page.url()}: ${message.text()} ${message.location().url}`));
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error}`));
  return page;
}

async function signUp(page, name) {
  await page.goto(`${server}/sign-up`);
  const form = page.locator("form[action='/sign-up']");
  await form.locator("input[name=username]").fill(name);
  await form.locator("input[name=email]").fill(`${name}@example.org`);
  await form.locator("input[name=password]").fill(`the password of ${name}`);
  await form.getByRole("button").click();
  await page.locator("textarea[name=status]").waitFor();
}

async function signIn(page, name) {
  await page.goto(`${server}/sign-in`);
  await page.locator("main input[name=login]").fill(name);
  await page.locator("main input[name=password]").fill(`the password of ${name}`);
  await page.locator("main").getByRole("button").click();
  await page.locator("textarea[name=status]").waitFor();
}

// What a step does on purpose is nothing to complain of.
const forgive = (words) => complaints.splice(0, complaints.length, ...complaints.filter((one) => !one.includes(words)));

// Posts by the page's own form, without opening it each time.
const postMany = (page, texts) => page.evaluate(async (all) => {
  const form = document.querySelector("form[action='/compose']");
  for (const status of all) {
    const body = new URLSearchParams({ status, visibility: "public", form_token: form.elements.form_token.value });
    await fetch("/compose", { method: "POST", body, redirect: "manual" });
  }
}, texts);

// A picture that the browser itself draws.
async function picture(page) {
  const url = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 600, height: 400 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#264653";
    pen.fillRect(0, 0, 600, 400);
    pen.fillStyle = "#e9c46a";
    pen.arc(300, 260, 120, 0, 7);
    pen.fill();
    return canvas.toDataURL("image/png");
  });
  return { name: "sun.png", mimeType: "image/png", buffer: Buffer.from(url.split(",")[1], "base64") };
}

// What a browser that has nothing of it yet gets over the wire, with all that the page asks for.
async function transferred(page, url) {
  const network = await page.context().newCDPSession(page);
  let bytes = 0;
  network.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await network.send("Network.enable");
  await network.send("Network.setCacheDisabled", { cacheDisabled: true });
  await page.goto(url);
  await page.waitForLoadState("load");
  await network.detach();
  return bytes;
}

async function inspect(page, path, name) {
  await page.goto(server + path);
  await page.waitForLoadState("load");
  if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${name}: ${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

function story(kind) {
  const [writer, reader] = [`w_${kind}_${stamp}`, `r_${kind}_${stamp}`];
  const text = `A sunrise for ${kind} ${stamp}`;
  const page = {};
  const card = (who) => page[who].locator("article.post", { hasText: text });
  let post = "";

  return [
    [`${kind}: two people sign up`, async () => {
      for (const who of ["writer", "reader"]) {
        page[who] = await visit({ viewport: sizes[kind], hasTouch: kind === "phone" });
        await signUp(page[who], who === "writer" ? writer : reader);
      }
    }],
    [`${kind}: one follows the other and waits at home`, async () => {
      await page.reader.goto(`${server}/@${writer}`);
      await page.reader.getByRole("button", { name: "Follow", exact: true }).click();
      await page.reader.getByRole("button", { name: "Unfollow" }).waitFor();
      await page.reader.goto(server);
      await page.reader.getByText("Your timeline is empty.").waitFor();
    }],
    [`${kind}: the other posts with a picture`, async () => {
      await page.writer.goto(`${server}/compose`);
      await page.writer.locator("textarea[name=status]").fill(text);
      assert.match(await page.writer.locator("[data-left]").textContent(), /^4\d\d$/);
      await page.writer.locator("summary", { hasText: "Add pictures" }).click();
      await page.writer.locator("input[name=picture_1]").setInputFiles(await picture(page.writer));
      await page.writer.locator("[data-slot] canvas").waitFor();
      await page.writer.locator("input[name=description_1]").fill("A yellow sun over the sea");
      if (shots) await page.writer.screenshot({ path: `${shots}/writing-${kind}.png` });
      await page.writer.getByRole("button", { name: "Post", exact: true }).click();
      await card("writer").getByAltText("A yellow sun over the sea").waitFor();
      post = (await card("writer").getAttribute("id")).replace("post-", "");
    }],
    [`${kind}: it arrives in the second window by itself`, async () => {
      await page.reader.getByText("1 new post").waitFor();
      if (shots) await page.reader.screenshot({ path: `${shots}/arrived-${kind}.png` });
      await page.reader.getByText("1 new post").click();
      await card("reader").getByAltText("A yellow sun over the sea").waitFor();
    }],
    [`${kind}: a favourite shows at once, without a page load, and is still there afterwards`, async () => {
      await page.reader.evaluate(() => { window.isSame = true; });
      const button = card("reader").getByRole("button", { name: "Favourite" });
      const sent = page.reader.waitForResponse((reply) => reply.url().endsWith(`/posts/${post}/favourite`));
      await button.click();
      assert.equal(await button.getAttribute("aria-pressed"), "true");
      assert.equal((await sent).status(), 303);
      assert.equal(await page.reader.evaluate(() => window.isSame), true);
      await page.reader.reload();
      assert.equal(await button.getAttribute("aria-pressed"), "true");
    }],
    [`${kind}: its writer, who has the page open, sees the count move`, async () => {
      await card("writer").locator("[data-act=favourite] [data-count]", { hasText: /^1$/ }).waitFor();
    }],
    [`${kind}: what fails is taken back and said`, async () => {
      await page.reader.route(`**/posts/${post}/*`, (route) => route.abort());
      const button = card("reader").getByRole("button", { name: "Boost" });
      await button.click();
      await page.reader.getByText("That did not work.").waitFor();
      assert.equal(await button.getAttribute("aria-pressed"), "false");
      await page.reader.unroute(`**/posts/${post}/*`);
      forgive("ERR_FAILED");
    }],
    [`${kind}: a reply`, async () => {
      await card("reader").getByRole("link", { name: "Reply" }).click();
      const field = page.reader.locator("textarea[name=status]");
      assert.equal(await field.inputValue(), `@${writer} `);
      await field.press("End");
      await field.pressSequentially("what a colour");
      await page.reader.getByRole("button", { name: "Reply", exact: true }).click();
      await page.reader.locator("article.post", { hasText: "what a colour" }).waitFor();
    }],
    [`${kind}: the notifications tell of both`, async () => {
      await page.writer.goto(`${server}/notifications`);
      await page.writer.getByText("favourited your post").waitFor();
      await page.writer.getByText("mentioned you").waitFor();
      await page.writer.getByRole("button", { name: "Mark all as read" }).click();
      await page.writer.getByRole("button", { name: "Mark all as read" }).waitFor({ state: "detached" });
    }],
    [`${kind}: the page of notifications hears of later ones, and its title tells of them`, async () => {
      await page.writer.goto(`${server}/notifications`);
      const title = await page.writer.title();
      assert.match(title, /^Notifications/);
      await postMany(page.reader, [`@${writer} one more ${kind}`, `@${writer} and another ${kind}`]);
      await page.writer.getByText("2 new notifications").waitFor();
      assert.equal(await page.writer.title(), `(2) ${title}`);
      if (shots) await page.writer.screenshot({ path: `${shots}/notified-${kind}.png` });
      await page.writer.getByText("2 new notifications").click();
      await page.writer.locator(".notice.unread", { hasText: `and another ${kind}` }).waitFor();
      assert.equal(await page.writer.title(), `(2) ${title}`);
      assert.match(await page.writer.locator("nav .count").first().textContent(), /2/);
      await page.writer.getByRole("button", { name: "Mark all as read" }).click();
      await page.writer.getByRole("button", { name: "Mark all as read" }).waitFor({ state: "detached" });
      assert.equal(await page.writer.title(), title);
    }],
    [`${kind}: the pages of a hashtag and of a list hear of new posts`, async () => {
      await page.reader.goto(`${server}/lists`);
      await page.reader.locator("main input[name=title]").fill(`Painters ${kind}`);
      await page.reader.locator("main").getByRole("button").first().click();
      await page.reader.waitForURL("**/edit");
      const list = page.reader.url().replace("/edit", "");
      await page.reader.locator("main input[name=name]").fill(writer);
      await page.reader.locator("form[action$='/members/add']").getByRole("button").click();
      await page.reader.locator("main").getByText(`@${writer}`).first().waitFor();
      await page.writer.goto(server);
      for (const [name, path] of [["tag", `${server}/tags/dawn${kind}${stamp}`], ["list", list]]) {
        await page.reader.goto(path);
        const title = await page.reader.title();
        await postMany(page.writer, [`The ${name} of #Dawn${kind}${stamp}`]);
        await page.reader.getByText("1 new post").waitFor();
        assert.equal(await page.reader.title(), `(1) ${title}`);
        if (shots) await page.reader.screenshot({ path: `${shots}/live-${name}-${kind}.png` });
        await page.reader.getByText("1 new post").click();
        await page.reader.locator("article.post", { hasText: `The ${name} of` }).waitFor();
        assert.equal(await page.reader.title(), title);
      }
    }],
    [`${kind}: an edit shows on the pages that are open, with the reader's own marks`, async () => {
      await page.reader.goto(server);
      const own = (who, words) => page[who].locator("article.post", { hasText: words });
      await own("reader", `The list of`).getByRole("button", { name: "Favourite" }).click();
      await page.writer.goto(server);
      await own("writer", `The list of`).locator("summary", { hasText: "More" }).click();
      await own("writer", `The list of`).getByRole("link", { name: "Edit", exact: true }).click();
      await page.writer.locator("textarea[name=status]").fill(`A better word of #Dawn${kind}${stamp}`);
      await page.writer.locator("main").getByRole("button", { name: "Save" }).click();
      const renewed = own("reader", "A better word of");
      await renewed.waitFor();
      assert.equal(await own("reader", "The list of").count(), 0);
      assert.equal(await renewed.getByRole("button", { name: "Favourite" }).getAttribute("aria-pressed"), "true");
      assert.equal(await renewed.getByText("edited").count(), 1);
      assert.match(await renewed.getByText("Filter this post").getAttribute("href"), /return_to=%2F$/);
      if (shots) await page.reader.screenshot({ path: `${shots}/edited-${kind}.png` });
    }],
    [`${kind}: votes move on the pages that are open: other people's, and one's own in another window`, async () => {
      const ask = async (who, words) => {
        await page[who].goto(`${server}/compose`);
        await page[who].locator("textarea[name=status]").fill(words);
        await page[who].locator("summary", { hasText: "Add a poll" }).click();
        for (const [i, option] of ["Mornings", "Evenings"].entries()) await page[who].locator("input[name='poll[options][]']").nth(i).fill(option);
        if (shots) await page[who].screenshot({ path: `${shots}/asking-${kind}.png`, fullPage: true });
        await page[who].getByRole("button", { name: "Post", exact: true }).click();
        await page[who].locator("article.post", { hasText: words }).waitFor();
      };
      const words = `When, of ${kind} ${stamp}?`;
      const poll = (one) => one.locator("article.post", { hasText: words });
      await ask("writer", words);
      await page.reader.goto(server);
      const second = await page.reader.context().newPage();
      await second.goto(`${server}/@${writer}`);
      await poll(second).getByLabel("Evenings").waitFor();
      await poll(page.writer).getByText("0 people voted").waitFor();
      await poll(page.reader).getByLabel("Evenings").check();
      await poll(page.reader).getByRole("button", { name: "Vote" }).click();
      for (const one of [page.writer, page.reader, second]) {
        await poll(one).getByText("1 person voted").waitFor();
        await poll(one).locator("li", { hasText: "Evenings" }).getByText("1 vote", { exact: true }).waitFor();
        await poll(one).locator("li", { hasText: "Mornings" }).getByText("0 votes").waitFor();
        assert.equal(await poll(one).locator("progress").nth(1).evaluate((bar) => bar.value / bar.max), 1);
      }
      await poll(second).locator("li", { hasText: "Evenings" }).getByText("your vote").waitFor();
      assert.equal(await poll(second).getByRole("button", { name: "Vote" }).count(), 0);
      if (shots) await second.screenshot({ path: `${shots}/voted-${kind}.png` });
      await second.close();
    }],
    [`${kind}: when a poll ends, the pages that are open say so`, async () => {
      const own = page.writer.locator("article.post", { hasText: `When, of ${kind} ${stamp}?` });
      const id = (await own.getAttribute("id")).replace("post-", "");
      // No poll lasts for less than five minutes: the page's clock goes ahead instead, and the card comes as it is then.
      const asked = page.writer.waitForRequest((request) => request.url().includes(`/posts/${id}/card`));
      await page.writer.route(`**/posts/${id}/card?*`, async (route) => {
        const reply = await route.fetch();
        const card = (await reply.text()).replace(/ data-ends="\d+"/, "").replace(/· ends /, "· ended ");
        await route.fulfill({ response: reply, body: card });
      });
      await page.writer.evaluate(() => {
        for (const one of document.querySelectorAll("[data-ends]")) one.dataset.ends = Date.now() + 500;
        dispatchEvent(new Event("scrollend"));
      });
      await asked;
      await own.getByText(/ended/).waitFor();
      await page.writer.unroute(`**/posts/${id}/card?*`);
    }],
    [`${kind}: the search finds it`, async () => {
      await page.reader.goto(`${server}/search`);
      await page.reader.locator("main input[name=q]").fill(`sunrise from:${writer}`);
      await page.reader.locator("main").getByRole("button", { name: "Search" }).click();
      await card("reader").waitFor();
      await page.reader.goto(`${server}/search?q=%28sunrise`);
      await page.reader.getByText("this parenthesis is not closed").waitFor();
      forgive("422");
    }],
    [`${kind}: a draft survives leaving the page, and the clipboard brings a picture`, async () => {
      await page.writer.goto(`${server}/compose`);
      await page.writer.locator("textarea[name=status]").fill("half a thought");
      await page.writer.goto(`${server}/local`);
      await page.writer.goto(`${server}/compose`);
      assert.equal(await page.writer.locator("textarea[name=status]").inputValue(), "half a thought");
      await page.writer.evaluate(async () => {
        const blob = await new Promise((done) => Object.assign(document.createElement("canvas"), { width: 9, height: 9 }).toBlob(done));
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([blob], "clip.png", { type: "image/png" }));
        document.querySelector("textarea[name=status]").dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
      });
      await page.writer.locator("[data-slot] canvas").waitFor();
      await page.writer.locator("textarea[name=status]").fill("");
    }],
    [`${kind}: a picture is dropped, and text of every script is shown in its own direction`, async () => {
      await page.writer.goto(`${server}/compose`);
      await page.writer.evaluate(async () => {
        const blob = await new Promise((done) => Object.assign(document.createElement("canvas"), { width: 9, height: 9 }).toBlob(done));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([blob], "drop.png", { type: "image/png" }));
        for (const type of ["dragover", "drop"])
          document.querySelector("[data-compose]").dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      });
      await page.writer.locator("[data-slot] canvas").waitFor();
      await page.writer.locator("textarea[name=status]").fill(`مرحبا بالعالم ${kind} ${stamp}`);
      await page.writer.getByRole("button", { name: "Post", exact: true }).click();
      const arabic = page.writer.locator("article.post", { hasText: "مرحبا" }).first();
      await arabic.getByAltText("A picture that nobody has described").waitFor();
      assert.equal(await arabic.locator(".text").evaluate((one) => getComputedStyle(one).direction), "rtl");
      await page.writer.goto(`${server}/compose`);
      await page.writer.locator("textarea[name=status]").fill(`今日は良い天気ですね。${"長い文章は折り返されるべきです".repeat(12)} ${kind} ${stamp}`);
      await page.writer.getByRole("button", { name: "Post", exact: true }).click();
      await page.writer.locator("article.post", { hasText: "今日は良い天気" }).first().waitFor();
      if (shots) await page.writer.screenshot({ path: `${shots}/scripts-${kind}.png` });
      const [inner, wide] = await page.writer.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
      assert.ok(wide <= inner, `Long Japanese text makes the page ${wide} wide in a window of ${inner}`);
    }],
    [`${kind}: a post is written again, and keeps its picture`, async () => {
      const own = (words) => page.writer.locator("article.post", { hasText: words });
      await page.writer.goto(`${server}/compose`);
      await page.writer.locator("textarea[name=status]").fill(`A tpyo of ${kind} ${stamp}`);
      await page.writer.locator("summary", { hasText: "Add pictures" }).click();
      await page.writer.locator("input[name=picture_1]").setInputFiles(await picture(page.writer));
      await page.writer.locator("input[name=description_1]").fill("The sun again");
      await page.writer.getByRole("button", { name: "Post", exact: true }).click();
      await own(`A tpyo of ${kind}`).locator("summary", { hasText: "More" }).click();
      await own(`A tpyo of ${kind}`).getByRole("link", { name: "Delete and write again" }).click();
      await page.writer.locator("textarea[name=status]").fill(`A typo of ${kind} ${stamp}`);
      assert.equal(await page.writer.getByLabel("Keep picture 1").isChecked(), true);
      if (shots) await page.writer.screenshot({ path: `${shots}/again-${kind}.png`, fullPage: true });
      await page.writer.getByRole("button", { name: "Post", exact: true }).click();
      await own(`A typo of ${kind}`).getByAltText("The sun again").waitFor();
      await page.writer.goto(`${server}/@${writer}`);
      assert.equal(await own(`A tpyo of ${kind}`).count(), 0);
    }],
    [`${kind}: a post is reported, without JavaScript`, async () => {
      const plain = await visit({ viewport: sizes[kind], javaScriptEnabled: false });
      await signIn(plain, reader);
      await plain.goto(`${server}/@${writer}/${post}`);
      await plain.locator("article.focus summary", { hasText: "More" }).click();
      await plain.getByRole("link", { name: "Report" }).click();
      await plain.getByLabel("Something else").check();
      await plain.locator("textarea[name=comment]").fill("Too sunny.");
      if (shots) await plain.screenshot({ path: `${shots}/report-filled-${kind}.png`, fullPage: true });
      await plain.getByRole("button", { name: "Send the report" }).click();
      await plain.getByText("Your report is with those who look after this server.").waitFor();
      if (shots) await plain.screenshot({ path: `${shots}/reported-${kind}.png` });
      await plain.context().close();
    }],
    [`${kind}: somebody is muted from a post, seen in the settings, and shown again`, async () => {
      await page.reader.goto(`${server}/@${writer}/${post}`);
      await page.reader.locator("article.focus summary", { hasText: "More" }).click();
      await page.reader.getByRole("link", { name: "Mute or block" }).click();
      await page.reader.getByLabel("For how long").selectOption({ label: "7 days" });
      if (shots) await page.reader.screenshot({ path: `${shots}/mute-${kind}.png` });
      await page.reader.getByRole("button", { name: `Mute @${writer}` }).click();
      await page.reader.goto(`${server}/settings/mutes`);
      const line = page.reader.locator("article.person", { hasText: writer });
      assert.match(await line.textContent(), /until .*\d{4}/);
      if (shots) await page.reader.screenshot({ path: `${shots}/muted-${kind}.png`, fullPage: true });
      await page.reader.locator("#mute input[name=name]").fill("nobody_of_that_name");
      await page.reader.locator("#mute").getByRole("button", { name: "Mute" }).click();
      await page.reader.locator("#name-problem", { hasText: "Nobody here is called" }).waitFor();
      assert.equal(await page.reader.locator("#mute input[name=name]").inputValue(), "nobody_of_that_name");
      if (shots) await page.reader.screenshot({ path: `${shots}/mute-refused-${kind}.png` });
      await line.getByRole("button", { name: "Do not mute" }).click();
      await page.reader.getByText("You mute nobody.").waitFor();
      forgive("422");
    }],
    [`${kind}: somebody and a server are blocked, and a filter folds posts, without JavaScript`, async () => {
      const plain = await visit({ viewport: sizes[kind], javaScriptEnabled: false });
      await signIn(plain, reader);
      await plain.goto(`${server}/settings/blocks`);
      await plain.locator("#block input[name=name]").fill(`@${writer}`);
      await plain.locator("#block").getByRole("button", { name: "Block" }).click();
      await plain.locator("article.person", { hasText: writer }).waitFor();
      await plain.getByLabel("Its domain").fill("spam.example");
      await plain.locator("form", { hasText: "Its domain" }).getByRole("button", { name: "Block" }).click();
      await plain.locator("li", { hasText: "spam.example" }).waitFor();
      if (shots) await plain.screenshot({ path: `${shots}/blocked-${kind}.png`, fullPage: true });
      await plain.getByRole("button", { name: `Do not block @${writer} any more` }).click();
      await plain.getByText("You block nobody.").waitFor();
      await plain.goto(`${server}/@${writer}`);
      await plain.getByRole("button", { name: "Follow", exact: true }).click();
      await plain.goto(`${server}/settings/filters`);
      await plain.getByRole("link", { name: "Make a filter" }).click();
      await plain.getByLabel("What it is called").fill("Skies");
      await plain.getByRole("button", { name: "Make the filter" }).click();
      await plain.locator("#more-problem", { hasText: "Write a word" }).waitFor();
      await plain.getByLabel("Words and phrases, one a line").fill("sunrise\ndusk");
      if (shots) await plain.screenshot({ path: `${shots}/filter-${kind}.png`, fullPage: true });
      await plain.getByRole("button", { name: "Make the filter" }).click();
      await plain.getByText("The filter is made.").waitFor();
      if (shots) await plain.screenshot({ path: `${shots}/filters-${kind}.png` });
      await plain.goto(`${server}/search?q=sunrise+from:${writer}&type=posts`);
      await plain.getByText("Filtered: Skies").first().waitFor();
      await plain.goto(`${server}/settings/filters`);
      await plain.getByRole("button", { name: "Remove the filter Skies" }).click();
      await plain.getByText("You have no filters.").waitFor();
      await plain.context().close();
      forgive("422");
    }],
    [`${kind}: what was changed of a post and not saved is there when one comes back`, async () => {
      await page.writer.goto(`${server}/posts/${post}/edit`);
      await page.writer.locator("textarea[name=status]").fill(`${text}, later`);
      await page.writer.goto(`${server}/local`);
      await page.writer.goto(`${server}/posts/${post}/edit`);
      assert.equal(await page.writer.locator("textarea[name=status]").inputValue(), `${text}, later`);
      await page.writer.getByRole("button", { name: "Save" }).click();
      await page.writer.waitForURL(`${server}/`);
      await page.writer.goto(`${server}/posts/${post}/edit`);
      assert.equal(await page.writer.locator("textarea[name=status]").inputValue(), `${text}, later`);
      assert.equal(await page.writer.evaluate((id) => localStorage.getItem(`draft:edit-${id}`), post), null);
    }],
    [`${kind}: a long timeline goes on by itself and keeps its place`, async () => {
      await page.writer.goto(server);
      await postMany(page.writer, Array.from({ length: 60 }, (_, i) => `Step ${i} of ${kind}`));
      await page.reader.goto(server);
      const posts = page.reader.locator("[data-posts] > article");
      assert.equal(await posts.count(), 20);
      const old = page.reader.locator("article.post", { has: page.reader.getByText(`Step 12 of ${kind}`, { exact: true }) });
      await eventually(async () => {
        await posts.last().scrollIntoViewIfNeeded();
        return old.count();
      }, (count) => count === 1, "An old post");
      await old.scrollIntoViewIfNeeded();
      await page.reader.waitForFunction(() => history.state?.more?.card);
      const before = (await old.boundingBox()).y;
      await old.locator(".when").first().click();
      await page.reader.waitForURL(`**/@${writer}/*`);
      await postMany(page.writer, Array.from({ length: 25 }, (_, i) => `Meanwhile ${i} of ${kind}`));
      await page.reader.goBack();
      await page.reader.waitForFunction((id) => document.getElementById(id), await old.getAttribute("id"));
      await page.reader.waitForFunction(([id, y]) => Math.abs(document.getElementById(id).getBoundingClientRect().top - y) < 40,
        [await old.getAttribute("id"), before]);
    }],
    [`${kind}: all of many new posts come, and are heard of though the server had first refused to tell`, async () => {
      await page.reader.route("**/live/home?*", (route) => route.fulfill({ status: 503 }), { times: 1 });
      await page.reader.goto(server);
      await postMany(page.writer, Array.from({ length: 30 }, (_, i) => `Flood ${i} of ${kind}`));
      await page.reader.getByText("30 new posts").click();
      await page.reader.locator("article.post", { hasText: `Flood 0 of ${kind}` }).waitFor();
      const shown = await page.reader.locator("[data-posts] > article .text").allTextContents();
      assert.deepEqual(shown.slice(0, 30).map((one) => one.trim()), Array.from({ length: 30 }, (_, i) => `Flood ${29 - i} of ${kind}`));
      await page.reader.locator(".live").waitFor({ state: "hidden" });
      forgive("503");
    }],
    [`${kind}: without a connection the page stays, and goes on when there is one`, async () => {
      // From elsewhere: the same address again would be the page as it was left, with all that was loaded.
      await page.reader.goto(`${server}/about`);
      await page.reader.goto(server);
      await postMany(page.writer, [`Late news of ${kind}`]);
      await page.reader.getByText("1 new post").waitFor();
      await page.reader.context().setOffline(true);
      await page.reader.getByText("1 new post").click();
      await page.reader.getByText("Look whether you are connected").waitFor();
      await page.reader.getByText("1 new post").waitFor();
      const posts = page.reader.locator("[data-posts] > article");
      const failed = page.reader.waitForEvent("requestfailed", (request) => request.url().includes("max_id"));
      await posts.last().scrollIntoViewIfNeeded();
      await failed;
      assert.equal(await posts.count(), 20);
      await page.reader.context().setOffline(false);
      await eventually(() => posts.count(), (count) => count > 20, "More posts");
      await page.reader.getByText("1 new post").click();
      await page.reader.locator("article.post", { hasText: `Late news of ${kind}` }).waitFor();
      forgive("ERR_INTERNET_DISCONNECTED");
    }],
    [`${kind}: what was written outlives the session that it was written in`, async () => {
      const toWriteAgain = async () => {
        await page.reader.goto(`${server}/compose`);
        return page.reader.locator("textarea[name=status]").inputValue();
      };
      await page.reader.goto(server);
      await page.reader.context().clearCookies();
      await page.reader.getByRole("button", { name: "Favourite" }).first().click();
      await page.reader.getByText("You are not signed in any more.").waitFor();
      await page.reader.locator("textarea[name=status]").fill(`Written long of ${kind}`);
      await page.reader.getByRole("button", { name: "Post", exact: true }).click();
      await page.reader.getByRole("link", { name: "Sign in and go on" }).click();
      await page.reader.locator("main input[name=login]").fill(reader);
      await page.reader.locator("main input[name=password]").fill(`the password of ${reader}`);
      await page.reader.locator("main").getByRole("button").click();
      await page.reader.waitForURL("**/compose");
      assert.equal(await page.reader.locator("textarea[name=status]").inputValue(), `Written long of ${kind}`);
      await page.reader.getByRole("button", { name: "Post", exact: true }).click();
      await page.reader.locator("article.post", { hasText: `Written long of ${kind}` }).waitFor();
      assert.equal(await toWriteAgain(), "");
      forgive("403");
    }],
    [`${kind}: a key leads into the answer, and another out of it`, async () => {
      await page.reader.goto(`${server}/@${writer}`);
      await page.reader.keyboard.press("j");
      await page.reader.keyboard.press("r");
      await page.reader.waitForFunction(() => document.activeElement?.name === "status");
      await page.reader.keyboard.type("no fog");
      assert.equal(await page.reader.locator("textarea[name=status]").inputValue(), `@${writer} no fog`);
      await page.reader.keyboard.press("Escape");
      assert.equal(await page.reader.evaluate(() => document.activeElement.tagName), "BODY");
      await page.reader.keyboard.press("r");
      await page.reader.waitForFunction(() => document.activeElement?.name === "status");
      await page.reader.locator("textarea[name=status]").fill(`@${writer} `);
    }],
    [`${kind}: keys walk, act and explain themselves`, async () => {
      await page.reader.goto(server);
      const isAt = () => page.reader.evaluate(() => document.activeElement.closest("article.post")?.id ?? "");
      await page.reader.keyboard.press("j");
      const first = await isAt();
      await page.reader.keyboard.press("j");
      const second = page.reader.locator(`#${first} + article`);
      assert.equal(await second.getAttribute("id"), await isAt());
      const sent = page.reader.waitForResponse((reply) => reply.url().endsWith("/favourite"));
      await page.reader.keyboard.press("f");
      await sent;
      assert.equal(await second.getByRole("button", { name: "Favourite" }).getAttribute("aria-pressed"), "true");
      await page.reader.keyboard.press("?");
      await page.reader.getByRole("dialog").getByText("Keyboard shortcuts").waitFor();
      if (shots) await page.reader.screenshot({ path: `${shots}/keys-${kind}.png` });
      await page.reader.keyboard.press("Escape");
      await page.reader.keyboard.press("g");
      await page.reader.keyboard.press("l");
      await page.reader.waitForURL("**/local");
    }],
    [`${kind}: every page is there for everybody`, async () => {
      const paths = {
        home: "/", local: "/local", profile: `/@${writer}`, thread: `/@${writer}/${post}`, notifications: "/notifications", search: "/search",
        found: "/search?q=sunrise", tags: "/tags", lists: "/lists", bookmarks: "/bookmarks", favourites: "/favourites", compose: "/compose",
        settings: "/settings", mutes: "/settings/mutes", blocks: "/settings/blocks", filters: "/settings/filters", "new-filter": "/settings/filters/new",
        mute: `/mute?name=${reader}`, block: `/block?name=${reader}`, leave: "/settings/delete", data: "/settings/data", menu: "/menu", about: "/about", edit: `/posts/${post}/edit`, redraft: `/posts/${post}/redraft`, report: `/report?name=${reader}`, followers: `/@${writer}/followers`,
      };
      // The first account of all looks after the server.
      if (kind === "phone") Object.assign(paths, { ops: "/ops", people: "/ops/people", live: "/ops/live", errors: "/ops/errors", network: "/ops/network", service: "/ops/network/web?minutes=60" });
      const open = { welcome: "/", "sign-in": "/sign-in", "sign-up": "/sign-up", "local-stranger": "/local", "thread-stranger": `/@${writer}/${post}` };
      const problems = [];
      for (const [name, path] of Object.entries(paths)) problems.push(...await inspect(page.writer, path, `${name}-${kind}`));
      const dark = await visit({ viewport: sizes[kind], colorScheme: "dark", locale: "fr-FR" });
      for (const [name, path] of Object.entries(open)) problems.push(...await inspect(dark, path, `${name}-${kind}-dark-fr`));
      await dark.context().addCookies(await page.writer.context().cookies());
      for (const name of ["home", "thread", "compose", "settings", "mutes", "blocks", "new-filter", "leave", "found", "report", ...(paths.live ? ["live", "ops", "errors", "network", "service"] : [])]) problems.push(...await inspect(dark, paths[name], `${name}-${kind}-dark-fr`));
      assert.equal(problems.length, 0, problems.join("\n"));
      await dark.goto(`${server}/notifications`);
      await dark.getByRole("heading", { name: "Notifications" }).waitFor();
      await dark.getByRole("link", { name: "Accueil" }).first().waitFor();
      await dark.context().close();
    }],
    [`${kind}: nothing is wider than the window, and the first page is there soon`, async () => {
      for (const path of ["/", "/settings", "/settings/mutes", "/settings/blocks", "/settings/filters/new", `/@${writer}/${post}`, "/search", "/notifications"]) {
        await page.writer.goto(server + path);
        const [inner, wide] = await page.writer.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
        assert.ok(wide <= inner, `${path} is ${wide} wide in a window of ${inner}`);
      }
      const times = [];
      for (let i = 0; i < 5; i++) {
        await page.writer.goto(server);
        times.push(await page.writer.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd));
      }
      const bytes = await transferred(page.writer, server);
      console.log(`      and takes ${bytes} bytes`);
      assert.ok(bytes < 100_000, `The first page takes ${bytes} bytes`);
      const best = Math.min(...times);
      console.log(`      home is interactive after ${best.toFixed(0)} ms (best of five: ${times.map((time) => time.toFixed(0)).join(", ")})`);
      // On an idle machine it takes a quarter of a second; one that tests much else at the same time is not the page's fault.
      assert.ok(best < 3000, `The first page took ${best} ms`);
    }],
    [`${kind}: without JavaScript one posts, favourites and pages on`, async () => {
      const plain = await visit({ viewport: sizes[kind], javaScriptEnabled: false });
      await signIn(plain, reader);
      await plain.getByRole("link", { name: "Older posts" }).click();
      await plain.waitForURL("**/?max_id=*");
      await plain.locator("article.post").first().getByRole("button", { name: "Bookmark" }).click();
      await plain.goto(`${server}/compose`);
      await plain.locator("textarea[name=status]").fill(`Plainly from ${kind}`);
      await plain.getByRole("button", { name: "Post", exact: true }).click();
      await plain.locator("article.post", { hasText: `Plainly from ${kind}` }).waitFor();
      await plain.context().close();
    }],
    [`${kind}: the post is deleted, and goes from the second window, too`, async () => {
      await page.reader.goto(`${server}/@${writer}?show=media`);
      await card("reader").waitFor();
      assert.deepEqual(complaints, []);
      await page.writer.goto(`${server}/@${writer}?show=media`);
      await card("writer").locator("summary", { hasText: "More" }).click();
      if (shots) await page.writer.screenshot({ path: `${shots}/more-${kind}.png` });
      await card("writer").getByRole("link", { name: "Delete", exact: true }).click();
      await page.writer.getByRole("button", { name: "Delete it" }).click();
      await page.writer.waitForURL(`**/@${writer}?show=media`);
      await card("writer").waitFor({ state: "detached" });
      await card("reader").waitFor({ state: "detached" });
      // A picture that comes into view just as its post goes is not there any more.
      forgive("404");
    }],
    [`${kind}: the console complained of nothing`, async () => assert.deepEqual(complaints, [])],
    [`${kind}: both sign out`, async () => {
      for (const who of ["writer", "reader"]) {
        await page[who].goto(`${server}/menu`);
        await page[who].locator("main").getByRole("button", { name: "Sign out" }).click();
        await page[who].locator("form[action='/sign-in']").waitFor();
        await page[who].context().close();
      }
    }],
  ];
}

await run([...story("phone"), ...story("desktop")]);
await browser.close();
