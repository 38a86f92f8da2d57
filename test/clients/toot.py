"""Drives a running Roost with the command line client toot, in a home directory of its own:
python3 toot.py http://127.0.0.1:3000"""
import html
import http.cookiejar
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse
import urllib.request
import zlib

URL = sys.argv[1]
DOMAIN = URL.split("//")[1]
SUFFIX = format(time.time_ns() // 1_000_000, "x")
ANN, BEN = f"ann_{SUFFIX}", f"ben_{SUFFIX}"
OOB = "urn:ietf:wg:oauth:2.0:oob"
home = tempfile.TemporaryDirectory()
# No browser opens; the address is read from what toot says.
ENVIRONMENT = {"HOME": home.name, "PATH": os.environ["PATH"], "BROWSER": "true", "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
tokens = {}


def api(method, path, body=None, token=None):
    """Asks the server itself, for the person who does not use toot."""
    request = urllib.request.Request(URL + path, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def sign_up(name):
    app = api("POST", "/api/v1/apps", {"client_name": "Sign-up", "redirect_uris": OOB, "scopes": "read write follow"})
    grant = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
             "scope": "read write follow"}
    own = api("POST", "/oauth/token", grant)["access_token"]
    person = {"username": name, "email": f"{name}@example.org", "password": f"the password of {name}", "agreement": True}
    tokens[name] = api("POST", "/api/v1/accounts", person, own)["access_token"]


def code_for(authorize, name):
    """What somebody does in a browser with the address that toot shows: sign in, allow, and read the code."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def fill(page, action, **values):
        form = re.search(rf'<form[^>]*action="{action}[^"]*"[^>]*>.*?</form>', page, re.S).group(0)
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
        data = {name: html.unescape(value) for name, value in fields} | values
        where = html.unescape(re.search(r'action="([^"]+)"', form).group(1))
        request = urllib.request.Request(URL + where, data=urllib.parse.urlencode(data).encode(), headers={"Origin": URL})
        return browser.open(request).read().decode()

    asked = fill(browser.open(authorize).read().decode(), "/sign-in", login=name, password=f"the password of {name}")
    button = re.search(r'<button[^>]*name="([^"]+)"[^>]*value="([^"]+)"[^>]*>\s*Allow', asked)
    shown = fill(asked, "/oauth/authorize", **({button.group(1): button.group(2)} if button else {}))
    return re.search(r"<code[^>]*>([^<]+)</code>", shown).group(1)


def toot(*arguments, says=None, given=None, fails=False):
    """Runs toot; its output must match each of the patterns in says."""
    done = subprocess.run(["/usr/bin/toot", *arguments, "--no-color"], input=given, capture_output=True, text=True, timeout=60,
                          env=ENVIRONMENT)
    output = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, f"toot {' '.join(arguments)} ended with {done.returncode}: {output}"
    for pattern in [says] if isinstance(says, str) else says or []:
        assert re.search(pattern, output), f"toot {' '.join(arguments)} does not say {pattern}: {output}"
    return output


def at_a_terminal(*arguments):
    """The same where toot asks at the end of each page whether to go on, which it does."""
    ours, its = pty.openpty()
    with subprocess.Popen(["/usr/bin/toot", *arguments, "--no-color"], stdin=its, stdout=its, stderr=its,
                          env=ENVIRONMENT | {"TERM": "dumb"}) as process:
        os.close(its)
        output = b""
        while True:
            try:
                read = os.read(ours, 65536)
            except OSError:
                # What Linux says of a terminal whose other side is closed.
                break
            if b"Continue?" in read:
                os.write(ours, b"y\n")
            output += read
        os.close(ours)
    assert process.returncode == 0, output
    return output.decode()


def posted(*arguments, **named):
    """Posts, and gives the post's id."""
    return toot("post", *arguments, says="Toot posted", **named) and id_of_newest(ANN)


def id_of_newest(name):
    account = api("GET", f"/api/v1/accounts/lookup?acct={name}")["id"]
    return api("GET", f"/api/v1/accounts/{account}/statuses?limit=1", token=tokens[ANN])[0]["id"]


def picture():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"\x78" * 192 for _ in range(64))
    head = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    path = os.path.join(home.name, "grey.png")
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return path


def signs_in_by_the_code_that_the_page_shows():
    sign_up(ANN)
    sign_up(BEN)
    # It registers its app, shows an address, and waits for the code.
    process = subprocess.Popen(["/usr/bin/toot", "login", "-i", DOMAIN, "--disable-https", "--no-color"], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=1,
                               env=ENVIRONMENT)
    for line in process.stdout:
        address = re.search(r"https?://\S*/oauth/authorize\S*", line)
        if address:
            break
    said, _ = process.communicate(f"y\n{code_for(address.group(0), ANN)}\n", timeout=60)
    assert process.returncode == 0 and "Successfully logged in" in said, said
    toot("auth", says=f"{ANN}@{DOMAIN}")
    toot("whoami", says=[f"@{ANN}", "Followers: 0"])


def reads_what_the_server_is():
    toot("instance", DOMAIN, "--disable-https", says=["Roost", r"running Mastodon 4\."])


def posts_in_every_way():
    posted("Good morning")
    id = posted("Behind a warning", "--spoiler-text", "Weather", "--language", "en", "--visibility", "unlisted")
    toot("thread", id, says="Behind a warning")
    id = posted("A picture", "--media", picture(), "--description", "A grey square", "--sensitive")
    media = api("GET", f"/api/v1/statuses/{id}")["media_attachments"]
    assert [one["description"] for one in media] == ["A grey square"]
    toot("upload", picture(), says="Uploading media")
    toot("post", "Later", "--scheduled-in", "2 hours", says="Toot scheduled")
    toot("post", "x" * 501, fails=True, says="500")
    toot("post", "--visibility", "private", says="Toot posted", given="By standard input")


def answers_and_threads():
    root = posted(f"Who is there, @{BEN}?")
    answer = api("POST", "/api/v1/statuses", {"status": f"@{ANN} I am", "in_reply_to_id": root}, tokens[BEN])["id"]
    posted("Good", "--reply-to", answer)
    toot("thread", root, says=["Who is there", "I am", "Good"])


def acts_on_posts():
    id = api("POST", "/api/v1/statuses", {"status": "Act on this #clouds"}, tokens[BEN])["id"]
    for verb, undo, member in (("favourite", "unfavourite", "favourited"), ("reblog", "unreblog", "reblogged"),
                               ("bookmark", "unbookmark", "bookmarked")):
        toot(verb, id, says="✓")
        assert api("GET", f"/api/v1/statuses/{id}", token=tokens[ANN])[member]
        if verb == "bookmark":
            toot("bookmarks", "--once", says="Act on this")
        if verb == "reblog":
            toot("reblogged_by", id, says=ANN)
        toot(undo, id, says="✓")
    own = posted("To be pinned")
    toot("pin", own, says="✓")
    toot("unpin", own, says="✓")
    toot("delete", own, says="✓")
    toot("favourite", own, fails=True, says="[Nn]ot found")
    toot("favourite", "1", fails=True, says="[Nn]ot found")


def knows_people():
    toot("follow", BEN, says=f"You are now following {BEN}")
    toot("following", ANN, says=BEN)
    toot("followers", BEN, says=ANN)
    toot("whois", BEN, says=[f"@{BEN}", "Followers: 1"])
    for verb, undo in (("mute", "unmute"), ("block", "unblock")):
        toot(verb, BEN, says=BEN)
        toot(undo, BEN, says=BEN)
    toot("follow", BEN)
    toot("unfollow", BEN, says=f"You are no longer following {BEN}")
    toot("follow", BEN)
    toot("whois", "nobody_at_all", fails=True, says="not found")


def reads_timelines_to_their_ends():
    for number in range(25):
        api("POST", "/api/v1/statuses", {"status": f"Cloud {number} #sky{SUFFIX}"}, tokens[BEN])
    toot("timeline", "--once", "--count", "20", says=["Cloud 24", "Cloud 10"])
    # Page after page, by the links of the answers.
    everything = at_a_terminal("timeline", "--tag", f"sky{SUFFIX}", "--count", "10")
    assert len(set(re.findall(r"Cloud (\d+)", everything))) == 25, everything
    toot("timeline", "--public", "--local", "--once", says="Cloud 24")
    toot("tags_follow", f"sky{SUFFIX}", says="✓")
    toot("tags_followed", says=f"sky{SUFFIX}")
    toot("tags_unfollow", f"sky{SUFFIX}", says="✓")
    kept = api("POST", "/api/v1/lists", {"title": "Clouds"}, tokens[ANN])["id"]
    ben = api("GET", f"/api/v1/accounts/lookup?acct={BEN}")["id"]
    api("POST", f"/api/v1/lists/{kept}/accounts", {"account_ids": [ben]}, tokens[ANN])
    toot("timeline", "--list", kept, "--once", says="Cloud 24")


def searches_and_is_told():
    toot("search", BEN, says=BEN)
    toot("search", f"sky{SUFFIX}", says=f"#sky{SUFFIX}")
    api("POST", "/api/v1/statuses", {"status": f"@{ANN} look up"}, tokens[BEN])
    until = time.monotonic() + 10
    while not re.search("mentioned you", toot("notifications")):
        assert time.monotonic() < until, "no notification came within 10 s"
    toot("notifications", "--mentions", says="look up")
    toot("notifications", "--clear", says="Cleared")
    toot("notifications", says="No notification")


def signs_out():
    toot("logout", f"{ANN}@{DOMAIN}", says="logged out")
    toot("whoami", says="requires that you are logged in")


failed = 0
for step in (signs_in_by_the_code_that_the_page_shows, reads_what_the_server_is, posts_in_every_way, answers_and_threads,
             acts_on_posts, knows_people, reads_timelines_to_their_ends, searches_and_is_told, signs_out):
    name = "toot " + step.__name__.replace("_", " ")
    try:
        step()
        print(f"ok    {name}", flush=True)
    except Exception:
        print(f"FAIL  {name}\n{traceback.format_exc()}", flush=True)
        failed += 1
sys.exit(1 if failed else 0)
