using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Roost.Rpc.Clients;

namespace Roost.Services.Cards;

/// <summary>
/// The Cards service as a process has it that does not run it. Whoever shows a post asks, and is told from memory what
/// is known of its link; what is not known here is asked for meanwhile, many links in a call, and told to who asks
/// next.
/// </summary>
/// <remarks>Memory: some 64 thousand links. While the service is away links that are not known here have no cards.
/// </remarks>
public sealed class CardsElsewhere : IAsyncDisposable
{
    private const int KnownMax = 65_536;
    private const int WaitingMax = 4_096;

    /// <summary>As long as an answer that has a card, or certainly none, is told again; the service keeps its own for
    /// longer.</summary>
    private static readonly TimeSpan _settledFor = TimeSpan.FromMinutes(10);

    /// <summary>A page of strangers takes about as long.</summary>
    private static readonly TimeSpan _unsettledFor = TimeSpan.FromMilliseconds(500);

    private readonly CardLookupApi _cards;
    private readonly TimeProvider _time;
    private readonly BoundedCache<string, Kept> _known = new(KnownMax, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.Ordinal);
    private readonly Channel<string> _queue = Channel.CreateBounded<string>(WaitingMax);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _asking;

    public CardsElsewhere(CardLookupApi cards, TimeProvider time, ILoggerFactory loggers)
    {
        (_cards, _time) = (cards, time);
        _asking = Background.RunAsync(
            "cards elsewhere", AskAsync, time, loggers.CreateLogger<CardsElsewhere>(), _stopping.Token);
    }

    public CardAnswer LookUp(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        var isKnown = _known.TryGet(url, out var kept);
        if (isKnown && _time.GetElapsedTime(kept.At) < (kept.Answer.IsSettled ? _settledFor : _unsettledFor))
            return kept.Answer;
        if (_asked.TryAdd(url, true) && !_queue.Writer.TryWrite(url)) _asked.TryRemove(url, out _);
        return isKnown ? kept.Answer : default;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _asking;
        _stopping.Dispose();
    }

    private async Task AskAsync(CancellationToken ct)
    {
        var urls = new List<string>();
        while (await _queue.Reader.WaitToReadAsync(ct))
        {
            urls.Clear();
            while (urls.Count < LookUpCards.UrlsMax && _queue.Reader.TryRead(out var url)) urls.Add(url);
            try
            {
                var answers = await _cards.LookUp.AskUntilAnsweredAsync(new LookUpCards(urls), _time, ct);
                var at = _time.GetTimestamp();
                foreach (var (url, answer) in urls.Zip(answers)) _known.Set(url, new Kept(answer, at));
            }
            finally
            {
                foreach (var url in urls) _asked.TryRemove(url, out _);
            }
        }
    }

    /// <param name="At">When it was told.</param>
    private sealed record Kept(CardAnswer Answer, long At);
}
