using Roost.Services.Users;

namespace Roost.Web.Pages;

/// <summary>What every page shows around its own content. Public, as Razor makes components public.</summary>
/// <param name="Viewer">Who is signed in, or null.</param>
/// <param name="IssueToken">Makes the token that forms send back, and with it, for strangers, the cookie that it
/// belongs to: a page without forms sets none.</param>
/// <param name="Here">Path and query of the page, to come back to after a form.</param>
/// <param name="Problem">What was wrong with the form just sent, in words, or null.</param>
public sealed record PageFrame(
    string Title, WebOptions Options, Account? Viewer, Func<string> IssueToken, string Here, DateTimeOffset Now,
    string? Problem = null)
{
    /// <summary>To be sent back by every form.</summary>
    public string FormToken => field ??= IssueToken();

    /// <summary>What is known, now, of the page that a post links to.</summary>
    public Func<Services.Posts.Post, Services.Cards.Card?> CardOf { get; init; } = _ => null;

    /// <summary>How many notifications the viewer has not read, 100 at most.</summary>
    public int Unread { get; init; }

    /// <summary>Whether somebody was signed in who may not use the account now.</summary>
    public bool IsKeptOut { get; init; }

    /// <summary>Where other sites find how to show the page's post; null where they may not.</summary>
    public string? OEmbedUrl { get; init; }

    /// <summary>What other sites show of a link to the page; null for nothing.</summary>
    public Preview? Preview { get; init; }

    /// <summary>The path without the query.</summary>
    public string Path => Here.Split('?', 2)[0];
}

/// <summary>A page in few words, as Open Graph tags.</summary>
/// <param name="Description">Plain text.</param>
/// <param name="Image">An absolute URL, or null.</param>
/// <param name="Path">Where the page is for everybody.</param>
/// <param name="IsListed">Whether search engines may show it.</param>
public sealed record Preview(
    string Type, string Title, string Description, string Path, string? Image = null, bool IsListed = true)
{
    private const int DescriptionMax = 200;

    /// <summary>The description, cut where it is too long.</summary>
    public string Short
    {
        get
        {
            if (Description.Length <= DescriptionMax) return Description;
            var half = char.IsHighSurrogate(Description[DescriptionMax - 1]) ? 1 : 0;
            return string.Concat(Description.AsSpan(0, DescriptionMax - half), "…");
        }
    }
}
