using System.Globalization;
using Roost.Services.Storage;
using Roost.World;

namespace Roost.Replay;

/// <summary>
/// A whole social network as input: accounts, who follows whom, and what happened in order. Where it comes from
/// (recorded files, an edge list, made up) is known to the reader that built it and to nobody else.
/// </summary>
/// <remarks>
/// Invariants, checked by the constructor: every index is within <see cref="Usernames"/>; follows are ascending,
/// without doubles and without self-follows; activities never run back in time. Immutable by agreement: whoever is
/// handed the arrays must not write to them. Memory: 8 bytes a follow, 24 an activity, about 45 an account; texts are
/// made when asked for.
/// </remarks>
public sealed class Network
{
    /// <param name="source">What it is, for messages: a directory, a file, a seed.</param>
    /// <param name="usernames">Valid usernames, all different.</param>
    /// <param name="startsAt">When the accounts came to be; not after the first activity.</param>
    /// <param name="textSeed">Texts are made of syllables drawn with this seed; null for short numbered texts.</param>
    /// <exception cref="ArgumentException">An invariant does not hold.</exception>
    public Network(
        string source, string[] usernames, FollowEdge[] follows, Activity[] activities, DateTimeOffset startsAt,
        ulong? textSeed = null)
    {
        CheckFollows(usernames.Length, follows);
        CheckActivities(usernames.Length, activities);
        Source = source;
        Usernames = usernames;
        Follows = follows;
        Activities = activities;
        StartsAt = startsAt;
        TextSeed = textSeed;
        Fingerprint = ComputeFingerprint(usernames, activities, textSeed);
    }

    public string Source { get; }
    public string[] Usernames { get; }
    public FollowEdge[] Follows { get; }
    public Activity[] Activities { get; }
    public DateTimeOffset StartsAt { get; }

    /// <summary>Seed of the texts, or null where they are numbered.</summary>
    public ulong? TextSeed { get; }

    /// <summary>
    /// A number that stays the same as long as accounts and activities do, however the files are packed: it ties an
    /// imported post to its place in its source. It is part of stored data; changing its computation breaks resuming.
    /// </summary>
    public ulong Fingerprint { get; }

    /// <summary>What sets a data directory aside for this network: its name with its sizes, and a digest of all that is
    /// loaded of it. Reads every follow once.</summary>
    public LoadedSource AsSource()
    {
        var digest = StableHash.Combine(Fingerprint, (ulong)StartsAt.ToUnixTimeMilliseconds());
        foreach (var (follower, followee) in Follows)
            digest = StableHash.Combine(digest, ((ulong)(uint)follower << 32) | (uint)followee);
        return new LoadedSource(
            string.Create(CultureInfo.InvariantCulture,
                $"{Source} ({Usernames.Length} accounts, {Follows.Length} follows, {Activities.Length} activities)"),
            digest.ToString("x16", CultureInfo.InvariantCulture));
    }

    /// <summary>The text of an activity: always the same, and empty for boosts.</summary>
    /// <param name="activity">Index into <see cref="Activities"/>.</param>
    public string TextOf(int activity)
    {
        var it = Activities[activity];
        if (it.Kind == ActivityKind.Boost) return "";
        var words = TextSeed is { } seed ? Syllables.Sentence(seed, activity) : Numbered(it.Kind, activity);
        return it.Kind == ActivityKind.Post ? words : $"@{Usernames[it.Target]} {words}";
    }

    /// <summary>The text of the post that stands for one of <paramref name="account"/> that the source does not
    /// have.</summary>
    /// <param name="activity">Index of the activity that needs it.</param>
    public string StandInTextOf(int account, int activity) =>
        string.Create(CultureInfo.InvariantCulture,
            $"Stands for a post by {Usernames[account]} that was not recorded, before {activity + 1}.");

    /// <summary>Whom an account follows, ascending.</summary>
    /// <param name="account">Index into <see cref="Usernames"/>.</param>
    public ReadOnlySpan<FollowEdge> FollowsOf(int account)
    {
        // Follows are sorted by follower: find the first by bisection.
        var (low, high) = (0, Follows.Length);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Follows[middle].Follower < account) low = middle + 1;
            else high = middle;
        }
        while (high < Follows.Length && Follows[high].Follower == account) high++;
        return Follows.AsSpan(low, high - low);
    }

    private static string Numbered(ActivityKind kind, int activity)
    {
        var word = kind switch
        {
            ActivityKind.Mention => "mention",
            ActivityKind.Reply => "reply",
            _ => "post",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{word} {activity + 1}");
    }

    private static ulong ComputeFingerprint(string[] usernames, Activity[] activities, ulong? textSeed)
    {
        var hash = StableHash.Combine(StableHash.Start, (ulong)usernames.Length);
        foreach (var username in usernames)
        {
            foreach (var letter in username) hash = StableHash.Combine(hash, letter);
            hash = StableHash.Combine(hash, 0);
        }
        foreach (var it in activities)
        {
            hash = StableHash.Combine(hash, ((ulong)(uint)it.Actor << 32) | (uint)it.Target);
            hash = StableHash.Combine(hash, ((ulong)it.AtUnixMilliseconds << 8) | (byte)it.Kind);
        }
        return textSeed is { } seed ? StableHash.Combine(hash, seed) : hash;
    }

    private static void CheckFollows(int accounts, FollowEdge[] follows)
    {
        for (var i = 0; i < follows.Length; i++)
        {
            var (follower, followee) = follows[i];
            if ((uint)follower >= (uint)accounts || (uint)followee >= (uint)accounts || follower == followee)
                throw new ArgumentException($"Follow {i} ({follower}, {followee}) is not between two of {accounts} "
                    + $"accounts.", nameof(follows));
            if (i > 0 && follows[i - 1].Order >= follows[i].Order)
                throw new ArgumentException($"Follow {i} is not above the one before it.", nameof(follows));
        }
    }

    private static void CheckActivities(int accounts, Activity[] activities)
    {
        for (var i = 0; i < activities.Length; i++)
        {
            var it = activities[i];
            var targetIsRight = it.Kind == ActivityKind.Post ? it.Target == -1 : (uint)it.Target < (uint)accounts;
            if ((uint)it.Actor >= (uint)accounts || !targetIsRight)
                throw new ArgumentException($"Activity {i} ({it}) names no account of {accounts}.", nameof(activities));
            if (i > 0 && activities[i - 1].AtUnixMilliseconds > it.AtUnixMilliseconds)
                throw new ArgumentException($"Activity {i} is older than the one before it.", nameof(activities));
        }
    }
}
