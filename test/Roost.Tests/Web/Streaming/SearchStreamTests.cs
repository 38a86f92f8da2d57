using System.Net;
using Roost.Engine.Ids;
using Roost.Services.Posts;
using Roost.Services.Users;
using Xunit;

namespace Roost.Tests.Web.Streaming;

/// <summary>Saved searches as streams: what is posted comes when it matches, as a search would have found it.</summary>
public sealed class SearchStreamTests
{
    [Fact]
    public async Task A_search_is_told_of_what_matches_its_edit_and_its_deletion()
    {
        await using var server = await StreamServer.StartAsync(3);
        using var either = await server.OpenAsync("search?q=" + Uri.EscapeDataString("(owl OR from:u3) -\"barn owl\""), 1);
        using var phrase = await server.OpenAsync("search?q=" + Uri.EscapeDataString("\"barn owl\""), 2);

        await server.PostAsync(2, "A cat.");
        var barn = await server.PostAsync(2, "A barn owl!");
        await server.PostAsync(3, "My owl, for followers", visibility: Visibility.Followers);
        var owl = await server.PostAsync(2, "Ein ÖWL, an owl");
        var named = await server.PostAsync(3, "Anything");
        // Each is heard before it changes: who is told later is told of it as it is then.
        Assert.Equal(("update", owl.Id.ToString()), await NextAsync(either));
        Assert.Equal(("update", named.Id.ToString()), await NextAsync(either));
        await server.Node.Posts.Edit(
            new EditPost(new AccountId(2), owl.Id, "The owl flew", "", false, null, []), StreamServer.Call);
        await server.Node.Posts.Delete(new DeletePost(new AccountId(3), named.Id), StreamServer.Call);
        Assert.Equal(("update", barn.Id.ToString()), await NextAsync(phrase));
        await server.Node.Posts.Delete(new DeletePost(new AccountId(2), barn.Id), StreamServer.Call);

        Assert.Equal(("status.update", owl.Id.ToString()), await NextAsync(either));
        Assert.Equal(("delete", named.Id.ToString()), await NextAsync(either));
        Assert.Equal(("delete", barn.Id.ToString()), await NextAsync(phrase));
    }

    [Fact]
    public async Task A_search_that_broke_off_goes_on_where_it_was()
    {
        await using var server = await StreamServer.StartAsync(2);
        string lastId;
        using (var stream = await server.OpenAsync("search?q=%23owls", 1))
        {
            await server.PostAsync(2, "One of #owls");
            lastId = (await stream.NextAsync())!.Id!;
        }
        await server.PostAsync(2, "Of cats");
        var missed = await server.PostAsync(2, "Two #Owls");

        using var again = await server.OpenAsync("search?q=%23owls", 1, lastId);
        var live = await server.PostAsync(2, "#OWLS again");

        Assert.Equal(("update", missed.Id.ToString()), await NextAsync(again));
        Assert.Equal(("update", live.Id.ToString()), await NextAsync(again));
    }

    [Fact]
    public async Task Who_does_not_want_to_be_found_is_found_by_nobody_but_the_named()
    {
        await using var server = await StreamServer.StartAsync(3);
        await server.Node.Users.Change(
            new ChangeAccount(new AccountId(2), Profile: new ProfileChange { Indexable = false }), StreamServer.Call);
        using var stranger = await server.OpenAsync("search?q=owl", 1);
        using var named = await server.OpenAsync("search?q=owl", 3);

        var hidden = await server.PostAsync(2, "An owl for @u3", mentions: [3]);
        var open = await server.PostAsync(3, "My owl");

        Assert.Equal(("update", open.Id.ToString()), await NextAsync(stranger));
        Assert.Equal(("update", hidden.Id.ToString()), await NextAsync(named));
    }

    [Theory]
    [InlineData("search", "q is missing: what posts shall have, as in a search")]
    [InlineData("search?q=%20", "q is missing: what posts shall have, as in a search")]
    public async Task A_search_without_a_query_is_refused(string path, string error)
    {
        await using var server = await StreamServer.StartAsync(1);

        var response = await server.SendAsync(path, server.TokenOf(1));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(error, await response.Content.ReadAsStringAsync(StreamServer.Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_query_is_told_where_it_is_wrong()
    {
        await using var server = await StreamServer.StartAsync(1);

        var response = await server.SendAsync("search?q=" + Uri.EscapeDataString("(owl"), server.TokenOf(1));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Contains(
            "At character 1: this parenthesis is not closed.",
            await response.Content.ReadAsStringAsync(StreamServer.Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_has_searches_beside_other_streams()
    {
        await using var server = await StreamServer.StartAsync(1);
        using var socket = await server.ConnectAsync(header: server.TokenOf(1));
        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "search", q = "owl" });
        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "search", q = "owl OR" });

        var refusal = (await StreamServer.HearAsync(socket))!.Value;
        var post = await server.PostAsync(1, "An owl");
        var told = (await StreamServer.HearAsync(socket))!.Value;

        Assert.Equal(422, refusal.GetProperty("status").GetInt32());
        Assert.Equal(
            ["search", "owl"], told.GetProperty("stream").EnumerateArray().Select(one => one.GetString()));
        Assert.Contains(post.Id.ToString(), told.GetProperty("payload").GetString(), StringComparison.Ordinal);
    }

    private static async Task<(string Name, string? Id)> NextAsync(EventReader stream)
    {
        var next = (await stream.NextAsync())!;
        return (next.Name, next.PostId);
    }
}
