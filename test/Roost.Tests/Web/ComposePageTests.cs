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
        var voted = await bob.DoAsync("/@alice", $"/posts/{id}/vote", ("choices[]", "1"));

        Assert.Contains("Coffee ✓", WebUtility.HtmlDecode(voted.Body), StringComparison.Ordinal);
        Assert.Contains("1 person voted", voted.Body, StringComparison.Ordinal);
        Assert.DoesNotContain($"/posts/{id}/vote", voted.Body, StringComparison.Ordinal);
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
