// Drives a running Roost with the npm library masto as an app would: node masto.mjs http://127.0.0.1:3000
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";
import { eventually, run } from "./steps.mjs";

const url = process.argv[2];
assert.ok(url, "Give the server's URL: node masto.mjs http://127.0.0.1:3000");
const scope = "read write follow push";
const oob = "urn:ietf:wg:oauth:2.0:oob";
const suffix = Date.now().toString(36);

let app;
const ann = { name: `ann_${suffix}` };
const ben = { name: `ben_${suffix}` };
const made = {};

/** A picture of one colour, as PNG. */
function picture(width, height) {
  const crcs = Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n >>> 0;
  });
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const crc = body.reduce((c, byte) => crcs[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff;
    const frame = Buffer.alloc(body.length + 8);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc >>> 0, body.length + 4);
    return frame;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.concat(Array.from({ length: height }, () => Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 120)])));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

async function signUp(person) {
  const oauth = createOAuthAPIClient({ url });
  const token = await oauth.token.create({
    grantType: "client_credentials",
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    scope,
  });
  const own = await createRestAPIClient({ url, accessToken: token.accessToken }).v1.accounts.create({
    username: person.name,
    email: `${person.name}@example.org`,
    password: `the password of ${person.name}`,
    agreement: true,
    locale: "en",
  });
  person.token = own.accessToken;
  person.client = createRestAPIClient({ url, accessToken: own.accessToken });
  person.account = await person.client.v1.accounts.verifyCredentials();
}

/** All items of a paged list, page after page to its end. */
async function everything(pages) {
  const all = [];
  for await (const page of pages) all.push(...page);
  return all;
}

