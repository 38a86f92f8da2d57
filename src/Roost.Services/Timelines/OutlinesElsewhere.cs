using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>Outlines of a Timelines service elsewhere. An account is a hundred times as long as its stamp, and most of
/// a page's were on a page before: those are kept here, and only others are asked for.</summary>
/// <remarks>Thread-safe. Memory: some kilobyte an account, of those lately shown.</remarks>
/// <param name="users">For accounts that are not kept. One that has changed since the outline was made is shown as it
/// is by then.</param>
public sealed class OutlinesElsewhere(OutlinesApi outlines, Service<GetAccounts, Account?[]> users)
{
    private const int KnownMax = 65_536;

    private readonly BoundedCache<int, Account> _known = new(KnownMax);

    /// <summary>What a service answers for processes elsewhere.</summary>
    public static OutlinesApi Of(TimelinesApi timelines)
    {
        ArgumentNullException.ThrowIfNull(timelines);
        return new OutlinesApi(
            async (request, call) => Stamped(await timelines.HomeOutline(request, call)),
            async (request, call) => await timelines.Outline(request, call) is { } page ? Stamped(page) : null);
    }

    /// <summary>For <see cref="TimelinesApi.HomeOutline"/>.</summary>
    public async ValueTask<OutlinedPage> HomeAsync(HomeTimeline request, Call call) =>
        await WholeAsync(await outlines.Home(request, call), call);

    /// <summary>For <see cref="TimelinesApi.Outline"/>.</summary>
    public async ValueTask<OutlinedPage?> OutlineAsync(HydratePosts request, Call call) =>
        await outlines.Of(request, call) is { } page ? await WholeAsync(page, call) : null;

    private static StampedPage Stamped(OutlinedPage page) => new(
        page.Posts, Array.ConvertAll(page.Authors, author => new AuthorStamp(author.Id, author.Stamp)), page.Follows,
        page.HasOlder)
    {
        Filtered = page.Filtered,
    };

    private async ValueTask<OutlinedPage> WholeAsync(StampedPage page, Call call)
    {
        var authors = new Account?[page.Authors.Length];
        List<AccountId>? missing = null;
        for (var row = 0; row < authors.Length; row++)
        {
            var (id, stamp) = page.Authors[row];
            if (_known.TryGet(id.Value, out var known) && known.Stamp == stamp) authors[row] = known;
            else if (!(missing ??= []).Contains(id)) missing.Add(id);
        }
        if (missing is not null) await FetchAsync(page, authors, missing, call);
        return new OutlinedPage(page.Posts, authors!, page.Follows, page.HasOlder) { Filtered = page.Filtered };
    }

    private async ValueTask FetchAsync(StampedPage page, Account?[] authors, List<AccountId> missing, Call call)
    {
        var fetched = await users(new GetAccounts(missing), call);
        for (var i = 0; i < fetched.Length; i++)
        {
            // Accounts that wrote something are there for ever, as what they became.
            var account = fetched[i] ?? throw new ServiceException(
                ErrorCode.Unavailable, "The page has just changed; ask for it again.",
                $"Account {missing[i].Value} was on a page and is not there.");
            _known.Set(account.Id.Value, account);
            for (var row = 0; row < authors.Length; row++)
            {
                if (authors[row] is null && page.Authors[row].Account == account.Id) authors[row] = account;
            }
        }
    }
}
