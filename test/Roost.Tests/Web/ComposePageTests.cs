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
}
