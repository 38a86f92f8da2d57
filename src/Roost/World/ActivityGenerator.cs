using Roost.Replay;

namespace Roost.World;

/// <param name="Count">How many activities.</param>
internal sealed record ActivityOptions(int Accounts, int Count, DateTimeOffset Start, int Days, ulong Seed);

/// <summary>
/// Makes up what happens in a network: who does something is drawn by weight; when, by the rhythm of the day; what,
/// in the proportions of the stocknet set (111,535 tweets of 2014 to 2016: 24,186 retweets, 5,095 replies, 6,281
/// other mentions); to whom, evenly among those whom the actor follows.
/// </summary>
internal static class ActivityGenerator
{
    private const int Total = 111_535;
    private const int Boosts = 24_186;
    private const int Replies = 5_095;
    private const int Mentions = 6_281;
    private const int TargetTries = 4;

    /// <summary>Tweets of the stocknet set in each hour of the day, UTC.</summary>
    private static readonly int[] _hours =
    [
        3_700, 4_122, 3_306, 3_186, 3_341, 2_388, 2_326, 2_853, 2_412, 2_418, 3_394, 3_958,
        4_950, 6_900, 7_180, 7_103, 7_485, 6_408, 6_023, 6_633, 6_238, 5_638, 5_408, 4_165,
    ];

    /// <param name="weights">How active each account is; all 0 means equally.</param>
    /// <param name="follows">Sorted by follower.</param>
    public static Activity[] Generate(ActivityOptions options, double[] weights, FollowEdge[] follows)
    {
        var activities = new Activity[options.Count];
        if (activities.Length == 0) return activities;
        var actors = new AliasTable(weights);
        var random = SplitMix.For(options.Seed, 4);
        var targets = new Targets(options.Accounts, follows);
        for (var i = 0; i < activities.Length; i++)
        {
            // One in every equal part of the whole: in order as they are made, and no sorting.
            var at = At((i + random.NextUnit()) / activities.Length, options);
            var actor = actors.Draw(random);
            var kind = DrawKind(random);
            var target = kind == ActivityKind.Post ? -1 : targets.Choose(actor, kind, random);
            if (target < 0) kind = ActivityKind.Post;
            activities[i] = new Activity(actor, target, at, kind);
            targets.Note(activities[i]);
        }
        return activities;
    }

    private static ActivityKind DrawKind(SplitMix random) => random.Next(Total) switch
    {
        < Boosts => ActivityKind.Boost,
        < Boosts + Replies => ActivityKind.Reply,
        < Boosts + Replies + Mentions => ActivityKind.Mention,
        _ => ActivityKind.Post,
    };

    /// <param name="share">0 to below 1: how much of all that happens has happened by then.</param>
    private static long At(double share, ActivityOptions options)
    {
        var days = share * options.Days;
        var day = Math.Floor(days);
        var left = (days - day) * Total;
        var hour = 0;
        while (hour < _hours.Length - 1 && left >= _hours[hour]) left -= _hours[hour++];
        var milliseconds = (day * 24 * 3_600_000) + ((hour + Math.Min(left / _hours[hour], 0.999_999)) * 3_600_000);
        return options.Start.ToUnixTimeMilliseconds() + (long)milliseconds;
    }

    /// <summary>Knows who can be boosted or answered: those who have posted, and not twice for one post by one
    /// account.</summary>
    private sealed class Targets
    {
        private readonly FollowEdge[] _follows;
        private readonly int[] _firstFollow;
        private readonly int[] _ownPosts;
        private readonly HashSet<(int Actor, int Target, int Posts)> _boosted = [];

        public Targets(int accounts, FollowEdge[] follows)
        {
            _follows = follows;
            _ownPosts = new int[accounts];
            _firstFollow = new int[accounts + 1];
            foreach (var follow in follows) _firstFollow[follow.Follower + 1]++;
            for (var i = 0; i < accounts; i++) _firstFollow[i + 1] += _firstFollow[i];
        }

        /// <returns>An account, or -1 when the actor follows nobody who will do.</returns>
        public int Choose(int actor, ActivityKind kind, SplitMix random)
        {
            var (first, count) = (_firstFollow[actor], _firstFollow[actor + 1] - _firstFollow[actor]);
            for (var tries = 0; count > 0 && tries < TargetTries; tries++)
            {
                var target = _follows[first + random.Next(count)].Followee;
                if (kind == ActivityKind.Mention) return target;
                if (_ownPosts[target] == 0) continue;
                if (kind == ActivityKind.Reply || !_boosted.Contains((actor, target, _ownPosts[target]))) return target;
            }
            return -1;
        }

        public void Note(Activity activity)
        {
            if (activity.Kind == ActivityKind.Boost)
                _boosted.Add((activity.Actor, activity.Target, _ownPosts[activity.Target]));
            else _ownPosts[activity.Actor]++;
        }
    }
}
