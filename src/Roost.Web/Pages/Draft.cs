using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Web.Rendering;

namespace Roost.Web.Pages;

/// <summary>What stands in the form for a post: nothing yet, what was refused, or what is to be edited.</summary>
public sealed record Draft
{
    public static Draft Empty { get; } = new();

    public string Text { get; init; } = "";

    public string Spoiler { get; init; } = "";

    /// <summary>As the client API names it; null for what the account's posts have.</summary>
    public string? Visibility { get; init; }

    /// <summary>A code, empty for none; null for what the account's posts have.</summary>
    public string? Language { get; init; }

    /// <summary>Id of the post that it answers, or empty.</summary>
    public string InReplyTo { get; init; } = "";

    /// <summary>Id of the post that it changes, or empty.</summary>
    public string EditOf { get; init; } = "";

    /// <summary>Id of the post that goes when this one comes, or empty.</summary>
    public string RedraftOf { get; init; } = "";

    /// <summary>The pictures of the post that is edited, or that is written again.</summary>
    public IReadOnlyList<MediaItem> Pictures { get; init; } = [];

    /// <summary>What was told of pictures that are to be chosen again, by their places in the form.</summary>
    public IReadOnlyList<string> Untaken { get; init; } = [];

    /// <summary>The options of its poll.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    public bool IsMultiple { get; init; }

    /// <summary>How long the poll lasts, in seconds.</summary>
    public int Lasts { get; init; } = 86_400;

    /// <summary>Where to go when it is done; null for where the form was.</summary>
    public string? ReturnTo { get; init; }

    /// <summary>The post, to be written again.</summary>
    public static Draft Again(Post post, string returnTo) => Of(post, returnTo) with
    {
        EditOf = "",
        RedraftOf = post.Id.ToString(),
        Visibility = StatusRenderer.NameOf(post.Visibility),
        InReplyTo = post.InReplyTo.IsNone ? "" : post.InReplyTo.ToString(),
        Options = post.Poll?.Options ?? [],
        IsMultiple = post.Poll?.IsMultiple ?? false,
        Lasts = post.Poll is { } poll ? (int)Math.Round((poll.EndsAt - post.At).TotalSeconds) : Empty.Lasts,
    };

    public static Draft Of(Post post, string returnTo) => new()
    {
        Text = post.Text,
        Spoiler = post.SpoilerText,
        Language = post.Language ?? "",
        EditOf = post.Id.ToString(),
        Pictures = post.Media,
        ReturnTo = returnTo,
    };
}
