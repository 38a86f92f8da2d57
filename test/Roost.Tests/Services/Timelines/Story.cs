using Roost.Engine.Ids;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Timelines;

/// <summary>What happens to a network and to its naive model alike, step by step, at random.</summary>
internal sealed partial class Story(TestNetwork network, FakeTime time, Random random)
{
    public const int Accounts = 12;
    private const int BurstPosts = 120;

    private static readonly string?[] _languages = [null, "en", "de"];
    private static readonly string[] _tags = ["cats", "Dogs", "owls"];
    private readonly NaiveNetwork _model = new(time);

    public async Task StepAsync(string when)
    {
        time.Advance(TimeSpan.FromMilliseconds(random.Next(500)));
        var account = 1 + random.Next(Accounts);
        var other = 1 + random.Next(Accounts - 1);
        if (other >= account)
            other++;
        switch (random.Next(100))
        {
            case < 22: await PostAsync(account); break;
            case < 30: await ReplyAsync(account); break;
            case < 36: await BoostAsync(account); break;
            case < 38: await UnboostAsync(account); break;
            case < 40: await DeleteAsync(); break;
            case < 43: await EditAsync(); break;
            case < 53: await FollowAsync(account, other); break;
            case < 56: await UnfollowAsync(account, other); break;
            case < 58: await BlockAsync(account, other); break;
            case < 61: await UnblockAsync(); break;
            case < 64: await MuteAsync(account, other); break;
            case < 66: await UnmuteAsync(account, other); break;
            case < 70: await ChangeListAsync(account); break;
            case < 72: await ChangeMemberAsync(account, other); break;
            case 72 when random.Next(3) == 0: await BurstAsync(account); break;
            case 73 when random.Next(8) == 0: await network.RestartAsync(); break;
            // All that are away lose their inboxes, as soon as the sweep gets to it.
            case 74 when random.Next(8) == 0: time.Advance(TimeSpan.FromDays(31)); break;
            case 75 or 76: await FollowTagAsync(account); break;
            default: await CompareOneAsync(account, other, when); break;
        }
    }

    private async Task PostAsync(int author)
    {
        var visibility = random.Next(8) == 0 ? Visibility.Followers : Visibility.Public;
        _model.Add(await network.PostAsync(
            author, Text(), visibility: visibility, mentions: Mentions(), language: Language()), 0);
    }

    private async Task BurstAsync(int author)
    {
        var posts = await Task.WhenAll(Enumerable.Range(0, BurstPosts).Select(_ => network.PostAsync(author)));
        foreach (var post in posts)
            _model.Add(post, 0);
    }

    private async Task ReplyAsync(int author)
    {
        if (Any(item => IsSeen(author, item) && !_model.Blocks(_model.Original(item).Author, author)) is not { } target)
            return;
        _model.Add(
            await network.PostAsync(author, Text(), inReplyTo: target.Id, language: Language()),
            _model.Original(target).Author);
    }

    private async Task BoostAsync(int account)
    {
        if (Any(item => item.Boosted.IsNone && (item.Visibility == Visibility.Public
            || (item.Visibility == Visibility.Followers && item.Author == account))) is not { } target)
        {
            return;
        }
        var boost = await network.Posts.Boost(new BoostPost(new AccountId(account), target.Id), TestNetwork.Call);
        Assert.Equal(_model.Blocks(target.Author, account), boost is null);
        if (boost is not null)
            _model.Add(boost, 0);
    }

    private async Task UnboostAsync(int account)
    {
        if (Any(item => item.Boosted.IsNone && item.Visibility < Visibility.Direct) is not { } target)
            return;
        await network.Posts.Unboost(new UnboostPost(new AccountId(account), target.Id), TestNetwork.Call);
        _model.RemoveBoost(account, target.Id);
    }

    private async Task DeleteAsync()
    {
        if (Any(_ => true) is not { } item)
            return;
        Assert.NotNull(
            await network.Posts.Delete(new DeletePost(new AccountId(item.Author), item.Id), TestNetwork.Call));
        _model.Remove(item.Id);
    }

