using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Rpc;

namespace Roost.Services.Filters;

/// <summary>What the Filters service can be asked: what accounts do not want to read, and how they change
/// that.</summary>
/// <param name="Of">A look into memory: it is asked for every page that is read.</param>
public sealed record FiltersApi(
    Service<GetViewerFilters, ViewerFilters?> Of,
    Service<GetFiltersOfMany, ViewerFilters?[]> OfMany,
    Service<ListFilters, Filter[]> All,
    Service<MakeFilter, Filter> Make,
    Service<ChangeFilter, Filter?> Change,
    Service<EndFilter, bool> End,
    Service<AddKeyword, FilterKeyword?> AddKeyword,
    Service<ChangeKeyword, FilterKeyword?> ChangeKeyword,
    Service<EndKeyword, bool> EndKeyword,
    Service<AddFilteredPost, FilteredPost?> AddPost,
    Service<EndFilteredPost, FilteredPost?> EndPost,
    FollowFilters Feed);

/// <summary>Where a filter holds.</summary>
[Flags]
public enum FilterContexts
{
    None = 0,
    /// <summary>The home timeline and lists.</summary>
    Home = 1,
    Notifications = 2,
    /// <summary>The public timeline, hashtags, what is found.</summary>
    Public = 4,
    /// <summary>Around a post, and a post alone.</summary>
    Thread = 8,
    /// <summary>Profiles.</summary>
    Account = 16,
}

/// <summary>What becomes of a post that a filter matches.</summary>
public enum FilterAction
{
    /// <summary>It is shown after a click.</summary>
    Warn = 1,
    /// <summary>It is left out.</summary>
    Hide = 2,
    /// <summary>Its pictures are shown after a click.</summary>
    Blur = 3,
}

/// <param name="ExpiresAt">After that it does nothing; null for never.</param>
public sealed record Filter(
    long Id, AccountId Account, string Title, FilterContexts Contexts, FilterAction Action, DateTimeOffset? ExpiresAt,
    IReadOnlyList<FilterKeyword> Keywords, IReadOnlyList<FilteredPost> Posts);

/// <param name="WholeWord">As in <see cref="Phrase"/>.</param>
public sealed record FilterKeyword(long Id, string Text, bool WholeWord);

public sealed record FilteredPost(long Id, PostId Post);

/// <summary>All filters of an account that do something now, made ready; null for most, who have none.</summary>
public sealed record GetViewerFilters(AccountId Viewer);

/// <summary>The same of many at once. The reply has one for each, in order; null for nobody, too. It is empty when none
/// of them has any, as is usual.</summary>
/// <param name="Viewers">Read before the reply completes, not kept.</param>
public readonly record struct GetFiltersOfMany(ReadOnlyMemory<AccountId> Viewers);

/// <summary>All filters of an account, also those that have expired, oldest first.</summary>
public sealed record ListFilters(AccountId Account);

/// <param name="Title">1 to 256 characters.</param>
/// <param name="Contexts">At least one.</param>
/// <param name="For">After that it expires; null for never.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: says what is wrong, or that an account can have
/// no more.</exception>
public sealed record MakeFilter(
    AccountId Account, string Title, FilterContexts Contexts, FilterAction Action, TimeSpan? For,
    IReadOnlyList<KeywordEdit> Keywords);

/// <summary>Changes a filter; null leaves a thing as it is. The reply is null when the account has no such
/// filter.</summary>
/// <param name="Expiry">Null leaves it.</param>
public sealed record ChangeFilter(
    AccountId Account, long Id, string? Title, FilterContexts? Contexts, FilterAction? Action, ExpiryChange? Expiry,
    IReadOnlyList<KeywordEdit> Keywords);

/// <param name="For">From now on; null for never.</param>
public sealed record ExpiryChange(TimeSpan? For);

/// <param name="Id">0 for a new one.</param>
/// <param name="Text">Null leaves it.</param>
/// <param name="IsEnded">It is taken away.</param>
public sealed record KeywordEdit(long Id, string? Text, bool? WholeWord, bool IsEnded = false);

