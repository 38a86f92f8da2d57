"""Drives a running Roost that has no account yet with the Python library Mastodon.py, as scripts and bots would:
python3 mastodonpy.py http://127.0.0.1:3000"""
import struct
import sys
import time
import traceback
import zlib
from datetime import datetime, timedelta, timezone

from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, StreamListener

URL = sys.argv[1]
# The first account owns the server, so that what moderators do can be asked for, too.
SCOPES = ["read", "write", "follow", "push", "admin:read", "admin:write"]
SUFFIX = format(time.time_ns() // 1_000_000, "x")
made = {}
steps = []


def step(function):
    """A function whose name says what is shown."""
    steps.append(function)
    return function


def picture(width, height):
    """A grey PNG."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x78" * (width * 3) for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def eventually(ask, right, what):
    """Asks again, for 10 s at most, until the answer satisfies."""
    until = time.monotonic() + 10
    while True:
        answer = ask()
        if right(answer):
            return answer
        assert time.monotonic() < until, f"{what} did not come within 10 s: {str(answer)[:300]}"


def refused(status, call, *arguments, **named):
    """The error that a call must end with."""
    try:
        answer = call(*arguments, **named)
    except MastodonAPIError as error:
        assert error.args[1] == status, f"{error.args} instead of {status}"
        return error
    raise AssertionError(f"{call.__name__} was not refused: {str(answer)[:300]}")


def has(name):
    """Whether this version of the library has a method."""
    return hasattr(Mastodon, name)


def sign_up(name):
    """A new account of this server, as a client that acts for it."""
    client = Mastodon(client_id=made["app"][0], client_secret=made["app"][1], api_base_url=URL)
    client.create_account(name, f"the password of {name}", f"{name}@example.org", agreement=True, scopes=SCOPES)
    client.name, client.id = name, client.me().id
    return client


@step
def an_app_registers_and_three_people_sign_up():
    made["app"] = Mastodon.create_app("Mastodon.py", scopes=SCOPES, api_base_url=URL, website="https://example.org/bot")
    global ann, ben, cat
    ann, ben, cat = (sign_up(f"{name}_{SUFFIX}") for name in ("ann", "ben", "cat"))
    assert ann.app_verify_credentials().name == "Mastodon.py"
    assert ann.me().role.name, "the first account has a role"


@step
def the_instance_tells_of_itself():
    assert ann.instance().title
    assert ann.retrieve_mastodon_version().startswith("4.")
    assert ann.verify_minimum_version("4.5.0")
    assert ann.instance_health()
    assert ann.instance_nodeinfo().software.name
    assert ann.instance_peers() == []
    assert len(ann.instance_activity()) == 12
    assert ann.instance_rules() is not None
    ann.directory(limit=5, order="new", local=True)
    ann.custom_emojis()
    if has("instance_v2"):
        assert ann.instance_v1().uri
        assert ann.instance_v2().configuration.urls.streaming
        assert ann.instance_extended_description()
        assert ann.instance_translation_languages() is not None
        assert len(ann.instance_languages()) > 10
        ann.instance_domain_blocks()
        refused(404, ann.instance_terms_of_service)
        assert ann.oauth_authorization_server_info().token_endpoint


@step
def a_profile_changes():
    changed = ann.account_update_credentials(
        display_name="Ann", note="Reads clouds.", avatar=picture(64, 64), avatar_mime_type="image/png",
        header=picture(150, 50), header_mime_type="image/png", bot=True, discoverable=True,
        fields=[("Pronouns", "she/her"), ("Home", "https://example.org/ann")])
    assert (changed.display_name, changed.bot) == ("Ann", True)
    assert [field.name for field in changed.fields] == ["Pronouns", "Home"]
    assert changed.source.note == "Reads clouds."
    assert ann.account_update_credentials(bot=False, locked=False).bot is False
    preferences = ann.preferences()
    assert preferences["posting:default:visibility"] == "public"
    if has("account_delete_avatar"):
        ann.account_delete_header()
        ann.account_delete_avatar()
        assert ann.me().avatar != changed.avatar


@step
def people_meet():
    assert ben.account_follow(ann.id, notify=True).notifying
    assert ben.account_follow(ann.id, reblogs=False, notify=False).showing_reblogs is False
    assert ben.account_follow(ann.id).showing_reblogs
    ann.account_follow(ben.id)
    assert cat.account_follow(ann.id).following
    assert [one.id for one in ann.account_followers(ann.id)] == [cat.id, ben.id]
    assert [one.id for one in ann.account_following(ann.id)] == [ben.id]
    assert ann.account(ann.id).followers_count == 2
    both = ann.account_relationships([ben.id, cat.id])
    assert [one.following for one in both] == [True, False]
    assert ann.account_relationships(ben.id)[0].followed_by
    assert ben.account_note_set(ann.id, "met at the lake").note == "met at the lake"
    assert ann.account_lookup(ben.name).id == ben.id
    assert ann.account_search(ben.name)[0].id == ben.id
    ann.account_familiar_followers([ben.id, cat.id])
    assert cat.suggestions() is not None
    if has("account_endorse"):
        assert ann.account_endorse(ben.id).endorsed
        assert ann.account_unendorse(ben.id).endorsed is False
    assert ann.account_pin(ben.id).endorsed
    assert [one.id for one in ann.endorsements()] == [ben.id]
    ann.account_unpin(ben.id)
    if has("accounts"):
        assert {one.id for one in ann.accounts([ben.id, cat.id])} == {ben.id, cat.id}


@step
def a_post_with_a_picture_and_one_with_everything():
    media = ann.media_post(picture(400, 300), "image/png", description="A grey rectangle", focus=(0.5, -0.5))
    assert media.meta.focus.x == 0.5
    assert ann.media_update(media.id, description="A rectangle").description == "A rectangle"
    assert ann.media(media.id).description == "A rectangle"
    post = ann.status_post(f"Good morning @{ben.name}, a #cloud{SUFFIX}", media_ids=[media.id], sensitive=True,
                           spoiler_text="weather", language="en", visibility="public", idempotency_key=f"key{SUFFIX}")
    again = ann.status_post("Good morning", idempotency_key=f"key{SUFFIX}")
    assert again.id == post.id, "an idempotency key gives the first post"
    assert (post.media_attachments[0].description, post.spoiler_text, post.language) == ("A rectangle", "weather", "en")
    assert post.mentions[0].id == ben.id and post.tags[0].name == f"cloud{SUFFIX}"
    assert post.application.name == "Mastodon.py"
    assert isinstance(post.created_at, datetime)
    made["post"] = post
    refused(422, ann.status_post, "")
    refused(422, ann.status_post, "x" * 501)


@step
def it_is_edited_and_has_a_history():
    id = made["post"].id
    edited = ann.status_update(id, "Good evening, everybody", spoiler_text="", media_ids=[made["post"].media_attachments[0].id])
    assert "evening" in edited.content and edited.edited_at
    history = ann.status_history(id)
    assert len(history) == 2 and "morning" in history[0].content
    assert ann.status_source(id).text == "Good evening, everybody"
    if has("generate_media_edit_attributes"):
        attributes = ann.generate_media_edit_attributes(made["post"].media_attachments[0].id, description="A third thing", focus=(0, 0))
        edited = ann.status_update(id, "Good evening, everybody", media_attributes=[attributes])
        assert edited.media_attachments[0].description == "A third thing"


@step
def a_poll_is_voted_in():
    poll = ann.make_poll(["tea", "coffee", "water"], expires_in=3600, multiple=True, hide_totals=False)
    asked = ann.status_post("What to drink?", poll=poll)
    assert asked.poll.multiple and [option.title for option in asked.poll.options] == ["tea", "coffee", "water"]
    ben.poll_vote(asked.poll.id, [0, 2])
    voted = ben.poll(asked.poll.id)
    assert voted.voted and voted.own_votes == [0, 2] and voted.votes_count == 2
    assert ann.poll(asked.poll.id).voters_count == 1
    refused(422, ben.poll_vote, asked.poll.id, [1])
    made["asked"] = asked


@step
def ben_acts_on_posts():
    id = made["post"].id
    assert ben.status_favourite(id).favourited
    boost = ben.status_reblog(id, visibility="unlisted")
    assert boost.reblog.id == id and boost.visibility == "unlisted"
    assert ben.status_bookmark(id).bookmarked
    assert ben.status_mute(id).muted
    assert ben.status_unmute(id).muted is False
    shown = ben.status(id)
    assert (shown.favourites_count, shown.reblogs_count, shown.favourited, shown.reblogged) == (1, 1, True, True)
    assert ben.favourites()[0].id == id and ben.bookmarks()[0].id == id
    assert ann.status_favourited_by(id)[0].id == ben.id and ann.status_reblogged_by(id)[0].id == ben.id
    assert ann.status_pin(id).pinned and ann.account_statuses(ann.id, pinned=True)[0].id == id
    assert ann.status_unpin(id).pinned is False
    made["answer"] = ben.status_reply(made["asked"], "Tea!", visibility="unlisted")
    assert ann.name in made["answer"].content
    context = ben.status_context(made["answer"].id)
    assert [one.id for one in context.ancestors] == [made["asked"].id]
    assert ben.status_unfavourite(id).favourited is False
    assert ben.status_unbookmark(id).bookmarked is False
    assert ben.status_unreblog(id).reblogged is False
    if has("statuses"):
        assert len(ben.statuses([id, made["asked"].id])) == 2
    ben.status_favourite(id)
    refused(404, ben.status, 1)


@step
def timelines_show_them_and_page():
    for number in range(12):
        ann.status_post(f"Cloud {number} of a #sky{SUFFIX}", visibility="public" if number % 2 else "unlisted")
    first = ben.timeline_home(limit=5)
    everything = ben.fetch_remaining(first)
    assert len(everything) >= 14 and len({one.id for one in everything}) == len(everything)
    older = ben.fetch_next(first)
    assert ben.fetch_previous(older)[0].id == first[0].id
    assert [one.id for one in ben.timeline_home(min_id=older[0].id, limit=2)] == [one.id for one in first[3:5]]
    assert all(one.visibility == "public" for one in cat.timeline_local(limit=40))
    assert cat.timeline_public(only_media=True)[0].media_attachments
    assert cat.timeline_public(remote=True) == []
    assert len(cat.timeline_hashtag(f"sky{SUFFIX}", limit=40)) == 6
    assert cat.account_statuses(ann.id, exclude_replies=True, exclude_reblogs=True, limit=3)
    assert cat.account_statuses(ann.id, tagged=f"sky{SUFFIX}")
    assert cat.account_statuses(ann.id, only_media=True)[0].media_attachments
    if has("timeline_link"):
        ann.timeline_link("https://example.org/")
    assert cat.timeline("home")


@step
def notifications_tell_of_it():
    wanted = {"follow", "favourite", "reblog", "mention"} - {"reblog"}
    told = eventually(ann.notifications, lambda all: wanted <= {one.type for one in all}, "ann's notifications")
    one = ann.notifications(told[0].id)
    assert one.id == told[0].id
    assert all(one.type == "follow" for one in ann.notifications(types=["follow"]))
    assert not any(one.type == "follow" for one in ann.notifications(exclude_types=["follow"]))
    assert all(one.account.id == ben.id for one in ann.notifications(account_id=ben.id))
    assert all(one.type == "mention" for one in ann.notifications(mentions_only=True))
    if has("grouped_notifications"):
        grouped = ann.grouped_notifications(limit=10)
        group = grouped.notification_groups[0]
        assert ann.grouped_notification(group.group_key).notification_groups[0].group_key == group.group_key
        assert ann.grouped_notification_accounts(group.group_key)
        assert ann.unread_grouped_notifications_count() > 0
        assert ann.notifications_unread_count()
        ann.dismiss_grouped_notification(group.group_key)
        policy = ann.update_notifications_policy(for_not_following="filter", for_private_mentions="drop")
        assert (policy.for_not_following, ann.notifications_policy().for_private_mentions) == ("filter", "drop")
        ann.update_notifications_policy(for_not_following="accept", for_private_mentions="accept")
        assert ann.notifications_merged() in (True, False)
        assert ann.notification_requests() == []
    ann.notifications_dismiss(told[-1].id)
    refused(404, ann.notifications, told[-1].id)
    ann.notifications_clear()
    assert ann.notifications() == []


@step
def filtered_notifications_wait_as_requests():
    if not has("notification_requests"):
        return
    ben.update_notifications_policy(for_not_following="filter")
    cat.status_post(f"Hello @{ben.name}")
    request = eventually(ben.notification_requests, lambda all: len(all) == 1, "the request")[0]
    assert request.account.id == cat.id and ben.notification_request(request.id).last_status
    ben.dismiss_notification_request(request.id)
    cat.status_post(f"Hello again @{ben.name}")
    request = eventually(ben.notification_requests, lambda all: len(all) == 1, "the second request")[0]
    ben.accept_notification_request(request.id)
    eventually(ben.notifications_merged, lambda merged: merged is True, "the merge")
    ben.dismiss_multiple_notification_requests([request.id])
    ben.update_notifications_policy(for_not_following="accept")


@step
def markers_lists_and_followed_hashtags():
    ann.markers_set(["home", "notifications"], [made["post"].id, 5])
    assert str(ann.markers_get(["home"]).home.last_read_id) == str(made["post"].id)
    news = ben.list_create("Clouds", replies_policy="none", exclusive=True) if has("instance_v2") else ben.list_create("Clouds")
    ben.list_accounts_add(news.id, [ann.id])
    assert [one.id for one in ben.list_accounts(news.id)] == [ann.id]
    assert ben.account_lists(ann.id)[0].id == news.id
    assert all(one.account.id == ann.id for one in ben.timeline_list(news.id))
    assert ben.list_update(news.id, "Skies").title == "Skies"
    assert ben.list(news.id).title == "Skies" and [one.id for one in ben.lists()] == [news.id]
    ben.list_accounts_delete(news.id, [ann.id])
    assert ben.timeline_list(news.id) == []
    ben.list_delete(news.id)
    if has("tag_follow"):
        assert cat.tag_follow(f"sky{SUFFIX}").following
        assert cat.followed_tags()[0].name == f"sky{SUFFIX}"
        assert cat.tag(f"sky{SUFFIX}").history
        assert cat.tag_unfollow(f"sky{SUFFIX}").following is False
    ann.featured_tag_suggestions()
    featured = ann.featured_tag_create(f"sky{SUFFIX}")
    assert ann.featured_tags()[0].id == featured.id and cat.account_featured_tags(ann.id)[0].name == f"sky{SUFFIX}"
    ann.featured_tag_delete(featured.id)


@step
def filters_of_both_versions():
    old = ben.filter_create("evening", ["home", "public"], whole_word=True, expires_in=3600)
    assert ben.filter(old.id).phrase == "evening"
    assert ben.filter_update(old.id, phrase="evenings").phrase == "evenings"
    assert ben.filters()[0].id == old.id
    assert len(ben.filters_apply(ben.timeline_home(), ben.filters(), "home")) > 0
    ben.filter_delete(old.id)
    if not has("create_filter_v2"):
        return
    new = ben.create_filter_v2("No clouds", ["home"], "warn", expires_in=3600,
                               keywords_attributes=[{"keyword": "cloud", "whole_word": True}])
    assert ben.update_filter_v2(new.id, title="Not one cloud").title == "Not one cloud"
    word = ben.add_filter_keyword_v2(new.id, "fog", True)
    assert {one.keyword for one in ben.filter_keywords_v2(new.id)} == {"cloud", "fog"}
    ben.delete_filter_keyword_v2(word.id)
    one = ben.add_filter_status_v2(new.id, made["post"].id)
    assert ben.filter_status_v2(one.id).status_id == made["post"].id and len(ben.filter_statuses_v2(new.id)) == 1
    ben.delete_filter_status_v2(one.id)
    assert any(post.filtered for post in ben.timeline_home())
    assert ben.filters_v2()[0].id == ben.filter_v2(new.id).id
    ben.delete_filter_v2(new.id)
    refused(404, ben.filter_v2, new.id)


@step
def search_and_trends():
    found = eventually(lambda: ben.search(f"sky{SUFFIX}"), lambda all: len(all.hashtags) > 0, "the hashtag")
    assert found.hashtags[0].name == f"sky{SUFFIX}"
    assert ben.search_v2(ann.name, result_type="accounts").accounts[0].id == ann.id
    eventually(lambda: ben.search_v2("everybody", result_type="statuses", account_id=ann.id), lambda all: all.statuses, "the post")
    ben.search(ann.name, resolve=False, exclude_unreviewed=False)
    for trends in (ben.trends, ben.trending_tags, ben.trending_statuses, ben.trending_links):
        assert isinstance(trends(), list)


@step
def mutes_blocks_and_follow_requests():
    assert ben.account_mute(cat.id, notifications=False, duration=3600).muting
    assert ben.mutes()[0].id == cat.id
    assert ben.account_unmute(cat.id).muting is False
    assert ben.account_block(cat.id).blocking
    assert ben.blocks()[0].id == cat.id
    assert ben.account_unblock(cat.id).blocking is False
    ben.domain_block("spam.example")
    assert ben.domain_blocks() == ["spam.example"]
    ben.domain_unblock("spam.example")
    ben.account_update_credentials(locked=True)
    assert cat.account_follow(ben.id).requested
    assert ben.follow_requests()[0].id == cat.id
    assert ben.follow_request_authorize(cat.id).followed_by
    if has("account_remove_from_followers"):
        assert ben.account_remove_from_followers(cat.id).followed_by is False
    cat.account_unfollow(ben.id)
    cat.account_follow(ben.id)
    ben.follow_request_reject(cat.id)
    ben.account_update_credentials(locked=False)


@step
def direct_posts_are_conversations():
    cat.status_post(f"@{ann.name} in confidence", visibility="direct")
    talks = eventually(ann.conversations, lambda all: len(all) > 0, "the conversation")
    assert talks[0].unread and talks[0].accounts[0].id == cat.id
    assert ann.conversations_read(talks[0].id).unread is False
    refused(404, ben.status, talks[0].last_status.id)


@step
def a_scheduled_post_waits():
    at = datetime.now(timezone.utc) + timedelta(hours=1)
    waiting = ann.status_post("Later", scheduled_at=at)
    assert abs((waiting.scheduled_at - at).total_seconds()) < 1
    assert ann.scheduled_statuses()[0].id == ann.scheduled_status(waiting.id).id == waiting.id
    moved = ann.scheduled_status_update(waiting.id, at + timedelta(hours=1))
    assert moved.scheduled_at > waiting.scheduled_at
    ann.scheduled_status_delete(waiting.id)
    refused(404, ann.scheduled_status, waiting.id)
    refused(422, ann.status_post, "Sooner", scheduled_at=datetime.now(timezone.utc) + timedelta(seconds=30))


@step
def quotes():
    if not has("status_quotes"):
        return
    quote = ben.status_post("Look at this", quoted_status_id=made["asked"].id)
    assert quote.quote.state == "accepted" and quote.quote.quoted_status.id == made["asked"].id
    assert eventually(lambda: ann.status_quotes(made["asked"].id), lambda all: all, "the quote")[0].id == quote.id
    assert ann.status_quote_revoke(made["asked"].id, quote.id).quote.state == "revoked"
    changed = ann.status_update_quote_approval_policy(made["asked"].id, "nobody")
    assert changed.quote_approval.automatic == []
    refused(404, ben.status_post, "Look again", quoted_status_id=made["asked"].id)


class Listener(StreamListener):
    """Keeps what a stream tells."""

    def __init__(self):
        self.heard, self.beats = [], 0

    def on_any_event(self, name, data=None, *_):
        self.heard.append((name, data))

    def on_update(self, status):
        self.heard.append(("update", status))

    def on_delete(self, status_id):
        self.heard.append(("delete", status_id))

    def on_status_update(self, status):
        self.heard.append(("status.update", status))

    def on_notification(self, notification):
        self.heard.append(("notification", notification))

    def on_conversation(self, conversation):
        self.heard.append(("conversation", conversation))

    def on_filters_changed(self, *_):
        self.heard.append(("filters_changed", None))

    def handle_heartbeat(self):
        self.beats += 1

    def has(self, kind, right=lambda data: True):
        return any(one[0] == kind and right(one[1]) for one in list(self.heard))


@step
def streams_tell_at_once():
    assert ben.stream_healthy()
    kept = ben.list_create("Streamed")
    ben.list_accounts_add(kept.id, [ann.id])
    user, public, local, tag, own_list, direct = (Listener() for _ in range(6))
    handles = [
        ben.stream_user(user, run_async=True), ben.stream_public(public, run_async=True), ben.stream_local(local, run_async=True),
        ben.stream_hashtag(f"live{SUFFIX}", tag, run_async=True), ben.stream_list(kept.id, own_list, run_async=True),
        ben.stream_direct(direct, run_async=True)]
    for listener in (user, public, local, tag, own_list, direct):
        eventually(lambda: listener.beats, lambda beats: beats > 0, "the stream's first sign of life")
    post = ann.status_post(f"Now! #live{SUFFIX}")
    for listener in (user, public, local, tag, own_list):
        eventually(lambda: listener, lambda one: one.has("update", lambda data: str(data.id) == str(post.id)), "the update")
    ann.status_update(post.id, f"Now and again! #live{SUFFIX}")
    eventually(lambda: user, lambda one: one.has("status.update") or one.has("status_update"), "the edit")
    ben_told = ann.status_post(f"@{ben.name} whispers", visibility="direct")
    eventually(lambda: user, lambda one: one.has("notification"), "the notification")
    eventually(lambda: direct, lambda one: one.has("conversation"), "the conversation")
    ann.status_delete(post.id)
    eventually(lambda: user, lambda one: one.has("delete", lambda data: str(data) == str(post.id)), "the deletion")
    filtered = ben.filter_create("nothing", ["home"])
    eventually(lambda: user, lambda one: one.has("filters_changed"), "the change of filters")
    ben.filter_delete(filtered.id)
    for handle in handles:
        handle.close()
    ben.list_delete(kept.id)
    assert ben_told


@step
def push_subscriptions():
    private, public = ann.push_subscription_generate_keys()
    made_one = ann.push_subscription_set("https://push.example/one", public, follow_events=True, mention_events=True,
                                         favourite_events=False, reblog_events=False, poll_events=True)
    assert made_one.alerts.follow and not made_one.alerts.favourite and made_one.server_key
    assert ann.push_subscription_update(favourite_events=True).alerts.favourite
    assert ann.push_subscription().endpoint == "https://push.example/one"
    ann.push_subscription_delete()
    refused(404, ann.push_subscription)
    assert private


@step
def reports_reach_moderators():
    report = cat.report(ben.id, status_ids=[made["answer"].id], comment="Too much tea", category="other")
    assert report.comment == "Too much tea" or has("report")
    listed = ann.admin_reports()
    assert [one.target_account.id for one in listed] == [ben.id]
    id = listed[0].id
    assert ann.admin_report(id).statuses[0].id == made["answer"].id
    assert ann.admin_report_assign(id).assigned_account.id == ann.id
    assert ann.admin_report_unassign(id).assigned_account is None
    assert ann.admin_report_resolve(id).action_taken
    assert ann.admin_report_reopen(id).action_taken is False
    assert ann.admin_reports(resolved=True) == []


@step
def moderators_act():
    made["cat's"] = cat.status_post("Soon gone")
    assert ben.id in [one.id for one in ann.admin_accounts_v2(origin="local", status="active")]
    assert str(ann.admin_accounts(username=cat.name)[0]["id"]) == str(cat.id)
    assert ann.admin_account(cat.id).email == f"{cat.name}@example.org"
    ann.admin_account_moderate(cat.id, action="silence", text="Too loud")
    assert ann.admin_account(cat.id).silenced
    assert ann.admin_account_unsilence(cat.id).silenced is False
    ann.admin_account_moderate(cat.id, action="sensitive")
    assert ann.admin_account_unsensitive(cat.id).sensitized is False
    ann.admin_account_moderate(cat.id, action="disable")
    assert ann.admin_account_enable(cat.id).disabled is False
    ann.admin_account_moderate(cat.id, action="suspend")
    assert ann.admin_account(cat.id).suspended
    refused(404, ben.status, made["cat's"].id)
    assert ann.admin_account_unsuspend(cat.id).suspended is False
    refused(403, ben.admin_accounts_v2)


@step
def moderators_block_and_measure():
    block = ann.admin_create_domain_block("spam.example", severity="silence", public_comment="Spam")
    assert ann.admin_domain_blocks(block.id).domain == "spam.example"
    assert ann.admin_update_domain_block(block.id, severity="suspend").severity == "suspend"
    assert len(ann.admin_domain_blocks()) == 1
    ann.admin_delete_domain_block(block.id)
    now, before = datetime.now(timezone.utc), datetime.now(timezone.utc) - timedelta(days=3)
    measured = ann.admin_measures(before, now, active_users=True, new_users=True, interactions=True, opened_reports=True,
                                  resolved_reports=True)
    assert {one.key for one in measured} >= {"active_users", "new_users", "interactions", "opened_reports", "resolved_reports"}
    told = ann.admin_dimensions(before, now, limit=5, languages=True, sources=True, servers=True, space_usage=True,
                                software_versions=True)
    assert "space_usage" in {one.key for one in told}
    assert ann.admin_retention(before, now, frequency="day")
    ann.admin_trending_tags(), ann.admin_trending_statuses(), ann.admin_trending_links()
    if not has("admin_create_ip_block"):
        return
    ip = ann.admin_create_ip_block("192.0.2.0/24", "sign_up_requires_approval", comment="Many", expires_in=3600)
    assert ann.admin_ip_block(ip.id).comment == "Many" and ann.admin_ip_blocks()[0].id == ip.id
    assert ann.admin_update_ip_block(ip.id, comment="Few").comment == "Few"
    ann.admin_delete_ip_block(ip.id)
    mail = ann.admin_create_email_domain_block("throwaway.example")
    assert ann.admin_email_domain_block(mail.id).domain == "throwaway.example" and ann.admin_email_domain_blocks()
    ann.admin_delete_email_domain_block(mail.id)
    one = ann.admin_create_canonical_email_block(email="somebody@example.org")
    assert ann.admin_canonical_email_block(one.id).id == one.id and ann.admin_canonical_email_blocks()
    assert ann.admin_test_canonical_email_block("somebody@example.org")
    ann.admin_delete_canonical_email_block(one.id)
    allowed = ann.admin_create_domain_allow("friends.example")
    assert ann.admin_domain_allow(allowed.id).domain == "friends.example" and ann.admin_domain_allows()
    ann.admin_delete_domain_allow(allowed.id)


@step
def announcements_can_be_read():
    assert ann.announcements() == []
    refused(404, ann.announcement_dismiss, 1)


@step
def what_is_deleted_is_gone():
    gone = ann.status_delete(made["post"].id)
    assert gone.text == "Good evening, everybody"
    try:
        ben.status(made["post"].id)
        raise AssertionError("it is still there")
    except MastodonNotFoundError:
        pass
    ben.suggestion_delete(cat.id)


@step
def a_revoked_token_is_refused():
    token = ben.access_token
    ben.revoke_access_token(**({"allow_http": True} if has("instance_v2") else {}))
    other = Mastodon(access_token=token, api_base_url=URL)
    refused(401, other.me)


failed = 0
for one in steps:
    name = "Mastodon.py " + one.__name__.replace("_", " ")
    try:
        one()
        print(f"ok    {name}", flush=True)
    except Exception:
        print(f"FAIL  {name}\n{traceback.format_exc()}", flush=True)
        failed += 1
sys.exit(1 if failed else 0)