await run([
  ["the instance says what it can do", async () => {
    const instance = await createRestAPIClient({ url }).v2.instance.fetch();
    assert.match(instance.version, /^4\./);
    assert.ok(instance.configuration.urls.streaming, "urls.streaming");
    assert.ok(instance.configuration.statuses.maxMediaAttachments >= 4);
  }],
  ["an app registers", async () => {
    app = await createRestAPIClient({ url }).v1.apps.create({ clientName: "Clients", redirectUris: oob, scopes: scope });
    assert.ok(app.clientId && app.clientSecret);
  }],
  ["two people sign up through it", async () => {
    await signUp(ann);
    await signUp(ben);
    assert.equal(ann.account.username, ann.name);
    assert.equal(ann.account.source.privacy, "public");
  }],
  ["ben follows ann and asks for her posts", async () => {
    const relationship = await ben.client.v1.accounts.$select(ann.account.id).follow({ notify: true });
    assert.equal(relationship.following, true);
    assert.equal(relationship.notifying, true);
  }],
  ["ann changes her profile, with a picture", async () => {
    const changed = await ann.client.v1.accounts.updateCredentials({
      displayName: "Ann",
      note: "Reads clouds.",
      avatar: new Blob([picture(64, 64)], { type: "image/png" }),
      fieldsAttributes: [{ name: "Pronouns", value: "she/her" }],
    });
    assert.equal(changed.displayName, "Ann");
    assert.equal(changed.fields[0].value, "she/her");
    assert.ok((await fetch(changed.avatar)).ok, `${changed.avatar} is served`);
  }],
  ["ann uploads a picture and posts it", async () => {
    const media = await ann.client.v2.media.create({
      file: new Blob([picture(400, 300)], { type: "image/png" }),
      description: "A grey rectangle",
    });
    assert.ok(media.url);
    made.post = await ann.client.v1.statuses.create({
      status: `Good morning @${ben.name}, a #cloud${suffix}`,
      mediaIds: [media.id],
      visibility: "public",
    });
    assert.equal(made.post.mediaAttachments[0].description, "A grey rectangle");
    assert.deepEqual(made.post.tags.map((tag) => tag.name), [`cloud${suffix}`]);
    assert.equal(made.post.mentions[0].id, ben.account.id);
  }],
  ["ann edits it; the history has both versions", async () => {
    const edited = await ann.client.v1.statuses.$select(made.post.id).update({
      status: `Good evening @${ben.name}, a #cloud${suffix}`,
      mediaIds: made.post.mediaAttachments.map((media) => media.id),
    });
    assert.match(edited.content, /evening/);
    const history = await ann.client.v1.statuses.$select(made.post.id).history.list();
    assert.equal(history.length, 2);
    assert.match((await ann.client.v1.statuses.$select(made.post.id).source.fetch()).text, /evening/);
  }],
  ["ann asks, ben votes", async () => {
    const asked = await ann.client.v1.statuses.create({
      status: "Tea?",
      poll: { options: ["yes", "no"], expiresIn: 3600 },
    });
    const poll = await ben.client.v1.polls.$select(asked.poll.id).votes.create({ choices: [0] });
    assert.equal(poll.voted, true);
    assert.deepEqual(poll.ownVotes, [0]);
    assert.equal(poll.options[0].votesCount, 1);
  }],
  ["ben favourites, boosts, bookmarks and answers", async () => {
    const post = ben.client.v1.statuses.$select(made.post.id);
    assert.equal((await post.favourite()).favourited, true);
    assert.equal((await post.reblog()).reblog.id, made.post.id);
    assert.equal((await post.bookmark()).bookmarked, true);
    made.answer = await ben.client.v1.statuses.create({ status: `@${ann.name} morning!`, inReplyToId: made.post.id });
    const shown = await post.fetch();
    assert.deepEqual(
      [shown.favouritesCount, shown.reblogsCount, shown.repliesCount, shown.favourited, shown.reblogged, shown.bookmarked],
      [1, 1, 1, true, true, true],
    );
    assert.equal((await ben.client.v1.bookmarks.list())[0].id, made.post.id);
    assert.equal((await ben.client.v1.favourites.list())[0].id, made.post.id);
    assert.equal((await ann.client.v1.statuses.$select(made.post.id).favouritedBy.list())[0].id, ben.account.id);
    assert.equal((await post.context.fetch()).descendants[0].id, made.answer.id);
  }],
  ["both are told of what happened", async () => {
    const types = ["favourite", "follow", "mention", "reblog"];
    const told = await eventually(
      () => everything(ann.client.v1.notifications.list({ limit: 2 })),
      (all) => types.every((type) => all.some((one) => one.type === type)),
      "ann's notifications",
    );
    assert.equal(new Set(told.map((one) => one.id)).size, told.length, "no notification twice over all pages");
    await eventually(
      () => everything(ben.client.v1.notifications.list()),
      (all) => ["mention", "status"].every((type) => all.some((one) => one.type === type)),
      "ben's notifications",
    );
    const grouped = await ann.client.v2.notifications.list();
    assert.ok(grouped.notificationGroups.length > 0);
  }],
  ["markers remember where one was", async () => {
    await ann.client.v1.markers.create({ home: { lastReadId: made.post.id } });
    assert.equal((await ann.client.v1.markers.fetch({ timeline: ["home"] })).home.lastReadId, made.post.id);
  }],
  ["a list shows its members only", async () => {
    const list = await ben.client.v1.lists.create({ title: "Clouds" });
    await ben.client.v1.lists.$select(list.id).accounts.create({ accountIds: [ann.account.id] });
    const posts = await ben.client.v1.timelines.list.$select(list.id).list();
    assert.ok(posts.length > 0 && posts.every((post) => post.account.id === ann.account.id));
    await ben.client.v1.lists.$select(list.id).accounts.remove({ accountIds: [ann.account.id] });
    assert.equal((await ben.client.v1.timelines.list.$select(list.id).list()).length, 0);
    await ben.client.v1.lists.$select(list.id).remove();
  }],
  ["a filter warns where it should", async () => {
    const filter = await ben.client.v2.filters.create({
      title: "No evenings",
      context: ["home", "public"],
      filterAction: "warn",
      keywordsAttributes: [{ keyword: "evening", wholeWord: true }],
    });
    const home = await ben.client.v1.timelines.home.list();
    const post = home.find((one) => one.id === made.post.id);
    assert.equal(post.filtered[0].filter.title, "No evenings");
    assert.deepEqual(post.filtered[0].keywordMatches, ["evening"]);
    await ben.client.v2.filters.$select(filter.id).remove();
  }],
  ["the home timeline pages to its end, without hole or double", async () => {
    for (let i = 0; i < 45; i++) await ann.client.v1.statuses.create({ status: `Cloud number ${i}` });
    const home = await everything(ben.client.v1.timelines.home.list({ limit: 10 }));
    const clouds = home.map((post) => post.content).filter((content) => content.includes("Cloud number"));
    assert.equal(clouds.length, 45);
    assert.equal(new Set(home.map((post) => post.id)).size, home.length);
    assert.deepEqual(clouds, [...clouds].sort((a, b) => Number(b.match(/\d+/)[0]) - Number(a.match(/\d+/)[0])));
  }],
  ["search finds people, posts and hashtags", async () => {
    const found = await eventually(
      () => ben.client.v2.search.list({ q: `cloud${suffix}` }),
      (answer) => answer.hashtags.length > 0,
      "the hashtag",
    );
    assert.equal(found.hashtags[0].name, `cloud${suffix}`);
    assert.equal((await ben.client.v2.search.list({ q: ann.name, type: "accounts" })).accounts[0].id, ann.account.id);
  }],
  ["a post arrives by the stream", async () => {
    const instance = await ann.client.v2.instance.fetch();
    const streaming = createStreamingAPIClient({
      streamingApiUrl: instance.configuration.urls.streaming,
      accessToken: ben.token,
    });
    const events = streaming.user.subscribe();
    const arrived = (async () => {
      for await (const event of events) if (event.event === "update" && /streamed/.test(event.payload.content)) return event;
    })();
    let posted;
    await eventually(
      async () => {
        posted = await ann.client.v1.statuses.create({ status: "A streamed cloud" });
        return await Promise.race([arrived, new Promise((resolve) => setTimeout(resolve, 250, null))]);
      },
      (event) => event !== null,
      "the update",
    );
    assert.ok(posted);
    events.unsubscribe();
    streaming.close();
  }],
  ["what is deleted is gone", async () => {
    const gone = await ann.client.v1.statuses.$select(made.post.id).remove();
    assert.match(gone.text, /evening/);
    await assert.rejects(ben.client.v1.statuses.$select(made.post.id).fetch(), { statusCode: 404 });
    assert.equal((await ben.client.v1.bookmarks.list()).length, 0);
  }],
  ["a revoked token is refused", async () => {
    await createOAuthAPIClient({ url }).revoke({ clientId: app.clientId, clientSecret: app.clientSecret, token: ben.token });
    await assert.rejects(ben.client.v1.accounts.verifyCredentials(), { statusCode: 401 });
  }],
]);
