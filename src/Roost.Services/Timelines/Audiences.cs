using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>Who follows the authors of some posts, and those whom these answer: asked for in one call, since a call for
/// each post would cost more than delivering it. One thread; holds the reply of the last call.</summary>
internal sealed partial class Audiences(GraphApi graph, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);

    /// <summary>For each post its author and the one whom it answers; its author once more when it answers
    /// nobody.</summary>
    private AccountId[] _asked = [];
    private SortedIds[] _followers = [];

    /// <summary>
    /// Asks Graph, again and again until it answers: to go on without would leave a hole.
    /// </summary>
    public async ValueTask FetchAsync(ReadOnlyMemory<PostEvent> posts, CancellationToken ct)
    {
        var request = new GetFollowersOfMany(Ask(posts.Span));
        while (true)
        {
            try
            {
                _followers = await graph.FollowersOfMany(request, Call.Until(ct));
                return;
            }
            catch (ServiceException failure)
            {
                GraphFailed(failure, posts.Span[0].Ref.Seq);
                await Task.Delay(_retryAfter, time, ct);
            }
        }
    }

    public SortedIds OfAuthor(int post) => _followers[2 * post];

    public SortedIds OfAnswered(int post) => _followers[(2 * post) + 1];

    /// <summary>Lets go of the sets: else a quiet network would keep lists that have been replaced since.</summary>
    public void Clear() => _followers = [];

    private ReadOnlyMemory<AccountId> Ask(ReadOnlySpan<PostEvent> posts)
    {
        if (_asked.Length < 2 * posts.Length)
            _asked = new AccountId[2 * posts.Length];
        for (var i = 0; i < posts.Length; i++)
        {
            ref readonly var post = ref posts[i];
            _asked[2 * i] = post.Ref.Author;
            _asked[(2 * i) + 1] = post.AnswersOthers ? post.Ref.Answered : post.Ref.Author;
        }
        return _asked.AsMemory(0, 2 * posts.Length);
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Fan-out waits for the Graph service at post {Seq}; it is tried again every second.")]
    private partial void GraphFailed(Exception failure, uint seq);
}
