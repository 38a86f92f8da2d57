namespace Roost.Replay;

/// <summary>The beginning of a network, for playing a part of it.</summary>
public static class NetworkSlice
{
    /// <summary>
    /// The first <paramref name="activities"/> activities, the accounts that take part in them (acting or addressed),
    /// and the follows between these; accounts keep their order and names, activities their texts.
    /// </summary>
    public static Network First(Network network, int activities)
    {
        var kept = network.Activities[..Math.Min(activities, network.Activities.Length)];
        var inPlay = new bool[network.Usernames.Length];
        foreach (var it in kept)
        {
            inPlay[it.Actor] = true;
            if (it.Target >= 0) inPlay[it.Target] = true;
        }
        var indexes = new int[inPlay.Length];
        var usernames = new List<string>();
        for (var i = 0; i < inPlay.Length; i++)
        {
            indexes[i] = inPlay[i] ? usernames.Count : -1;
            if (inPlay[i]) usernames.Add(network.Usernames[i]);
        }
        var follows = network.Follows
            .Where(f => inPlay[f.Follower] && inPlay[f.Followee])
            .Select(f => new FollowEdge(indexes[f.Follower], indexes[f.Followee]));
        var moved = Array.ConvertAll(
            kept, it => it with { Actor = indexes[it.Actor], Target = it.Target < 0 ? -1 : indexes[it.Target] });
        return new Network(network.Source, [.. usernames], [.. follows], moved, network.StartsAt, network.TextSeed);
    }
}
