using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Push;

/// <summary>
/// What the posts of a chunk said before they were edited or deleted: by that, not by what they say now, is found who
/// was told of them. Posts is asked once for all of a chunk, and only where the answer matters to an open stream. One
/// thread.
/// </summary>
internal sealed class PastPosts(PushPeers peers)
{
    private readonly List<uint> _asked = [];
    private readonly Dictionary<int, IReadOnlyList<Post>> _versions = [];

    /// <param name="about">What the events are about.</param>
    /// <param name="asksWords">Whether any stream has only what says or shows something.</param>
    public async ValueTask ReadAsync(
        ReadOnlyMemory<PostEvent> events, PostEvent[] about, bool asksWords, CancellationToken ct)
    {
        _asked.Clear();
        _versions.Clear();
        for (var i = 0; i < about.Length; i++)
        {
            if (IsAsked(events.Span[i], about[i], asksWords))
                _asked.Add(about[i].Ref.Seq);
        }
        if (_asked.Count == 0)
            return;
        var read = await peers.Posts.Versions(new ReadVersions(_asked), Call.Until(ct));
        var next = 0;
        for (var i = 0; i < about.Length; i++)
        {
            var one = events.Span[i];
            if (!IsAsked(one, about[i], asksWords))
                continue;
            var versions = read[next++];
            _versions[i] = Matcher.KindOf(one) == PushedKind.Delete
                ? versions
                : [.. versions.Where(version => version.Edit < one.Ref.Seq)];
        }
    }

    /// <summary>All that the post said before the event at that place of the chunk, oldest first; null for one that is
    /// new, and where it does not matter.</summary>
    public IReadOnlyList<Post>? Before(int place) => _versions.GetValueOrDefault(place);

    /// <summary>Whom a version is addressed to: whoever wrote it, is named in it or quoted by it.</summary>
    public static IEnumerable<AccountId> Addressed(Post version)
    {
        var all = version.Mentions.Append(version.Author);
        return version.Quoted.Author.IsNone ? all : all.Append(version.Quoted.Author);
    }

    private static bool IsAsked(in PostEvent one, in PostEvent about, bool asksWords) =>
        about.Kind == PostEventKind.Post && Matcher.KindOf(one) switch
        {
            PushedKind.Delete => true,
            PushedKind.Edit => asksWords && Matcher.IsFoundByWords(about),
            _ => false,
        };
}
