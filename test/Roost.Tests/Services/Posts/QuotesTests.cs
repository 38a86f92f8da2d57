using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Posts;

public sealed class QuotesTests
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);
    private static readonly AccountId _cat = new(3);

    [Fact]
    public async Task A_quote_is_there_counted_and_listed_after_a_restart()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var quoted = await network.PostAsync(1, "a thought");
        var first = await QuoteAsync(network, _ben, quoted.Id);
        var second = await QuoteAsync(network, _cat, quoted.Id);
        var boost = await network.Posts.Boost(new BoostPost(_cat, quoted.Id), TestNetwork.Call);
        var third = await QuoteAsync(network, _ben, boost!.Id);

        await network.RestartAsync();

        var entry = await EntryAsync(network, _cat, first.Id);
        Assert.Equal("a thought", entry.Quoted!.Post.Text);
        Assert.Equal(_ann, entry.Quoted.Author.Account.Id);
        Assert.Equal(QuoteState.Accepted, entry.Stats.Quoting!.Quote!.State);
        Assert.Equal(3, (await EntryAsync(network, _ann, quoted.Id)).Stats.Quoting!.Count);
        Assert.Equal([third.Id, second.Id], (await ListAsync(network, quoted.Id, limit: 2)).Select(item => item.Post.Id));
        var rest = await network.Quotes.List(
            new ListQuotes(_ann, quoted.Id, new RelationRange((await ListAsync(network, quoted.Id, 2))[1].Id)), TestNetwork.Call);
        Assert.Equal([first.Id], rest!.Items.Select(item => item.Post.Id));
        Assert.Null((await EntryAsync(network, _ann, (await network.PostAsync(1)).Id)).Stats.Quoting);
    }

    [Fact]
    public async Task Its_author_takes_a_post_out_of_what_quotes_it_for_good()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var quoted = await network.PostAsync(1);
        var quoting = await QuoteAsync(network, _ben, quoted.Id);

        Assert.Equal(Revocation.NotOwn, await RevokeAsync(network, _ben, quoted.Id, quoting.Id));
        Assert.Equal(Revocation.NotThere, await RevokeAsync(network, _ann, quoted.Id, quoted.Id));
        Assert.Equal(Revocation.NotThere, await RevokeAsync(network, _ann, quoting.Id, quoting.Id));
        Assert.Equal(Revocation.Revoked, await RevokeAsync(network, _ann, quoted.Id, quoting.Id));
        Assert.Equal(Revocation.Revoked, await RevokeAsync(network, _ann, quoted.Id, quoting.Id));
        await network.RestartAsync();

        var entry = await EntryAsync(network, _cat, quoting.Id);
        Assert.Equal(QuoteState.Revoked, entry.Stats.Quoting!.Quote!.State);
        Assert.Null(entry.Quoted);
        Assert.Null((await EntryAsync(network, _cat, quoted.Id)).Stats.Quoting);
        Assert.Empty(await ListAsync(network, quoted.Id));
    }

    [Fact]
    public async Task What_is_deleted_is_quoted_no_more_and_quotes_no_more()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var gone = await network.PostAsync(1);
        var quoted = await network.PostAsync(1);
        var left = await QuoteAsync(network, _ben, gone.Id);
        var deleted = await QuoteAsync(network, _ben, quoted.Id);

        await network.Posts.Delete(new DeletePost(_ann, gone.Id), TestNetwork.Call);
        await network.Posts.Delete(new DeletePost(_ben, deleted.Id), TestNetwork.Call);
        await LookAsync();
        await network.RestartAsync();
        await LookAsync();

        async Task LookAsync()
        {
            var entry = await EntryAsync(network, _cat, left.Id);
            Assert.Equal(QuoteState.Deleted, entry.Stats.Quoting!.Quote!.State);
            Assert.Null(entry.Quoted);
            Assert.Null((await EntryAsync(network, _cat, quoted.Id)).Stats.Quoting);
        }
    }

    [Fact]
    public async Task Who_may_quote_is_the_authors_choice_and_holds_from_then_on()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await network.FollowAsync(2, 1);
        var forFollowers = await CreateAsync(network, _ann, policy: QuotePolicy.Followers);
        var own = await CreateAsync(network, _ann, policy: QuotePolicy.Author);
        var secret = await network.PostAsync(1, visibility: Visibility.Followers);
        var letter = await network.PostAsync(1, visibility: Visibility.Direct, mentions: [2]);

        Assert.True(await MayAsync(network, _ben, forFollowers.Id));
        Assert.False(await MayAsync(network, _cat, forFollowers.Id));
        Assert.False(await MayAsync(network, default, forFollowers.Id));
        await QuoteAsync(network, _ben, forFollowers.Id);
        await RefusedAsync(network, _cat, forFollowers.Id);
        await RefusedAsync(network, _ben, own.Id);
        await RefusedAsync(network, _ben, secret.Id);
        await RefusedAsync(network, _ben, letter.Id);
        await RefusedAsync(network, _ann, letter.Id);
        await QuoteAsync(network, _ann, own.Id);

        Assert.False(await SetAsync(_ben, own.Id, QuotePolicy.Everybody));
        Assert.True(await SetAsync(_ann, own.Id, QuotePolicy.Everybody));
        Assert.True(await SetAsync(_ann, secret.Id, QuotePolicy.Everybody));
        Assert.True(await SetAsync(_ann, forFollowers.Id, QuotePolicy.Author));
        await network.RestartAsync();

        await QuoteAsync(network, _cat, own.Id);
        await RefusedAsync(network, _ben, secret.Id);
        await RefusedAsync(network, _ben, forFollowers.Id);
        Assert.Equal(1, (await EntryAsync(network, _ben, forFollowers.Id)).Stats.Quoting!.Count);
        await network.Relations.Block(new Block(_ann, _cat), TestNetwork.Call);
        await RefusedAsync(network, _cat, own.Id);

        ValueTask<bool> SetAsync(AccountId author, PostId id, QuotePolicy policy) =>
            network.Quotes.SetPolicy(new SetQuotePolicy(author, id, policy), TestNetwork.Call);
    }

    [Fact]
    public async Task What_quotes_a_post_for_followers_is_for_followers_and_shows_it_to_these_alone()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await network.FollowAsync(2, 1);
        var secret = await network.PostAsync(1, "tangerine", visibility: Visibility.Followers);
        var quoting = await network.Posts.Create(
            new CreatePost(_ann, "look @u3", Mentions: [_cat]) { Quoted = secret.Id }, TestNetwork.Call);

        Assert.Equal(Visibility.Followers, quoting.Visibility);
        Assert.Equal("tangerine", (await EntryAsync(network, _ben, quoting.Id)).Quoted!.Post.Text);
        var named = await EntryAsync(network, _cat, quoting.Id);
        Assert.Equal(QuoteState.Unauthorized, named.Stats.Quoting!.Quote!.State);
        Assert.Null(named.Quoted);
    }

    [Fact]
    public async Task Whoever_is_quoted_sees_where()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var quoted = await network.PostAsync(1);
        var quoting = await network.Posts.Create(
            new CreatePost(_ben, "for mine", Visibility: Visibility.Followers) { Quoted = quoted.Id }, TestNetwork.Call);

        Assert.Equal("for mine", (await EntryAsync(network, _ann, quoting.Id)).Post.Text);
        Assert.Null((await network.Timelines.Hydrate(
            new HydratePosts(_cat, [Ref(quoting.Id)], ByName: true), TestNetwork.Call))[0]);
        var refused = await Assert.ThrowsAsync<ServiceException>(async () => await network.Posts.Create(
            new CreatePost(_ben, "psst", Visibility: Visibility.Direct, Mentions: [_cat]) { Quoted = quoted.Id },
            TestNetwork.Call));
        Assert.Equal(ErrorCode.Invalid, refused.Code);
    }

    [Fact]
    public async Task Blocks_and_mutes_show_in_what_is_quoted()
    {
        await using var network = await TestNetwork.StartAsync(5);
        await network.FollowAsync(5, 2);
        var quoted = await network.PostAsync(1, "hello");
        await QuoteAsync(network, _ben, quoted.Id);

        await StateAsync(QuoteState.Accepted, isShown: true);
        await network.Relations.Mute(new Mute(new AccountId(5), _ann), TestNetwork.Call);
        await StateAsync(QuoteState.MutedAccount, isShown: true);
        await network.Relations.Block(new Block(new AccountId(5), _ann), TestNetwork.Call);
        await StateAsync(QuoteState.BlockedAccount, isShown: true);
        await network.Relations.Block(new Block(_ann, new AccountId(5)), TestNetwork.Call);
        await StateAsync(QuoteState.Unauthorized, isShown: false);

        async Task StateAsync(QuoteState state, bool isShown)
        {
            var entry = Assert.Single((await network.HomeAsync(5)).Entries);
            Assert.Equal(state, entry.Stats.Quoting!.Quote!.State);
            Assert.Equal(isShown, entry.Quoted is not null);
        }
    }

    [Fact]
    public async Task What_a_quoted_post_quotes_is_told_by_its_id()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var innermost = await network.PostAsync(1);
        var inner = await QuoteAsync(network, _ben, innermost.Id);
        var outer = await QuoteAsync(network, _cat, inner.Id);

        var entry = await EntryAsync(network, _ann, outer.Id);

        Assert.Equal(inner.Id, entry.Quoted!.Post.Id);
        Assert.Null(entry.Quoted.Quoted);
        Assert.Equal(innermost.Id, entry.Quoted.Stats.Quoting!.Quote!.Quoted.Id);
        await network.Posts.Delete(new DeletePost(_ann, innermost.Id), TestNetwork.Call);
        entry = await EntryAsync(network, _ann, outer.Id);
        Assert.Equal(QuoteState.Deleted, entry.Quoted!.Stats.Quoting!.Quote!.State);
    }

    [Fact]
    public async Task An_edit_leaves_the_quote_and_an_empty_text_is_enough_beside_it()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var quoted = await network.PostAsync(1);
        var quoting = await network.Posts.Create(new CreatePost(_ben, "") { Quoted = quoted.Id }, TestNetwork.Call);

        await network.Posts.Edit(new EditPost(_ben, quoting.Id, "more", "", false, null, []), TestNetwork.Call);
        await network.Posts.Edit(new EditPost(_ben, quoting.Id, "", "", false, null, []), TestNetwork.Call);
        await network.RestartAsync();

        Assert.Equal(quoted.Id, (await EntryAsync(network, _ann, quoting.Id)).Quoted!.Post.Id);
        var inBatch = await network.Posts.CreateMany(
            new CreatePosts([BatchItem.Of(new CreatePost(_ben, "x") { Quoted = quoted.Id })]), TestNetwork.Call);
        Assert.Equal(ErrorCode.Invalid, inBatch[0].Refusal!.Code);
    }

    [Fact]
    public async Task The_quoted_author_is_told_and_whoever_quotes_of_edits()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var quoted = await network.PostAsync(1);
        var quoting = await QuoteAsync(network, _ben, quoted.Id);
        var own = await QuoteAsync(network, _ann, quoted.Id);
        var taken = await QuoteAsync(network, _cat, quoted.Id);
        await RevokeAsync(network, _ann, quoted.Id, taken.Id);

        await network.Posts.Edit(new EditPost(_ann, quoted.Id, "other", "", false, null, []), TestNetwork.Call);
        await network.Posts.Edit(new EditPost(_ann, quoted.Id, "others", "", false, null, []), TestNetwork.Call);

        Assert.Equal([(NoticeKind.Quote, _ben, quoting.Ref.Seq)], await NoticesAsync(_ann));
        Assert.Equal([(NoticeKind.QuotedEdit, _ann, quoting.Ref.Seq)], await NoticesAsync(_ben));
        Assert.Empty(await NoticesAsync(_cat));
        Assert.NotEqual(own.Id, quoting.Id);

        async Task<(NoticeKind, AccountId, uint)[]> NoticesAsync(AccountId account)
        {
            await network.Notifications.Caught(new AwaitNotices(), TestNetwork.Call);
            var page = await network.Notifications.List(
                new ListNotices(account, new NoticeRange(), NoticeChoice.Usual), TestNetwork.Call);
            return [.. page.Items.Select(notice => (notice.Kind, notice.Sender, notice.PostSeq))];
        }
    }

    private static PostRef Ref(PostId id) => new(id, 0, default, default, default);

    private static Task<Post> QuoteAsync(TestNetwork network, AccountId author, PostId quoted) =>
        CreateAsync(network, author, quoted);

    private static async Task<Post> CreateAsync(
        TestNetwork network, AccountId author, PostId quoted = default, QuotePolicy policy = QuotePolicy.Everybody) =>
        await network.Posts.Create(
            new CreatePost(author, "see this") { Quoted = quoted, QuotePolicy = policy }, TestNetwork.Call);

    private static async Task RefusedAsync(TestNetwork network, AccountId author, PostId quoted)
    {
        var refusal = await Assert.ThrowsAsync<ServiceException>(() => QuoteAsync(network, author, quoted));
        Assert.Equal(ErrorCode.NotFound, refusal.Code);
        if (await network.Posts.Get(GetPosts.One(author, quoted), TestNetwork.Call) is [{ }])
            Assert.False(await MayAsync(network, author, quoted));
    }

    /// <summary>What the post's page says, unless a block keeps it from the viewer.</summary>
    private static async Task<bool> MayAsync(TestNetwork network, AccountId viewer, PostId id)
    {
        var entries = await network.Timelines.Hydrate(new HydratePosts(viewer, [Ref(id)], ByName: true), TestNetwork.Call);
        return entries[0] is { } entry
            && (entry.Stats.Quoting ?? new QuoteFacts(QuotePolicy.Everybody)).AllowsQuoteBy(viewer, entry.Post.Author);
    }

    private static async Task<TimelineEntry> EntryAsync(TestNetwork network, AccountId viewer, PostId id)
    {
        var entries = await network.Timelines.Hydrate(new HydratePosts(viewer, [Ref(id)], ByName: true), TestNetwork.Call);
        return entries[0]!;
    }

    private static ValueTask<Revocation> RevokeAsync(
        TestNetwork network, AccountId author, PostId quoted, PostId quoting) =>
        network.Quotes.Revoke(new RevokeQuote(author, quoted, quoting), TestNetwork.Call);

    private static async Task<IReadOnlyList<(long Id, PostRef Post)>> ListAsync(
        TestNetwork network, PostId quoted, int limit = 40)
    {
        var page = await network.Quotes.List(
            new ListQuotes(_ann, quoted, new RelationRange(Limit: limit)), TestNetwork.Call);
        return page!.Items;
    }
}
