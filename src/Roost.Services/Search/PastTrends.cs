using System.Diagnostics;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Search;

/// <summary>
/// Tells trends what was said between the beginning of what they reach back to and the place from which the
/// <see cref="Ingester"/> goes on: posts of that time are in the saved index, and trends are not saved. Beside it, so
/// that what is new need not wait.
/// </summary>
internal sealed class PastTrends(PostsApi posts, Trends trends, SearchOptions options)
{
    private const int EventsPerRead = 256;

    private readonly Rests _rests = new(options.PastShare);
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _done;
    private uint _last;

    /// <summary>Ends when all is told.</summary>
    public Task Told => _told.Task;

    /// <summary>Which part of the log. Before the first run.</summary>
    /// <param name="after">Behind this place.</param>
    /// <param name="last">Up to this place.</param>
    public void Reach(uint after, uint last) => (_done, _last) = (after, last);

    /// <summary>Tells what there is to tell, then waits to be cancelled. When Posts fails it can be run again, and goes
    /// on.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (_done < _last)
        {
            var begun = Stopwatch.GetTimestamp();
            var count = (int)Math.Min(EventsPerRead, _last - _done);
            var seqs = new uint[count];
            for (var i = 0; i < count; i++) seqs[i] = _done + (uint)i + 1;
            var events = await posts.Records(new GetRecords(seqs), Call.Until(ct));
            var wanted = events.Where(one => one.Kind == PostEventKind.Post).Select(one => one.Ref.Seq).ToArray();
            var read = wanted.Length == 0 ? [] : await posts.Read(new ReadPosts(wanted), Call.Until(ct));
            foreach (var shown in read)
            {
                if (shown.Post is { } post)
                    trends.Note(LentPost.Of(post));
            }
            foreach (var one in events) trends.Note(one);
            _done += (uint)count;
            await _rests.TakeAsync(Stopwatch.GetElapsedTime(begun), ct);
        }
        _told.TrySetResult();
        // A loop that ends would be started again.
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
    }
}
