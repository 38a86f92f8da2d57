using Roost.Replay;

namespace Roost.Tests.Replay;

/// <summary>Small networks for tests.</summary>
internal static class Networks
{
    /// <summary>2012-07-04T07:00:00Z, in milliseconds.</summary>
    public const long Announcement = 1_341_385_200_000;

    /// <summary>
    /// Accounts a, b, c, … with follows and activities in a shorthand.
    /// </summary>
    /// <param name="follows">Pairs of letters, as "ab ac".</param>
    /// <param name="activities">Actor, kind (P B M R) and target, as "aP bBa cRa"; a second apart each.</param>
    public static Network Parse(int accounts, string follows, string activities)
    {
        var usernames = Enumerable.Range(0, accounts).Select(i => ((char)('a' + i)).ToString()).ToArray();
        var edges = Words(follows).Select(w => new FollowEdge(w[0] - 'a', w[1] - 'a')).OrderBy(f => f.Order).ToArray();
        var events = Words(activities).Select((w, i) => new Activity(
            w[0] - 'a', w.Length > 2 ? w[2] - 'a' : -1, Announcement + (i * 1_000), KindOf(w[1]))).ToArray();
        return new Network("test", usernames, edges, events, DateTimeOffset.FromUnixTimeMilliseconds(Announcement));
    }

    /// <summary>A network of random follows and activities, where all kinds and self-references occur.</summary>
    public static Network Random(int seed, int accounts, int follows, int activities)
    {
        var random = new Random(seed);
        var edges = Enumerable.Range(0, follows)
            .Select(_ => new FollowEdge(random.Next(accounts), random.Next(accounts)))
            .Where(f => f.Follower != f.Followee).DistinctBy(f => f.Order).OrderBy(f => f.Order).ToArray();
        var at = Announcement;
        var events = new Activity[activities];
        for (var i = 0; i < activities; i++)
        {
            var kind = (ActivityKind)random.Next(1, 5);
            at += random.Next(3) * 500;
            events[i] = new Activity(random.Next(accounts), kind == ActivityKind.Post ? -1
                : random.Next(accounts), at, kind);
        }
        var usernames = Enumerable.Range(0, accounts).Select(i => $"u{i}").ToArray();
        return new Network($"seed {seed}", usernames, edges, events,
            DateTimeOffset.FromUnixTimeMilliseconds(Announcement));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static ActivityKind KindOf(char letter) => letter switch
    {
        'P' => ActivityKind.Post,
        'B' => ActivityKind.Boost,
        'M' => ActivityKind.Mention,
        'R' => ActivityKind.Reply,
        _ => throw new ArgumentException($"{letter} is no kind"),
    };
}
