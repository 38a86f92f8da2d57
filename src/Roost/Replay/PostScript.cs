using System.Globalization;
using Roost.Services.Posts;

namespace Roost.Replay;

/// <summary>One post or boost to be made.</summary>
/// <param name="Number">0, 1, 2, … in the order in which they are made, stand-ins included.</param>
/// <param name="Activity">Index of the activity that it comes from, or that a stand-in is needed by.</param>
/// <param name="IsStandIn">Whether it stands for a post that the source does not have.</param>
/// <param name="Author">Index of the account.</param>
/// <param name="Target">For boosts and replies the <see cref="Number"/> of what is boosted or answered, else
/// -1.</param>
/// <param name="Addressed">Index of the account boosted, answered or mentioned, else -1.</param>
public readonly record struct ScriptedPost(
    int Number, int Activity, bool IsStandIn, ActivityKind Kind, int Author, int Target, int Addressed)
{
    public PostKind PostKind => Kind == ActivityKind.Boost ? PostKind.Boost : PostKind.Post;

    /// <summary>What it says, unless it is a boost.</summary>
    internal string TextIn(Network network) =>
        IsStandIn ? network.StandInTextOf(Author, Activity) : network.TextOf(Activity);

    /// <summary>The idempotency key under which it is sent: the same whenever it is.</summary>
    /// <param name="seed">Of the network, so that two networks' posts are not taken for each other.</param>
    internal string KeyFor(ulong seed) => string.Create(
        CultureInfo.InvariantCulture, $"replay-{seed:x16}-{Activity}{(IsStandIn ? "s" : "")}");
}

/// <summary>
/// Turns the activities of a <see cref="Network"/>, in order, into the posts and boosts to be made. What an activity
/// boosts or answers is the newest own post (never a boost) of its target up to then.
/// </summary>
/// <remarks>
/// A post that stands for the target's is made just before when the source cannot have it right: the target has
/// posted nothing yet, or the actor has boosted that very post before, which nobody can do twice, so another one must
/// have been meant. From then on the stand-in is the target's newest own post. Memory: 4 bytes an account and about
/// 24 a boost. Not thread-safe.
/// </remarks>
public sealed class PostScript
{
    private readonly Network _network;
    private readonly int[] _newestOwn;
    private readonly HashSet<(int Actor, int Post)> _boosted = [];
    private int _posts;

    public PostScript(Network network)
    {
        _network = network;
        _newestOwn = new int[network.Usernames.Length];
        Array.Fill(_newestOwn, -1);
    }

    /// <summary>All that the network's activities make, in order.</summary>
    internal static List<ScriptedPost> Whole(Network network)
    {
        var script = new PostScript(network);
        var posts = new List<ScriptedPost>(network.Activities.Length);
        for (var i = 0; i < network.Activities.Length; i++) script.Play(i, posts);
        return posts;
    }

    /// <summary>Appends what <paramref name="activity"/> makes, one or two posts. Must be called for 0, 1, 2, … in
    /// turn.</summary>
    public void Play(int activity, List<ScriptedPost> into)
    {
        var it = _network.Activities[activity];
        var target = -1;
        if (it.Kind is ActivityKind.Boost or ActivityKind.Reply)
        {
            target = _newestOwn[it.Target];
            if (target < 0 || (it.Kind == ActivityKind.Boost && _boosted.Contains((it.Actor, target))))
            {
                target = _newestOwn[it.Target] = _posts;
                into.Add(new ScriptedPost(_posts++, activity, true, ActivityKind.Post, it.Target, -1, -1));
            }
            if (it.Kind == ActivityKind.Boost) _boosted.Add((it.Actor, target));
        }
        if (it.Kind != ActivityKind.Boost) _newestOwn[it.Actor] = _posts;
        into.Add(new ScriptedPost(_posts++, activity, false, it.Kind, it.Actor, target, it.Target));
    }
}
