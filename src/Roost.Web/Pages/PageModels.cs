using Roost.Services.Filters;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Web.Pages;

/// <summary>Where a page hears of what is new.</summary>
/// <param name="Path">The stream.</param>
/// <param name="After">The place that the page was made at, as streams name it.</param>
/// <param name="Page">The page itself, to be read again.</param>
/// <param name="Context">Which of the viewer's filters hold on it.</param>
/// <param name="Unread">How many notifications its title says are not read.</param>
public sealed record LiveModel(string Path, string After, string Page, FilterContexts Context, int Unread)
{
    /// <summary>Whether it is notifications that the page tells of, rather than posts.</summary>
    public bool IsOfNotices { get; init; }
}

/// <summary>A page that says one thing.</summary>
/// <param name="SignInUrl">Where one signs in to go on with what was refused; null when that would not help.</param>
public sealed record MessageModel(PageFrame Frame, string Text, string? SignInUrl = null);

/// <summary>The front page for strangers, with what they had typed when a form was refused.</summary>
/// <param name="SignUpProblems">What is wrong with the fields of the form to sign up, in words, by their names; null
/// when nothing is.</param>
public sealed record WelcomeModel(
    PageFrame Frame, string ReturnTo, string Login = "", string Username = "", string Email = "",
    IReadOnlyDictionary<string, string>? SignUpProblems = null, string Reason = "");

/// <param name="Followed">The name that was typed when following was refused, else empty.</param>
/// <param name="IsFirstPage">Whether these are the newest posts.</param>
/// <param name="OlderUrl">The next page, or null at the end.</param>
public sealed record HomeModel(
    PageFrame Frame, IReadOnlyList<TimelineEntry> Entries, bool IsFirstPage, string? OlderUrl, string Followed = "")
{
    /// <summary>Null on older pages.</summary>
    public LiveModel? Live { get; init; }
}

/// <summary>Everybody's public posts; as in <see cref="HomeModel"/>.</summary>
public sealed record LocalModel(
    PageFrame Frame, IReadOnlyList<TimelineEntry> Entries, bool IsFirstPage, string? OlderUrl)
{
    /// <inheritdoc cref="HomeModel.Live"/>
    public LiveModel? Live { get; init; }
}

/// <summary>Who follows <paramref name="Username"/>, or whom it follows.</summary>
public sealed record FollowsModel(
    PageFrame Frame, string Username, IReadOnlyList<AccountView> Accounts, string? OlderUrl);

/// <summary>What a post said.</summary>
/// <param name="Versions">The oldest first, the last as it is now.</param>
/// <param name="Named">The accounts that any of them names.</param>
public sealed record VersionsModel(
    PageFrame Frame, TimelineEntry Entry, IReadOnlyList<Services.Posts.Post> Versions, IReadOnlyList<Account> Named);

/// <summary>A post that its author is about to delete.</summary>
/// <param name="ReturnTo">Where to go when it is done, or not.</param>
public sealed record DeleteModel(PageFrame Frame, TimelineEntry Entry, string ReturnTo);

/// <param name="Relationship">Of the viewer with this account.</param>
/// <param name="Pinned">Shown first, on the first page.</param>
/// <param name="Show">Which of its posts: empty for those that are no replies, <c>replies</c> or <c>media</c>.</param>
public sealed record ProfileModel(
    PageFrame Frame, AccountView Account, Services.Graph.Relationship Relationship,
    IReadOnlyList<TimelineEntry> Pinned, IReadOnlyList<TimelineEntry> Entries, string Show, string? OlderUrl)
{
    /// <summary>The accounts that it names where it tells about itself.</summary>
    public IReadOnlyList<Account> Named { get; init; } = [];

    /// <inheritdoc cref="HomeModel.Live"/>
    public LiveModel? Live { get; init; }
}

public sealed record ThreadModel(
    PageFrame Frame, IReadOnlyList<TimelineEntry> Ancestors, TimelineEntry Entry,
    IReadOnlyList<TimelineEntry> Descendants)
{
    public LiveModel? Live { get; init; }

    /// <summary>The answer that is begun with.</summary>
    public Draft Draft { get; init; } = Draft.Empty;
}

/// <summary>What one can take along and bring along.</summary>
/// <param name="Report">Of a file that was brought along just now, or null.</param>
public sealed record DataModel(PageFrame Frame, Settings.ImportReport? Report);

public sealed record AboutModel(PageFrame Frame, long Accounts);

/// <param name="Scopes">What the app asks for, in words.</param>
/// <param name="Parameters">The authorization request, to be sent again with the decision.</param>
public sealed record AuthorizeModel(
    PageFrame Frame, string AppName, string? Website, IReadOnlyList<string> Scopes,
    IReadOnlyList<(string Name, string Value)> Parameters);

/// <summary>The code of an app that cannot be redirected to, for the person to carry over.</summary>
public sealed record CodeModel(PageFrame Frame, string AppName, string Code);

/// <summary>What is said in one of several forms of a page, after it was sent.</summary>
/// <param name="Form">Its id on the page.</param>
/// <param name="IsProblem">Whether it was refused.</param>
public sealed record FormWord(string Form, string Text, bool IsProblem = false);

/// <summary>What a person can change about their account.</summary>
/// <param name="Said">What became of the form that was just sent, or null.</param>
/// <param name="Sessions">What may act for the account now.</param>
public sealed record SettingsModel(
    PageFrame Frame, Account Account, IReadOnlyList<SignedIn> Sessions, FormWord? Said = null)
{
    /// <summary>Null where there is none.</summary>
    public string? Email { get; init; }
}

/// <summary>Somebody whom the moderators keep out.</summary>
/// <param name="IsSuspended">Else disabled.</param>
/// <param name="Warning">What they were told of it; null for nothing.</param>
public sealed record StandingModel(
    PageFrame Frame, Account Account, bool IsSuspended, Services.Community.AccountWarning? Warning);

/// <summary>Whoever is about to delete their own account.</summary>
public sealed record LeaveModel(PageFrame Frame, Account Account);

/// <summary>A post in a list.</summary>
/// <param name="IsFocus">Whether the page is about this one.</param>
/// <param name="IsPlain">Whether it is shown without its buttons.</param>
public sealed record CardModel(
    PageFrame Frame, TimelineEntry Entry, bool IsFocus = false, bool IsPlain = false)
{
    /// <summary>Whether it stands first because its author wants that.</summary>
    public bool IsPinned { get; init; }
}

/// <param name="IsAlone">Whether the page is there for it.</param>
public sealed record ComposeModel(PageFrame Frame, Draft Draft, bool IsAlone = false);

/// <summary>A report that is being written.</summary>
/// <param name="Posts">Those that it is about already.</param>
/// <param name="Others">The newest others, which may be added.</param>
/// <param name="Category">As the client API names it; empty for none chosen.</param>
public sealed record ReportModel(
    PageFrame Frame, Account Target, IReadOnlyList<TimelineEntry> Posts, IReadOnlyList<TimelineEntry> Others,
    string Category, string Comment, string ReturnTo);

/// <summary>A report that was sent, and what one can do by oneself.</summary>
public sealed record ReportedModel(PageFrame Frame, Account Target, bool IsMuted, bool IsBlocked);
