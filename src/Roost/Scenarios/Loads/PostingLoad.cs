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
/// Posts at given moments through <see cref="PostsApi.Create"/>, each post a call of its own that is answered when it
/// is durable. One thread starts the calls; as many as a service takes at once may be under way, further ones are
/// held back, and their time counts.
/// </summary>
internal sealed class PostingLoad(PostsApi posts, TimeProvider time, LiveView live)
{
    private const int UnderWayMax = 1_024;
    private const int StepBits = 7;

    public async Task<PostingResult> RunAsync(PostingPlan plan, CancellationToken ct)
    {
        using var run = new Run(posts, time, live, plan, ct);
        try
        {
            await Pacer.OnOwnThread(run.Start);
        }
        finally
        {
            // Broken off or not: who was started uses the node until it is answered.
            await run.AnswersAsync();
        }
        return run.Result();
    }

    private sealed class Run(PostsApi posts, TimeProvider time, LiveView live, PostingPlan plan, CancellationToken ct)
        : IDisposable
    {
        private readonly SemaphoreSlim _places = new(UnderWayMax);
        private readonly Posted[] _posted = new Posted[plan.Count];
        private readonly LatencyTally _latency = new(StepBits);
        private readonly Lock _lock = new();
        private readonly SortedDictionary<string, int> _errors = [];
        private readonly List<Task> _answers = new(plan.Count);
        private readonly long _started = time.GetTimestamp();

        public PostingResult Result() => new(_started, _posted, _latency, _errors);

        public int Start()
        {
            var pacer = new Pacer(time, ct);
            for (var i = 0; i < plan.Count; i++)
            {
                var meant = _started + (long)(plan.At(i).TotalSeconds * time.TimestampFrequency);
                pacer.WaitRoughly(meant);
                _places.Wait(ct);
                _answers.Add(PostAsync(i, meant));
            }
            return plan.Count;
        }

        public Task AnswersAsync() => Task.WhenAll(_answers);

        public void Dispose() => _places.Dispose();

        private async Task PostAsync(int index, long meant)
        {
            var draft = plan.Draft(index);
            try
            {
                var post = await posts.Create(draft, Call.Until(ct));
                Note(index, new Posted(post.Ref, draft.Author, meant, time.GetTimestamp()));
            }
            catch (ServiceException refusal)
            {
                Note(index, new Posted(default, draft.Author, meant, time.GetTimestamp()));
                lock (_lock)
                    _errors[refusal.Code.ToString()] = _errors.GetValueOrDefault(refusal.Code.ToString()) + 1;
            }
            finally
            {
                _places.Release();
            }
        }

        private void Note(int index, Posted posted)
        {
            _posted[index] = posted;
            var took = time.GetElapsedTime(posted.Meant, posted.Answered);
            _latency.Add(took);
            live.Posted(took);
        }
    }
}
