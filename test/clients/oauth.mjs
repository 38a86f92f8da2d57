// Signs in to a running Roost by OAuth with PKCE in headless Chromium, from a client on another origin:
// node oauth.mjs http://127.0.0.1:3000 /usr/bin/chromium
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { chromium } from "playwright-core";
import { run } from "./steps.mjs";

const [server, executablePath] = process.argv.slice(2);
assert.ok(server && executablePath, "Give the server's URL and Chromium: node oauth.mjs http://127.0.0.1:3000 /usr/bin/chromium");
const name = `eve_${Date.now().toString(36)}`;
const password = `the password of ${name}`;

const types = { "/": ["index.html", "text/html"], "/app.js": ["app.js", "text/javascript"] };
const origin = createServer(async (request, response) => {
  const found = types[new URL(request.url, "http://localhost").pathname];
  if (!found) return response.writeHead(404).end();
  response.writeHead(200, { "Content-Type": found[1] }).end(await readFile(new URL(`app/${found[0]}`, import.meta.url)));
});
await new Promise((resolve) => origin.listen(0, "127.0.0.1", resolve));
const client = `http://localhost:${origin.address().port}/`;

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"] });
const page = await browser.newPage();
const complaints = [];
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
page.on("pageerror", (error) => complaints.push(String(error)));

await run([
  ["somebody signs up on Roost's own page", async () => {
    await page.goto(server);
    const form = page.locator("form", { has: page.locator("input[name=email]") });
    await form.locator("input[name=username]").fill(name);
    await form.locator("input[name=email]").fill(`${name}@example.org`);
    await form.locator("input[name=password]").fill(password);
    await form.getByRole("button").click();
    await page.locator("textarea[name=status]").waitFor();
    await page.context().clearCookies();
  }],
  ["the client sends the browser to sign in", async () => {
    await page.goto(`${client}?server=${encodeURIComponent(server)}`);
    await page.waitForURL((url) => url.origin === new URL(server).origin);
    await page.locator("input[name=login]").waitFor();
  }],
  ["a wrong password is told in words", async () => {
    await signIn("not the password");
    await page.getByText("Name or password is wrong").waitFor();
  }],
  ["the right one leads to what the client asks for", async () => {
    await signIn(password);
    await page.getByText("Small client").first().waitFor();
  }],
  ["allowed, the client reads and writes from its own origin", async () => {
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL((url) => url.origin === new URL(client).origin);
    await page.getByText(/signed in as|failed/).waitFor();
    const state = await page.locator("#state").textContent();
    assert.match(state, new RegExp(`^signed in as ${name}; posted: <p>Hello from another origin</p>; link: `));
  }],
  ["the console complains of nothing but the wrong password", async () => {
    assert.equal(complaints.length, 1, complaints.join("\n"));
    assert.match(complaints[0], /status of 422/);
  }],
]);
await browser.close();
origin.close();

async function signIn(given) {
  const form = page.locator("form", { has: page.locator("input[name=login]") });
  await form.locator("input[name=login]").fill(name);
  await form.locator("input[name=password]").fill(given);
  await form.getByRole("button").click();
}
