// A client of another origin: registers, sends the browser to sign in with PKCE, and reads the answer by CORS.
const shown = document.getElementById("state");
const here = location.origin + location.pathname;
const base64Url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function ask(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response;
}

async function begin(server) {
  const app = await (await ask(`${server}/api/v1/apps`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ client_name: "Small client", redirect_uris: here, scopes: "read write" }),
  })).json();
  const verifier = base64Url(crypto.getRandomValues(new Uint8Array(48)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const state = base64Url(crypto.getRandomValues(new Uint8Array(16)));
  sessionStorage.setItem("pending", JSON.stringify({ server, app, verifier, state }));
  location.href = `${server}/oauth/authorize?` + new URLSearchParams({
    response_type: "code",
    client_id: app.client_id,
    redirect_uri: here,
    scope: "read write",
    state,
    code_challenge: base64Url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
}

async function finish(code, state) {
  const pending = JSON.parse(sessionStorage.getItem("pending"));
  if (state !== pending.state) throw new Error("the state is not ours");
  const token = await (await ask(`${pending.server}/oauth/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      grant_type: "authorization_code",
      client_id: pending.app.client_id,
      client_secret: pending.app.client_secret,
      redirect_uri: here,
      code,
      code_verifier: pending.verifier,
    }),
  })).json();
  const headers = { Authorization: `Bearer ${token.access_token}` };
  const me = await (await ask(`${pending.server}/api/v1/accounts/verify_credentials`, { headers })).json();
  await ask(`${pending.server}/api/v1/statuses`, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json", "Idempotency-Key": state },
    body: JSON.stringify({ status: "Hello from another origin" }),
  });
  const home = await ask(`${pending.server}/api/v1/timelines/home?limit=1`, { headers });
  const posts = await home.json();
  shown.textContent = `signed in as ${me.username}; posted: ${posts[0].content}; link: ${home.headers.get("Link") !== null}`;
}

const query = new URLSearchParams(location.search);
try {
  if (query.has("server")) await begin(query.get("server"));
  else await finish(query.get("code"), query.get("state"));
} catch (error) {
  shown.textContent = `failed: ${error.message}`;
}
