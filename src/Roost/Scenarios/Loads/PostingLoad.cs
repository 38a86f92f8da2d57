using Roost.Engine.Ids;
using Roost.Engine.Sketches;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Scenarios.Loads;

/// <summary>What to post, and when, counted from the start.</summary>
/// <param name="At">Ascending.</param>
internal sealed record PostingPlan(int Count, Func<int, TimeSpan> At, Func<int, CreatePost> Draft)
{
    /// <summary>Evenly, at so many a second.</summary>
    public static PostingPlan Evenly(int count, double rate, Func<int, CreatePost> draft) =>
        new(count, i => TimeSpan.FromSeconds(i / rate), draft);
}

/// <summary>A post of a load.</summary>
/// <param name="Ref">Where it is; <c>default</c> when it was refused.</param>
/// <param name="Meant">The timestamp at which it was to be posted.</param>
/// <param name="Answered">The timestamp at which its author was told that it is durable.</param>
internal readonly record struct Posted(PostRef Ref, AccountId Author, long Meant, long Answered)
{
    public bool IsAccepted => !Ref.Id.IsNone;
}

/// <param name="Started">The timestamp from which moments count.</param>
/// <param name="Posts">In the order of the plan.</param>
/// <param name="Latency">From the moment meant to the answer.</param>
/// <param name="Errors">How many were refused, by code.</param>
internal sealed record PostingResult(
    long Started, Posted[] Posts, LatencyTally Latency, IReadOnlyDictionary<string, int> Errors)
{
    public int Accepted => Posts.Count(post => post.IsAccepted);

    /// <summary>The timestamp of the last answer.</summary>
    public long LastAnswered => Posts.Max(post => post.Answered);
}

/// <summary>Posts at given moments, met to the millisecond, through <see cref="PostsApi.Create"/>: each post a call of
/// its own that is answered when it is durable.</summary>
internal sealed class PostingLoad(PostsApi posts, TimeProvider time, LiveView live)
{
    public async Task<PostingResult> RunAsync(PostingPlan plan, CancellationToken ct)
    {
        var posted = new Posted[plan.Count];
        var latency = new LatencyTally(stepBits: 7);
        var errors = new ErrorCounts();
        using var calls = new OpenLoop(time, ct);
        await calls.RunAsync(plan.Count, plan.At, PostAsync);
        return new PostingResult(calls.Started, posted, latency, errors.All);

        async Task PostAsync(int index, long meant)
        {
            var draft = plan.Draft(index);
            var place = default(PostRef);
            try
            {
                place = (await posts.Create(draft, Call.Until(ct))).Ref;
            }
            catch (ServiceException refusal)
            {
                errors.Add(refusal);
            }
            posted[index] = new Posted(place, draft.Author, meant, time.GetTimestamp());
            var took = time.GetElapsedTime(meant, posted[index].Answered);
            latency.Add(took);
            live.Posted(took);
        }
    }
}