public sealed record EndFilter(AccountId Account, long Id);

/// <summary>The reply is null when the account has no such filter.</summary>
/// <param name="Text">1 to 512 characters.</param>
public sealed record AddKeyword(AccountId Account, long FilterId, string Text, bool WholeWord);

/// <summary>The reply is null when the account has no such keyword.</summary>
public sealed record ChangeKeyword(AccountId Account, long Id, string? Text, bool? WholeWord);

/// <param name="WithFilter">Whether its filter goes too when nothing else is in it.</param>
public sealed record EndKeyword(AccountId Account, long Id, bool WithFilter = false);

/// <summary>Filters a post, whatever it says. The reply is null when the account has no such filter.</summary>
public sealed record AddFilteredPost(AccountId Account, long FilterId, PostId Post);

/// <summary>The reply is what was there, or null.</summary>
public sealed record EndFilteredPost(AccountId Account, long Id);

/// <summary>Whose filters change, from now on, until cancelled: for streams. Nothing is kept of it.</summary>
public delegate IAsyncEnumerable<AccountId> FollowFilters(CancellationToken cancellation);

/// <summary>A filter that a post matches, and by what.</summary>
public sealed record FilterMatch(Filter Filter, IReadOnlyList<string> Keywords, IReadOnlyList<PostId> Posts);

/// <summary>
/// The filters of one account that do something, made ready to be held against posts: immutable and thread-safe. One
/// pass over a post's text finds all keywords of all filters.
/// </summary>
public sealed class ViewerFilters
{
    private readonly IReadOnlyList<Filter> _filters;
    private readonly PhraseMatcher _matcher;
    private readonly List<(int Filter, string Text)> _keywords = [];
    private readonly Dictionary<PostId, List<int>> _posts = [];

    /// <param name="filters">Those that have not expired.</param>
    public ViewerFilters(IReadOnlyList<Filter> filters)
    {
        _filters = filters;
        var phrases = new List<Phrase>();
        for (var i = 0; i < filters.Count; i++)
        {
            Contexts |= filters[i].Contexts;
            foreach (var keyword in filters[i].Keywords)
            {
                phrases.Add(new Phrase(keyword.Text, keyword.WholeWord));
                _keywords.Add((i, keyword.Text));
            }
            foreach (var post in filters[i].Posts)
            {
                if (!_posts.TryGetValue(post.Post, out var of))
                    _posts.Add(post.Post, of = []);
                of.Add(i);
            }
        }
        _matcher = new PhraseMatcher(phrases);
    }

    /// <summary>Where any of them holds.</summary>
    public FilterContexts Contexts { get; }

    /// <summary>Which filters a post matches in a place; null for none.</summary>
    /// <param name="id">The post, or its boost.</param>
    /// <param name="boosted">What is boosted, or none.</param>
    /// <param name="folded">Its text, by <see cref="Folding.Fold"/>.</param>
    public IReadOnlyList<FilterMatch>? Match(FilterContexts place, PostId id, PostId boosted, string folded)
    {
        var found = _matcher.Find(folded);
        var ofPost = _posts.Count == 0 ? null : _posts.GetValueOrDefault(id);
        var ofBoosted = _posts.Count == 0 || boosted.IsNone ? null : _posts.GetValueOrDefault(boosted);
        if (found is null && ofPost is null && ofBoosted is null)
            return null;
        List<FilterMatch>? matches = null;
        for (var i = 0; i < _filters.Count; i++)
        {
            if ((_filters[i].Contexts & place) == 0)
                continue;
            var filter = i;
            string[] keywords =
            [
                .. (found ?? []).Where(phrase => _keywords[phrase].Filter == filter)
                    .Select(phrase => _keywords[phrase].Text),
            ];
            List<PostId> posts = [];
            if (ofPost?.Contains(i) is true)
                posts.Add(id);
            if (ofBoosted?.Contains(i) is true)
                posts.Add(boosted);
            if (keywords.Length + posts.Count > 0)
                (matches ??= []).Add(new FilterMatch(_filters[i], keywords, posts));
        }
        return matches;
    }
}
