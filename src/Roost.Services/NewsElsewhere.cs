using System.Runtime.CompilerServices;

namespace Roost.Services;

/// <summary>News of a service elsewhere, one by one.</summary>
internal static class NewsElsewhere
{
    /// <summary>What happens from now on, until cancelled.</summary>
    /// <param name="ask">For all after a place; waits until there are some. Must not fail but by cancellation.</param>
    /// <param name="missed">Is told when some are lost.</param>
    public static async IAsyncEnumerable<T> FollowAsync<T>(
        Func<string, long, ValueTask<NewsBatch<T>>> ask, Action missed,
        [EnumeratorCancellation] CancellationToken ct = default)
    {
        var (run, after) = ("", 0L);
        while (!ct.IsCancellationRequested)
        {
            var news = await ask(run, after);
            if (!news.IsWhole) missed();
            foreach (var one in news.Items) yield return one;
            (run, after) = (news.Run, news.Last);
        }
    }
}
