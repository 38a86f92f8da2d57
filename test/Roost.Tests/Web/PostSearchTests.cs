using System.Net;
using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;
using Roost.Services.Search;
using Xunit;

namespace Roost.Tests.Web;

public sealed class PostSearchTests
{
    private static readonly SearchKey _further = new(1, 1);

    [Fact]
    public async Task A_page_is_filled_up_with_what_comes_next_where_something_may_not_be_seen()
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        var (older, newer) = (host.Network.AddPost(alice, "#tag one"), host.Network.AddPost(alice, "#tag two"));
        var gone = newer.Ref with { Id = new PostId(7) };
        host.Network.Finds = range => range.Below is null
            ? new FoundPosts([newer.Ref, gone], _further, false, null)
            : new FoundPosts([older.Ref], null, false, null);

        var page = await host.GetAsync("/api/v1/timelines/tag/tag?limit=2");

        Assert.Equal(
            [newer.Id.ToString(), older.Id.ToString()],
            page.Json.EnumerateArray().Select(post => post.GetProperty("id").GetString()));
        Assert.Null(page.Header("Roost-Partial"));
    }

    [Theory]
    [InlineData("/api/v1/timelines/tag/tag")]
    [InlineData("/api/v2/search?q=words&type=statuses")]
    public async Task What_ran_out_of_time_says_so_in_a_header_and_is_not_asked_again(string address)
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        var post = host.Network.AddPost(alice, "#tag words");
        var asked = 0;
        host.Network.Finds = _ =>
        {
            asked++;
            return new FoundPosts([post.Ref], _further, true, null);
        };

        var page = await host.GetAsync(address, host.Network.AddToken(alice, "read"));

        Assert.Equal("true", page.Header("Roost-Partial"));
        Assert.Contains("Roost-Partial", page.Header("Access-Control-Expose-Headers"), StringComparison.Ordinal);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_query_that_cannot_be_read_is_answered_with_its_place_when_posts_alone_are_wanted()
    {
        await using var host = await WebHost.StartAsync();
        var token = host.Network.AddToken(host.Network.AddAccount("alice").Id, "read");
        host.Network.Finds = _ => FoundPosts.Wrong(new QueryError(0, 1, "this quote is not closed."));

        var alone = await host.GetAsync("/api/v2/search?q=%22a&type=statuses", token);
        var all = await host.GetAsync("/api/v2/search?q=%22a", token);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, alone.Status);
        Assert.Contains("At character 1: this quote", alone.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, all.Status);
    }
}
