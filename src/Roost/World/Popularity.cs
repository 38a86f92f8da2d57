namespace Roost.World;

/// <summary>
/// Finds with which weights accounts must be drawn so that they end with the followers meant for them.
/// </summary>
/// <remarks>
/// Weights equal to the followers meant would do if an account could be followed twice by the same. Since it cannot,
/// the draws that meet a giant a second time fall to others, and the middle of the distribution comes out twice too
/// large. An account of weight w is among the followees of one that makes t draws with probability 1 - exp(-t·w). So,
/// for accounts that are alike taken together: find t for every number of follows k, from Σ (1 - exp(-t·w)) = k; sum
/// up what followers each weight then gets; scale each weight by what it lacks; a few times over. Cost: about 0.1 s,
/// and about 50 passes over the accounts.
/// </remarks>
internal static class Popularity
{
    // Half of all accounts follow at most four others, so a few accounts cannot be followed by nearly everybody.
    private const double FollowerShareMax = 0.08;
    private const int Rounds = 24;
    private const int Halvings = 48;
    // Values within 5 % of each other are alike.
    private const double BucketsPerE = 20;

    /// <param name="followers">How many followers each account should have, up to a common factor.</param>
    /// <param name="follows">How many each account follows.</param>
    public static double[] Weights(double[] followers, int[] follows)
    {
        var total = follows.Sum(k => (double)k);
        if (total == 0 || followers.Sum() == 0) return followers;
        var meant = Scale(followers, total);
        var targets = Group(meant);
        var degrees = Group(Array.ConvertAll(follows, k => (double)k));
        var weights = targets.ToDictionary(t => t.Key, t => t.Value.Mean / total);
        for (var round = 0; round < Rounds; round++)
        {
            var draws = degrees.Values.Select(d => (Draws: DrawsFor(d.Mean, targets, weights), d.Count)).ToArray();
            foreach (var (bucket, target) in targets)
            {
                var gets = draws.Sum(d => d.Count * Chance(d.Draws, weights[bucket]));
                // The root damps what would swing about, since all weights change at once.
                weights[bucket] *= Math.Clamp(Math.Sqrt(target.Mean / gets), 0.5, 2);
            }
        }
        return Array.ConvertAll(meant, m => m == 0 ? 0 : m / targets[BucketOf(m)].Mean * weights[BucketOf(m)]);
    }

    /// <summary>
    /// By one factor for all, but nobody above the cap, so that they add up to <paramref name="total"/>. Where that
    /// cannot be (a world of a handful), everybody ends at the cap.
    /// </summary>
    private static double[] Scale(double[] followers, double total)
    {
        var cap = Math.Max(followers.Length * FollowerShareMax, 2 * total / followers.Count(f => f > 0));
        var (low, high) = (0.0, 1e6);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            if (followers.Sum(f => Math.Min(f * middle, cap)) < total) low = middle;
            else high = middle;
        }
        return Array.ConvertAll(followers, f => Math.Min(f * high, cap));
    }

    private static double Chance(double draws, double weight) => 1 - Math.Exp(-draws * weight);

    /// <summary>How many draws it takes to meet <paramref name="follows"/> different accounts.</summary>
    private static double DrawsFor(
        double follows, SortedDictionary<int, (double Mean, int Count)> targets, Dictionary<int, double> weights)
    {
        var (low, high) = (0.0, 1e12);
        for (var i = 0; i < Halvings; i++)
        {
            // Halved on a logarithmic scale: draws range over many orders of magnitude.
            var middle = Math.Sqrt(Math.Max(low, 1e-3) * high);
            var met = targets.Sum(t => t.Value.Count * Chance(middle, weights[t.Key]));
            if (met < follows) low = middle;
            else high = middle;
        }
        return high;
    }

    private static SortedDictionary<int, (double Mean, int Count)> Group(double[] values)
    {
        var groups = new SortedDictionary<int, (double Sum, int Count)>();
        foreach (var value in values)
        {
            if (value == 0) continue;
            var (sum, count) = groups.GetValueOrDefault(BucketOf(value));
            groups[BucketOf(value)] = (sum + value, count + 1);
        }
        return new(groups.ToDictionary(g => g.Key, g => (g.Value.Sum / g.Value.Count, g.Value.Count)));
    }

    private static int BucketOf(double value) => (int)Math.Floor(Math.Log(value) * BucketsPerE);
}
