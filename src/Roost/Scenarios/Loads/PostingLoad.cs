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

/// <summary>
/// Posts at given moments, met to the millisecond. Each post is a call of its own (<see cref="PostsApi.Create"/>), or
/// goes together with those that are due in the same millisecond, as the front doors of a large network would send them
/// on (<see cref="PostsApi.CreateMany"/>). Either way each has its own answer, when it is durable.
/// </summary>
internal sealed class PostingLoad(PostsApi posts, TimeProvider time, LiveView live)
{
    private const int TogetherMax = 4_096;

    public async Task<PostingResult> RunAsync(PostingPlan plan, CancellationToken ct, bool together = false)
    {
        using var calls = new OpenLoop(time, together ? TogetherMax : 1, ct);
        var run = new Run(posts, time, live, plan, calls, ct);
        await calls.RunAsync(plan.Count, plan.At, together ? run.PostTogetherAsync : (i, _) => run.PostAsync(i));
        return run.Result();
    }

    private sealed class Run(
        PostsApi posts, TimeProvider time, LiveView live, PostingPlan plan, OpenLoop calls, CancellationToken ct)
    {
        private readonly Posted[] _posted = new Posted[plan.Count];
        private readonly LatencyTally _latency = new(stepBits: 7);
        private readonly ErrorCounts _errors = new();

        public PostingResult Result() => new(calls.Moment(TimeSpan.Zero), _posted, _latency, _errors.All);

        public async Task PostAsync(int index)
        {
            var draft = plan.Draft(index);
            var place = default(PostRef);
            try
            {
                place = (await posts.Create(draft, Call.Until(ct))).Ref;
            }
            catch (ServiceException refusal)
            {
                _errors.Add(refusal);
            }
            Note(index, draft.Author, place);
        }

        public async Task PostTogetherAsync(int first, int count)
        {
            var items = new BatchItem[count];
            for (var i = 0; i < count; i++) items[i] = BatchItem.Of(plan.Draft(first + i));
            var made = new CreatedPost[count];
            try
            {
                made = await posts.CreateMany(new CreatePosts(items), Call.Until(ct));
            }
            catch (ServiceException refusal)
            {
                Array.Fill(made, new CreatedPost(default, refusal));
            }
            for (var i = 0; i < count; i++)
            {
                if (made[i].Refusal is { } refusal) _errors.Add(refusal);
                Note(first + i, items[i].Post!.Author, made[i].Ref);
            }
        }

        private void Note(int index, AccountId author, PostRef place)
        {
            var posted = new Posted(place, author, calls.Moment(plan.At(index)), time.GetTimestamp());
            var took = time.GetElapsedTime(posted.Meant, posted.Answered);
            _posted[index] = posted;
            _latency.Add(took);
            live.Posted(took);
        }
    }
}
