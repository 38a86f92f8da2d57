using Roost.Engine.Ids;
using Roost.Services.Timelines;

namespace Roost.Replay.Verifying;

/// <summary>Reads a page of a home timeline, from whatever serves it.</summary>
/// <param name="account">Index of the account in the network.</param>
public delegate ValueTask<HomePage> HomeReader(int account, PageRange range, CancellationToken ct);

/// <param name="HasOlder">Whether the server offers an older page.</param>
public sealed record HomePage(IReadOnlyList<SeenPost> Posts, bool HasOlder);

/// <summary>What a reader sees of a post that the source can confirm.</summary>
/// <param name="At">Null when the server gave it a time of its own, which the source cannot know.</param>
/// <param name="TargetAuthor">Username of the author of what is boosted or answered, or empty.</param>
/// <param name="TargetText">Text of what is boosted, else empty.</param>
public sealed record SeenPost(
    PostId Id, string Author, ActivityKind Kind, DateTimeOffset? At, string Text, string TargetAuthor,
    string TargetText)
{
    /// <summary>Whether both say the same; ids are the server's own, and mentions are posts to a reader.</summary>
    public bool Matches(SeenPost expected) =>
        Author == expected.Author && Kind == expected.Kind && Text == expected.Text
        && TargetAuthor == expected.TargetAuthor && TargetText == expected.TargetText
        && (At is null || expected.At is null || At == expected.At);

    public override string ToString()
    {
        var what = Kind switch
        {
            ActivityKind.Boost => $"boosts {TargetAuthor}'s \"{TargetText}\"",
            ActivityKind.Reply => $"answers {TargetAuthor}: \"{Text}\"",
            _ => $"posts \"{Text}\"",
        };
        return $"{Author} {what}{(At is { } at ? $" at {at:u}" : "")}{(Id.IsNone ? "" : $" (id {Id})")}";
    }
}
