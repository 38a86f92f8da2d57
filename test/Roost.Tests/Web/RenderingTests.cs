using System.Text;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web;
using Roost.Web.Rendering;
using Xunit;

namespace Roost.Tests.Web;

public sealed class RenderingTests
{
    private static readonly WebOptions _options = new() { PublicUrl = new Uri("https://roost.example") };

    private static TimelineEntry Entry(int i, string text = "hello", uint edit = 0) => new(
        new Post(
            new PostRef(PostId.Create(1_795_003_200_000 + i, 0, 0), (uint)i + 1, PostKind.Post, new AccountId(1),
                default),
            FakeNetwork.Start, text, "", false, Visibility.Public, "en", default, default, [], null, null)
        {
            Edit = edit,
        },
        new AccountView(
            new Account(new AccountId(1), "alice", "Alice \"A\"", "", false, false, FakeNetwork.Start) { Stamp = 1 },
            new FollowCounts(3, 4), new AuthorCounts(5, DateOnly.FromDateTime(FakeNetwork.Start.UtcDateTime))),
        new PostStats(1, 2, 3, true, false), [], null);

    [Fact]
    public void A_page_shown_before_is_written_without_allocating()
    {
        var renderer = new StatusRenderer(_options, new AccountRenderer(_options, 1 << 20), 1 << 20);
        var page = Enumerable.Range(0, 20).Select(i => Entry(i)).ToList();
        using var buffer = new Utf8Buffer(1 << 20);
        renderer.WritePage(buffer, page, new AccountId(1));
        var first = buffer.ToArray();

        var allocated = Allocations.Least(() => renderer.WritePage(buffer, page, new AccountId(1)));

        Assert.Equal(0, allocated);
        Assert.Equal(first, buffer.ToArray()[^first.Length..]);
        Assert.Equal(20, JsonDocument.Parse(first).RootElement.GetArrayLength());
    }

    [Fact]
    public void An_outlined_page_gives_the_same_bytes_without_allocating_and_names_what_is_missing()
    {
        var renderer = new StatusRenderer(_options, new AccountRenderer(_options, 1 << 20), 1 << 20);
        var boost = Entry(3) with { Boosted = Entry(4) };
        boost = boost with { Post = boost.Post with { Ref = boost.Post.Ref with { Kind = PostKind.Boost } } };
        List<TimelineEntry> entries = [Entry(0), boost, Entry(5)];
        var page = OutlinedPage.Of(new TimelinePage(entries, false));
        using var whole = new Utf8Buffer();
        using var outlined = new Utf8Buffer();

        List<PostRef>? missing = null;
        renderer.WritePage(outlined, page, new AccountId(1), ref missing);
        renderer.WritePage(whole, entries, new AccountId(1));
        List<PostRef>? stillMissing = null;
        var allocated = Allocations.Least(() =>
        {
            outlined.Truncate(0);
            renderer.WritePage(outlined, page, new AccountId(1), ref stillMissing);
        });

        Assert.Equal(entries.Select(entry => entry.Post.Ref), missing);
        Assert.Null(stillMissing);
        Assert.Equal(whole.ToArray(), outlined.ToArray());
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void An_account_changed_or_with_other_counters_is_shown_as_it_is_now()
    {
        var renderer = new AccountRenderer(_options, 1 << 20);
        var view = Entry(1).Author;
        string Show(AccountView shown)
        {
            using var buffer = new Utf8Buffer();
            renderer.Write(buffer, shown);
            return Encoding.UTF8.GetString(buffer.Written);
        }

        Show(view);
        var renamed = Show(view with { Account = view.Account with { DisplayName = "Alicia", Stamp = 2 } });
        var followed = Show(view with { Follows = new FollowCounts(4, 4) });
        var unstamped = Show(view with { Account = view.Account with { DisplayName = "Al", Stamp = 0 } });

        Assert.Contains("\"display_name\":\"Alicia\"", renamed, StringComparison.Ordinal);
        Assert.Contains("\"followers_count\":4", followed, StringComparison.Ordinal);
        Assert.Contains("\"display_name\":\"Al\"", unstamped, StringComparison.Ordinal);
    }

    [Fact]
    public void A_post_decoded_anew_is_the_same_and_an_edited_one_is_not()
    {
        var renderer = new StatusRenderer(_options, new AccountRenderer(_options, 1 << 20), 1 << 20);
        string Show(TimelineEntry entry)
        {
            using var buffer = new Utf8Buffer();
            renderer.Write(buffer, entry, default);
            return Encoding.UTF8.GetString(buffer.ToArray());
        }

        var first = Show(Entry(1));
        var again = Show(Entry(1));
        var edited = Show(Entry(1, "changed", edit: 9));

        Assert.Equal(first, again);
        Assert.Contains("<p>changed</p>", edited, StringComparison.Ordinal);
        Assert.Contains("\"display_name\":\"Alice \\\"A\\\"\"", first, StringComparison.Ordinal);
    }

    [Fact]
    public void A_buffer_grows_and_keeps_what_it_holds()
    {
        using var buffer = new Utf8Buffer(16);
        var expected = new StringBuilder();
        for (var i = -500; i < 500; i++)
        {
            buffer.WriteNumber(i * 1_000_003L);
            buffer.Write(","u8);
            expected.Append(i * 1_000_003L).Append(',');
        }

        Assert.Equal(expected.ToString(), Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
