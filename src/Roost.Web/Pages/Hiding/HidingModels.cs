using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Web.Pages.Hiding;

/// <summary>Whom the viewer mutes, what was muted last first.</summary>
/// <param name="Name">The name of somebody to mute.</param>
/// <param name="Terms">How that shall be muted.</param>
public sealed record MutesModel(
    PageFrame Frame, IReadOnlyList<MutedLine> Lines, string? OlderUrl, Typed Name, GivenMute Terms);

/// <param name="Terms">How it is muted; null when that has just ended.</param>
public sealed record MutedLine(AccountView View, MuteTerms? Terms);

/// <summary>How somebody is to be muted.</summary>
/// <param name="Seconds">For how long, as text; 0 for ever; empty for as long as it is now.</param>
/// <param name="Notifications">Whether their notifications, too.</param>
/// <param name="Until">When it ends now; null when it does not, or is none.</param>
public sealed record GivenMute(string Seconds, bool Notifications, DateTimeOffset? Until = null)
{
    /// <summary>As clients mute.</summary>
    public static GivenMute Usual { get; } = new("0", true);
}

/// <summary>Somebody who is about to be muted, or muted otherwise.</summary>
/// <param name="ReturnTo">Where to go when it is done, or not.</param>
/// <param name="Problem">What was wrong with the terms, in words, or null.</param>
public sealed record MuteModel(
    PageFrame Frame, Account Target, bool IsMuted, GivenMute Terms, string ReturnTo, string? Problem = null);

/// <summary>Somebody who is about to be blocked.</summary>
/// <param name="Tie">Between the viewer and them.</param>
public sealed record BlockModel(PageFrame Frame, Account Target, Relationship Tie, string ReturnTo);

/// <summary>Whom the viewer blocks, and which servers; what was blocked last comes first.</summary>
/// <param name="Name">The name of somebody to block.</param>
/// <param name="Domain">Of a server to block.</param>
public sealed record BlocksModel(
    PageFrame Frame, IReadOnlyList<AccountView> People, string? OlderPeopleUrl, IReadOnlyList<string> Domains,
    string? OlderDomainsUrl, Typed Name, Typed Domain);

/// <summary>The viewer's filters, oldest first.</summary>
/// <param name="Done">What was just done, in words, or null.</param>
public sealed record FiltersModel(PageFrame Frame, IReadOnlyList<Filter> Filters, string? Done);

/// <summary>A filter that is made or changed.</summary>
public sealed record EditFilterModel(PageFrame Frame, FilterDraft Draft, IReadOnlyList<FilteredPostLine> Posts);

/// <summary>A post that is about to be put into a filter.</summary>
/// <param name="Filters">The viewer's, oldest first.</param>
/// <param name="Chosen">Id of the one that was chosen; 0 for a new one.</param>
/// <param name="Title">What a new one is to be called.</param>
public sealed record FilterPostModel(
    PageFrame Frame, TimelineEntry Entry, IReadOnlyList<Filter> Filters, long Chosen, Typed Title, string ReturnTo);

/// <summary>A post that a filter names.</summary>
/// <param name="Id">Of its place in the filter.</param>
/// <param name="Entry">Null when it is gone, or not for the viewer.</param>
public sealed record FilteredPostLine(long Id, TimelineEntry? Entry);
