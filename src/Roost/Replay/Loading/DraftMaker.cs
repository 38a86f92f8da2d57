using Roost.Engine.Ids;
using Roost.Services.Posts;

namespace Roost.Replay.Loading;

/// <summary>
/// Makes the drafts of a network's posts, in order, with ids and keys that are the same on every run. Memory: 8 bytes
/// a post beside the <see cref="PostScript"/>. Not thread-safe.
/// </summary>
internal sealed class DraftMaker
{
    private readonly Network _network;
    private readonly AccountId[] _accounts;
    private readonly PostScript _script;
    private readonly IdClock _clock;
    private readonly List<PostId> _ids;
    private readonly List<ScriptedPost> _played = new(2);
    private int _activity;

    /// <param name="accounts">The id of each account of the network.</param>
    public DraftMaker(Network network, AccountId[] accounts)
    {
        _network = network;
        _accounts = accounts;
        _script = new PostScript(network);
        _clock = new IdClock(network.Activities.Length == 0 ? 0 : network.Activities[0].AtUnixMilliseconds);
        _ids = new List<PostId>(network.Activities.Length);
    }

    /// <summary>How many activities have been made into drafts.</summary>
    public int Activities => _activity;

    /// <summary>The next batch: at least <paramref name="atLeast"/> drafts and at most one more, fewer only at the
    /// end; empty after it.</summary>
    public List<PostDraft> Next(int atLeast)
    {
        var drafts = new List<PostDraft>(atLeast + 1);
        while (drafts.Count < atLeast && _activity < _network.Activities.Length)
        {
            _played.Clear();
            _script.Play(_activity++, _played);
            foreach (var post in _played) drafts.Add(Make(post));
        }
        return drafts;
    }

    private PostDraft Make(ScriptedPost post)
    {
        var at = _network.Activities[post.Activity].AtUnixMilliseconds;
        var id = _clock.Next(at);
        _ids.Add(id);
        var text = post.IsStandIn
            ? _network.StandInTextOf(post.Author, post.Activity)
            : _network.TextOf(post.Activity);
        return new PostDraft(
            id,
            DateTimeOffset.FromUnixTimeMilliseconds(at),
            _accounts[post.Author],
            post.PostKind,
            text,
            post.Target < 0 ? default : _ids[post.Target],
            post.Kind == ActivityKind.Reply ? _accounts[post.Addressed] : default,
            post.Kind is ActivityKind.Reply or ActivityKind.Mention ? [_accounts[post.Addressed]] : [],
            KeyOf(post));
    }

    /// <summary>Tells the post from all others of this and of every other source; never 0.</summary>
    private ulong KeyOf(ScriptedPost post)
    {
        var key = StableHash.Combine(_network.Fingerprint,
            ((ulong)(uint)post.Activity << 1) | (post.IsStandIn ? 1u : 0u));
        return key == 0 ? 1 : key;
    }
}
