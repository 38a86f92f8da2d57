using System.Net;
using Roost.Tests.Services.Media;
using Roost.Tests.Web.Conformance;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Writing on the pages, without JavaScript.</summary>
public sealed class ComposePageTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;
    private PageVisitor _alice = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        _alice = await PageVisitor.SignInAsync(_server, "alice");
    }

    public async ValueTask DisposeAsync()
    {
        _alice.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_post_has_pictures_that_are_described_and_a_warning()
    {
        var picture = Pictures.TwoHalves(40, 30, SKEncodedImageFormat.Png);

        var reply = await _alice.SubmitAsync(
            await _alice.GetAsync("/compose"), "/compose",
            [("status", "two suns"), ("spoiler_text", "bright"), ("description_1", "The sun"), ("visibility", "unlisted"), ("language", "fr")],
            [("picture_1", picture), ("picture_3", picture)]);

        reply.Is(HttpStatusCode.SeeOther);
        var post = (await _server.GetAsync($"/api/v1/accounts/{_server["alice.id"]}/statuses")).Json[0];
        Assert.Equal("The sun", post.GetProperty("media_attachments")[0].GetProperty("description").GetString());
        Assert.Equal(2, post.GetProperty("media_attachments").GetArrayLength());
        Assert.Equal("bright", post.GetProperty("spoiler_text").GetString());
        Assert.Equal("unlisted", post.GetProperty("visibility").GetString());
        Assert.Equal("fr", post.GetProperty("language").GetString());
        Assert.Contains("A picture that nobody has described", await _alice.ReadAsync("/@alice"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_poll_is_asked_and_voted_in_once()
    {
        (await _alice.SubmitAsync(
            await _alice.GetAsync("/compose"), "/compose", ("status", "Which?"), ("poll[options][]", "Tea"), ("poll[options][]", "Coffee"),
            ("poll[options][]", ""), ("poll[expires_in]", "3600"))).Is(HttpStatusCode.SeeOther);
        using var bob = await PageVisitor.SignInAsync(_server, "bob");
        var id = Browser.Between(await bob.ReadAsync("/@alice"), "id=\"post-", "\"");

        var none = await bob.SubmitAsync(await bob.GetAsync("/@alice"), $"/posts/{id}/vote");
        none.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("Choose an option before you vote.", none.Body, StringComparison.Ordinal);
        Assert.Contains($"name=\"return_to\" value=\"/@alice/{id}\"", none.Body, StringComparison.Ordinal);
        Assert.Contains($"action=\"/posts/{id}/vote\"", none.Body, StringComparison.Ordinal);
        var voted = await bob.DoAsync("/@alice", $"/posts/{id}/vote", ("choices[]", "1"));

        Assert.Contains("Coffee ✓", WebUtility.HtmlDecode(voted.Body), StringComparison.Ordinal);
        Assert.Contains("1 person voted", voted.Body, StringComparison.Ordinal);
        Assert.DoesNotContain($"/posts/{id}/vote", voted.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_signed_out_meanwhile_is_offered_to_sign_in_and_go_on()
    {
        var page = await _alice.GetAsync("/compose");
        (await _alice.SubmitAsync(page, "/sign-out")).Is(HttpStatusCode.SeeOther);

        var refused = await _alice.SubmitAsync(page, "/compose", ("status", "too late"));

        refused.Is(HttpStatusCode.Forbidden);
        Assert.Contains("You are not signed in any more.", refused.Body, StringComparison.Ordinal);
        Assert.Contains("href=\"/sign-in?return_to=%2Fcompose\"", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_that_is_sent_twice_posts_once()
    {
        var page = await _alice.GetAsync("/compose");

        (await _alice.SubmitAsync(page, "/compose", ("status", "only once"))).Is(HttpStatusCode.SeeOther);
        (await _alice.SubmitAsync(page, "/compose", ("status", "only once"))).Is(HttpStatusCode.SeeOther);

        Assert.Equal(1, (await _server.GetAsync($"/api/v1/accounts/{_server["alice.id"]}/statuses")).Json.GetArrayLength());
    }

    [Fact]
    public async Task What_is_refused_comes_back_with_all_that_was_typed()
    {
        var page = await _alice.GetAsync("/compose");

        var refused = await _alice.SubmitAsync(
            page, "/compose", [("status", "a poll and a picture"), ("spoiler_text", "careful"), ("poll[options][]", "Yes"),
                ("poll[options][]", "No"), ("poll[expires_in]", "300"), ("visibility", "private")],
            [("picture_1", Pictures.TwoHalves(8, 8, SKEncodedImageFormat.Png))]);

        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("Not posted. A post has pictures or a poll, not both.", refused.Body, StringComparison.Ordinal);
        foreach (var kept in (string[])[">a poll and a picture</textarea>", "value=\"careful\"", "value=\"No\"",
            "<option value=\"private\" selected>", "<option value=\"300\" selected>"])
            Assert.Contains(kept, refused.Body, StringComparison.Ordinal);
        var broken = await _alice.SubmitAsync(page, "/compose", [("status", "no picture")], [("picture_1", "words"u8.ToArray())]);
        broken.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains(">no picture</textarea>", broken.Body, StringComparison.Ordinal);
        Assert.Equal("[]", (await _server.GetAsync($"/api/v1/accounts/{_server["alice.id"]}/statuses")).Body);
    }

    [Fact]
    public async Task One_bad_picture_is_named_and_the_good_ones_stay_with_what_they_show()
    {
        var picture = Pictures.TwoHalves(8, 8, SKEncodedImageFormat.Png);

        var refused = await _alice.SubmitAsync(
            await _alice.GetAsync("/compose"), "/compose",
            [("status", "three"), ("description_1", "The sun"), ("description_2", "The moon"), ("description_4", "A star")],
            [("picture_1", picture), ("picture_2", "words"u8.ToArray()), ("picture_3", []), ("picture_4", picture)]);

        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("Not posted. Picture 2: ", refused.Body, StringComparison.Ordinal);
        Assert.Contains("Picture 3: File is empty.", refused.Body, StringComparison.Ordinal);
        Assert.Contains("value=\"The sun\"", refused.Body, StringComparison.Ordinal);
        Assert.Contains("value=\"A star\"", refused.Body, StringComparison.Ordinal);
        Assert.Contains("name=\"description_2\" value=\"The moon\"", refused.Body, StringComparison.Ordinal);
        var ids = refused.Body.Split("name=\"media_ids[]\" value=\"")[1..].Select(part => part.Split('"')[0]).ToArray();
        Assert.Equal(2, ids.Length);

        (string, string)[] typed =
        [
            ("media_ids[]", ids[0]), ("media_ids[]", ids[1]), ("media_attributes[0][description]", "The red sun"),
            ("media_attributes[1][description]", "A star"),
        ];
        using var bob = await PageVisitor.SignInAsync(_server, "bob");
        var stolen = await bob.SubmitAsync(await bob.GetAsync("/compose"), "/compose", [("status", "not mine"), .. typed[..2]], []);
        stolen.Is(HttpStatusCode.SeeOther);
        Assert.Empty((await _server.GetAsync($"/api/v1/accounts/{_server["bob.id"]}/statuses")).Json[0]
            .GetProperty("media_attachments").EnumerateArray());
        var tooLong = await _alice.SubmitAsync(refused, "/compose", [("status", new string('x', 501)), .. typed], []);
        Assert.Contains("value=\"The red sun\"", tooLong.Body, StringComparison.Ordinal);
        (await _alice.SubmitAsync(tooLong, "/compose", [("status", "two"), .. typed], [])).Is(HttpStatusCode.SeeOther);

        var post = Assert.Single((await StatusesAsync()).EnumerateArray());
        Assert.Equal(
            ["The red sun", "A star"],
            post.GetProperty("media_attachments").EnumerateArray().Select(one => one.GetProperty("description").GetString()!));
    }

    [Fact]
    public async Task A_post_has_four_pictures_at_most_and_those_that_fit_stay()
    {
        var picture = Pictures.TwoHalves(8, 8, SKEncodedImageFormat.Png);
        var refused = await _alice.SubmitAsync(
            await _alice.GetAsync("/compose"), "/compose", [("status", "one")], [("picture_1", picture), ("picture_2", [])]);
        var id = Browser.Between(refused.Body, "name=\"media_ids[]\" value=\"", "\"");

        var more = await _alice.SubmitAsync(
            refused, "/compose", [("status", "five"), ("media_ids[]", id)],
            [.. Enumerable.Range(1, 4).Select(i => ($"picture_{i}", picture))]);

        more.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("Picture 4: A post has at most 4 pictures.", more.Body, StringComparison.Ordinal);
        Assert.Equal(4, more.Body.Split("name=\"media_ids[]\"").Length - 1);
    }

    [Theory]
    [InlineData("\u200B\u200B")]
    [InlineData(" \u2060\uFEFF\n\u00AD")]
    public async Task What_cannot_be_seen_is_no_text(string text)
    {
        var refused = await _alice.SubmitAsync(await _alice.GetAsync("/compose"), "/compose", ("status", text));

        refused.Is(HttpStatusCode.UnprocessableEntity);
        (await _server.PostAsync("/api/v1/statuses", new { status = text })).Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_post_is_written_again_with_all_it_had_and_the_old_one_goes()
    {
        await _server.WriteAsync("asked", new { status = "Shall I?" }, "bob");
        var picture = Pictures.TwoHalves(40, 30, SKEncodedImageFormat.Png);
        await _alice.SubmitAsync(
            await _alice.GetAsync($"/@bob/{_server["asked"]}"), "/compose",
            [("status", "@bob yse"), ("spoiler_text", "an answer"), ("visibility", "unlisted"), ("language", "fr"),
                ("description_1", "A dot"), ("description_2", "Another")],
            [("picture_1", picture), ("picture_2", picture)]);
        var old = (await StatusesAsync())[0];
        var page = await _alice.GetAsync($"/posts/{old.GetProperty("id")}/redraft?return_to=%2Flocal");
        foreach (var kept in (string[])[
            ">@bob yse</textarea>", "value=\"an answer\"", "<option value=\"unlisted\" selected>",
            "<option value=\"fr\" lang=\"fr\" selected>", "value=\"A dot\"", $"name=\"in_reply_to_id\" value=\"{_server["asked"]}\""])
            Assert.Contains(kept, page.Body, StringComparison.Ordinal);

        var first = old.GetProperty("media_attachments")[0].GetProperty("id").GetString()!;
        (string, string)[] typed =
        [
            ("status", "@bob yes"), ("spoiler_text", ""), ("visibility", "public"), ("language", "en"),
            ("media_ids[]", first), ("media_attributes[0][description]", "A sun"),
        ];
        var sent = await _alice.SubmitAsync(page, "/compose", typed, [("picture_1", picture)]);
        sent.Is(HttpStatusCode.SeeOther);
        Assert.Equal("/local", sent.Header("Location"));
        (await _alice.SubmitAsync(page, "/compose", typed)).Is(HttpStatusCode.SeeOther);

        var post = Assert.Single((await StatusesAsync()).EnumerateArray());
        Assert.NotEqual(old.GetProperty("id").GetString(), post.GetProperty("id").GetString());
        Assert.Equal(_server["asked"], post.GetProperty("in_reply_to_id").GetString());
        Assert.Equal(("public", "en", ""), (post.GetProperty("visibility").GetString(), post.GetProperty("language").GetString(),
            post.GetProperty("spoiler_text").GetString()));
        var media = post.GetProperty("media_attachments");
        Assert.Equal((2, first, "A sun"), (media.GetArrayLength(), media[0].GetProperty("id").GetString(),
            media[0].GetProperty("description").GetString()));
    }

    [Fact]
    public async Task What_is_wrong_with_a_post_that_is_written_again_leaves_the_old_one()
    {
        await _alice.SubmitAsync(
            await _alice.GetAsync("/compose"), "/compose", ("status", "Which?"), ("poll[options][]", "Tea"), ("poll[options][]", "Coffee"),
            ("poll[expires_in]", "21600"));
        var id = (await StatusesAsync())[0].GetProperty("id").GetString();
        var page = await _alice.GetAsync($"/posts/{id}/redraft");
        Assert.Contains("value=\"Coffee\"", page.Body, StringComparison.Ordinal);
        Assert.Contains("<option value=\"21600\" selected>", page.Body, StringComparison.Ordinal);

        var refused = await _alice.SubmitAsync(
            page, "/compose", ("status", new string('x', 501)), ("poll[options][]", "Tea"), ("poll[options][]", "Milk"),
            ("poll[expires_in]", "300"));

        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains($"name=\"redraft_of\" value=\"{id}\"", refused.Body, StringComparison.Ordinal);
        Assert.Equal(id, Assert.Single((await StatusesAsync()).EnumerateArray()).GetProperty("id").GetString());
        using var bob = await PageVisitor.SignInAsync(_server, "bob");
        (await bob.GetAsync($"/posts/{id}/redraft")).Is(HttpStatusCode.NotFound);
        var own = await bob.GetAsync("/compose");
        var forged = await bob.SubmitAsync(own, "/compose", ("status", "mine"), ("redraft_of", id!));
        forged.Is(HttpStatusCode.SeeOther);
        Assert.Equal(id, Assert.Single((await StatusesAsync()).EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_description_that_is_too_long_leaves_the_old_post()
    {
        await _alice.SubmitAsync(
            await _alice.GetAsync("/compose"), "/compose", [("status", "befor")],
            [("picture_1", Pictures.TwoHalves(8, 8, SKEncodedImageFormat.Png))]);
        var old = (await StatusesAsync())[0];
        var id = old.GetProperty("id").GetString()!;

        var refused = await _alice.SubmitAsync(
            await _alice.GetAsync($"/posts/{id}/redraft"), "/compose", ("status", "before"), ("redraft_of", id),
            ("media_ids[]", old.GetProperty("media_attachments")[0].GetProperty("id").GetString()!),
            ("media_attributes[0][description]", new string('x', 1_501)));

        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(id, Assert.Single((await StatusesAsync()).EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_post_is_edited_by_its_author_only()
    {
        await _alice.SubmitAsync(
            await _alice.GetAsync("/compose"), "/compose", [("status", "befor")],
            [("picture_1", Pictures.TwoHalves(8, 8, SKEncodedImageFormat.Png))]);
        var id = Browser.Between(await _alice.ReadAsync("/@alice"), "id=\"post-", "\"");
        var edit = $"/posts/{id}/edit";
        Assert.Contains(">befor</textarea>", await _alice.ReadAsync(edit), StringComparison.Ordinal);

        var saved = await _alice.DoAsync(
            edit, edit, ("status", "before"), ("media_attributes[0][description]", "A dot"));

        Assert.Contains("<p>before</p>", saved.Body, StringComparison.Ordinal);
        Assert.Contains("alt=\"A dot\"", saved.Body, StringComparison.Ordinal);
        using var bob = await PageVisitor.SignInAsync(_server, "bob");
        (await bob.GetAsync(edit)).Is(HttpStatusCode.NotFound);
        var own = await bob.GetAsync("/compose");
        var form = own with { Body = own.Body.Replace("action=\"/compose\"", $"action=\"{edit}\"", StringComparison.Ordinal) };
        var forged = await bob.SubmitAsync(form, edit, ("status", "forged"));
        forged.Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_an_edited_post_said_before_is_for_those_who_see_the_post()
    {
        await _alice.DoAsync("/compose", "/compose", ("status", "the first <words>"), ("visibility", "private"));
        var id = Browser.Between(await _alice.ReadAsync("/@alice"), "id=\"post-", "\"");
        Assert.DoesNotContain($"/posts/{id}/versions", await _alice.ReadAsync("/@alice"), StringComparison.Ordinal);
        var edit = $"/posts/{id}/edit";
        var saved = await _alice.DoAsync(edit, edit, ("status", "the second words"), ("spoiler_text", "now behind"));
        Assert.Contains($"href=\"/posts/{id}/versions\"", saved.Body, StringComparison.Ordinal);

        var page = await _alice.ReadAsync($"/posts/{id}/versions");

        Assert.Contains("the first &lt;words&gt;", page, StringComparison.Ordinal);
        Assert.True(page.IndexOf("the second words", StringComparison.Ordinal) < page.IndexOf("the first", StringComparison.Ordinal));
        Assert.Contains("now behind", page, StringComparison.Ordinal);
        using var bob = await PageVisitor.SignInAsync(_server, "bob");
        using var stranger = new PageVisitor(_server);
        (await bob.GetAsync($"/posts/{id}/versions")).Is(HttpStatusCode.NotFound);
        (await stranger.GetAsync($"/posts/{id}/versions")).Is(HttpStatusCode.NotFound);
        (await stranger.GetAsync("/posts/none/versions")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_reply_names_those_in_the_thread_and_stands_below()
    {
        await _server.WriteAsync("post", new { status = "@carol look" }, "bob");
        var thread = $"/@bob/{_server["post"]}";
        Assert.Contains(">@bob @carol </textarea>", await _alice.ReadAsync(thread), StringComparison.Ordinal);

        var answered = await _alice.DoAsync(thread, "/compose", ("status", "@bob seen"), ("visibility", "public"));

        Assert.Contains(" seen</p>", answered.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pinned_post_stands_first_on_the_profile()
    {
        await _server.WriteAsync("first", new { status = "first" });
        await _server.WriteAsync("second", new { status = "second" });

        var pinned = await _alice.DoAsync("/@alice", $"/posts/{_server["first"]}/pin");

        Assert.Contains(
            "first", Browser.Between(pinned.Body, "<article", "</article>"), StringComparison.Ordinal);
        Assert.Contains("pinned", Browser.Between(pinned.Body, "<article", "</article>"), StringComparison.Ordinal);
    }

    private async Task<System.Text.Json.JsonElement> StatusesAsync() =>
        (await _server.GetAsync($"/api/v1/accounts/{_server["alice.id"]}/statuses")).Json;
}