    private async Task EditAsync()
    {
        if (Any(item => item.Boosted.IsNone) is not { } item)
            return;
        var (mentions, language, text) = (Mentions(), Language(), Text());
        await network.Posts.Edit(
            new EditPost(
                new AccountId(item.Author), item.Id, text, "", false, language,
                [.. mentions.Select(id => new AccountId(id))]), TestNetwork.Call);
        _model.Edit(item.Id, mentions, language, text);
    }

    /// <summary>Some with a hashtag.</summary>
    private string Text() => random.Next(4) == 0 ? $"hello #{Tag()}" : "hello";

    private string Tag() => _tags[random.Next(_tags.Length)];

    private int[] Mentions() => random.Next(5) == 0 ? [1 + random.Next(Accounts)] : [];

    private string? Language() => _languages[random.Next(_languages.Length)];

    private NaiveNetwork.Item? Any(Func<NaiveNetwork.Item, bool> which)
    {
        var fitting = _model.Live.Where(which).ToList();
        return fitting.Count == 0 ? null : fitting[random.Next(fitting.Count)];
    }

    private bool IsSeen(int account, NaiveNetwork.Item item) =>
        item.Visibility != Visibility.Followers || item.Author == account || _model.Follows(account, item.Author);

    private async Task CompareOneAsync(int account, int other, string when)
    {
        switch (random.Next(8))
        {
            case 0: await ComparePublicAsync(account, when); break;
            case 1: await CompareAccountAsync(account, other, when); break;
            case < 4: await CompareListsAsync(account, when); break;
            default: await CompareHomeAsync(account, when); break;
        }
    }

    public async Task CompareAllAsync(int account, string when)
    {
        await CompareHomeAsync(account, when);
        await CompareListsAsync(account, when);
        await ComparePublicAsync(account, when);
        for (var other = 1; other <= Accounts; other++)
            await CompareAccountAsync(account, other, when);
        var counts = await network.Posts.Counts(new CountPosts([new AccountId(account)]), TestNetwork.Call);
        Assert.Equal(_model.Live.Count(item => item.Author == account), counts[0].Posts);
    }

    private Task CompareHomeAsync(int account, string when) => CompareAsync(
        _model.Home(account), range => network.HomeAsync(account, range), $"{when}: home of {account}");

    private async Task CompareListsAsync(int account, string when)
    {
        foreach (var list in _model.Lists.Where(list => list.Owner == account))
        {
            await CompareAsync(
                _model.List(list), async range => (await network.Timelines.List(
                    new ListTimeline(new AccountId(account), list.Id, range), TestNetwork.Call))!,
                $"{when}: list {list.Id} of {account}");
        }
    }

    private Task ComparePublicAsync(int account, string when) => CompareAsync(
        _model.Public(account), async range => await network.Timelines.Public(
            new PublicTimeline(new AccountId(account), range), TestNetwork.Call), $"{when}: public for {account}");

    private Task CompareAccountAsync(int account, int other, string when) => CompareAsync(
        _model.Account(account, other), async range => await network.Timelines.Account(
            new AccountTimeline(new AccountId(account), new AccountId(other), range, false, false), TestNetwork.Call),
        $"{when}: posts of {other} for {account}");

    private async Task CompareAsync(List<PostId> expected, Func<PageRange, Task<TimelinePage>> read, string what)
    {
        var limit = 1 + random.Next(40);
        Same(expected, await Paged.DownAsync(read, limit), $"{what}, down by {limit}");
        Same(expected, await Paged.UpAsync(read, limit), $"{what}, up by {limit}");
        if (expected.Count < 2)
            return;
        var (newer, older) = (random.Next(expected.Count), random.Next(expected.Count));
        var range = new PageRange(
            Before: expected[Math.Min(newer, older)], After: expected[Math.Max(newer, older)], Limit: 10);
        var between = expected.Where(id => id < range.Before && id > range.After).Take(10);
        var page = await read(range);
        Same([.. between], [.. page.Entries.Select(entry => entry.Post.Id)], $"{what}, {range}");
    }

    private static void Same(List<PostId> expected, List<PostId> actual, string what) => Assert.True(
        expected.SequenceEqual(actual),
        $"{what}: {expected.Count} expected, {actual.Count} read; missing "
        + $"{string.Join(' ', expected.Except(actual).Take(5))}, surplus {string.Join(' ', actual.Except(expected).Take(5))}");
}
