using Roost.Services.Users;

namespace Roost.Web.Pages;

/// <summary>What every page shows around its own content. Public, as Razor makes components public.</summary>
/// <param name="Viewer">Who is signed in, or null.</param>
/// <param name="FormToken">To be sent back by every form.</param>
/// <param name="Here">Path and query of the page, to come back to after a form.</param>
/// <param name="Problem">What was wrong with the form just sent, in words, or null.</param>
public sealed record PageFrame(
    string Title, WebOptions Options, Account? Viewer, string FormToken, string Here, DateTimeOffset Now,
    string? Problem = null)
{
    /// <summary>How many notifications the viewer has not read, 100 at most.</summary>
    public int Unread { get; init; }

    /// <summary>Where other sites find how to show the page's post; null where they may not.</summary>
    public string? OEmbedUrl { get; init; }
}
