using Roost.Services.Graph;
using Roost.Services.Search;
using Roost.Services.Timelines;

namespace Roost.Web.Pages.Finding;

/// <summary>What was found.</summary>
/// <param name="Query">What was typed, or empty.</param>
/// <param name="Type">Empty for everything, or <c>posts</c>, <c>people</c> or <c>hashtags</c>.</param>
/// <param name="Trending">Shown where nothing was typed.</param>
/// <param name="IsPartial">Whether not every post could be looked at in time.</param>
public sealed record SearchModel(
    PageFrame Frame, string Query, string Type, IReadOnlyList<AccountView> People, IReadOnlyList<TagUses> Tags,
    IReadOnlyList<TimelineEntry> Posts, IReadOnlyList<TagUses> Trending, string? OlderUrl, bool IsPartial);

/// <summary>Public posts with a hashtag.</summary>
/// <param name="Name">Without <c>#</c>.</param>
/// <param name="Accounts">How many used it in the last seven days.</param>
/// <param name="IsFollowed">By the viewer.</param>
public sealed record TagModel(
    PageFrame Frame, string Name, int Accounts, bool IsFollowed, IReadOnlyList<TimelineEntry> Entries,
    string? OlderUrl)
{
    /// <inheritdoc cref="HomeModel.Live"/>
    public LiveModel? Live { get; init; }
}

/// <summary>The hashtags that the viewer follows, newest first, and those that rise now.</summary>
public sealed record TagsModel(PageFrame Frame, IReadOnlyList<string> Followed, IReadOnlyList<TagUses> Trending);

/// <summary>What the viewer bookmarked or favourited.</summary>
/// <param name="Icon">Of the kind.</param>
/// <param name="Hint">What to do to have something here.</param>
public sealed record MarkedModel(
    PageFrame Frame, string Icon, string Hint, IReadOnlyList<TimelineEntry> Entries, string? OlderUrl);

/// <summary>The viewer's lists, oldest first.</summary>
/// <param name="Title">Of a new one that was refused, or empty.</param>
public sealed record ListsModel(PageFrame Frame, IReadOnlyList<AccountList> Lists, string Title = "");

/// <summary>The timeline of a list.</summary>
public sealed record ListModel(
    PageFrame Frame, AccountList List, IReadOnlyList<TimelineEntry> Entries, bool IsFirstPage, string? OlderUrl)
{
    /// <inheritdoc cref="HomeModel.Live"/>
    public LiveModel? Live { get; init; }
}

/// <summary>A list, to be changed.</summary>
/// <param name="Typed">The name of who was not put on it, or empty.</param>
public sealed record EditListModel(
    PageFrame Frame, AccountList List, IReadOnlyList<AccountView> Members, string Typed = "");
