using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Engine.Text;
using Roost.Rpc;

namespace Roost.Services.Translation;

/// <summary>The Translation service: asks the community's translator, so many requests at a time, and keeps what it
/// answered for a while, in memory.</summary>
public sealed partial class TranslationService : IDisposable
{
    /// <summary>A translator that did not answer is asked again for its languages after this.</summary>
    private static readonly TimeSpan _askAgainAfter = TimeSpan.FromMinutes(1);

    private readonly TranslationOptions _options;
    private readonly LibreTranslate? _translator;
    private readonly BoundedCache<string, Kept> _kept;
    private readonly SemaphoreSlim _atOnce;
    private readonly SemaphoreSlim _askingPairs = new(1);
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Counter<long> _asked;
    private volatile KnownPairs? _pairs;

    public TranslationService(
        TranslationOptions options, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        (_options, _time, _logger) = (options, time, loggers.CreateLogger<TranslationService>());
        _asked = meters.Create("Roost.Services.Translation").CreateCounter<long>(
            "roost.translation.requests", "{request}", "Posts that the translator was asked to translate, by outcome.");
        _kept = new BoundedCache<string, Kept>(options.KeptMax, StringComparer.Ordinal);
        _atOnce = new SemaphoreSlim(options.AtOnceMax);
        if (options.Server is null)
        {
            Api = TranslationApi.None;
            return;
        }
        _translator = new LibreTranslate(options, time);
        Api = new TranslationApi(true, TranslateAsync, async (_, call) => await PairsAsync(call.Cancellation));
    }

    /// <summary>The service's functions, bare.</summary>
    public TranslationApi Api { get; }

    public void Dispose()
    {
        _translator?.Dispose();
        _atOnce.Dispose();
        _askingPairs.Dispose();
    }

    private async ValueTask<TranslatedTexts> TranslateAsync(TranslateTexts request, Call call)
    {
        // What is asked for by an account's or post's language may have a region: en-GB.
        request = request with { From = BaseOf(request.From), To = BaseOf(request.To)! };
        if (!(await PairsAsync(call.Cancellation)).Has(request.From, request.To))
        {
            throw new ServiceException(
                ErrorCode.Forbidden,
                $"The translator does not translate from {request.From ?? "any language"} into {request.To}.");
        }
        var key = string.Join('\0', [request.From ?? "", request.To, .. request.Texts]);
        if (_kept.TryGet(key, out var kept) && _time.GetUtcNow() - kept.At < _options.KeptFor)
            return kept.Texts;
        if (!await _atOnce.WaitAsync(TimeSpan.Zero, call.Cancellation))
            throw new ServiceException(ErrorCode.Overloaded, "Too much is being translated; try again in a moment.");
        try
        {
            var texts = await _translator!.TranslateAsync(request, call.Cancellation);
            _asked.Add(1, new KeyValuePair<string, object?>("outcome", "translated"));
            _kept.Set(key, new Kept(texts, _time.GetUtcNow()));
            return texts;
        }
        catch (ServiceException failure)
        {
            _asked.Add(1, new KeyValuePair<string, object?>("outcome", "failed"));
            Failed(_logger, failure.Detail ?? failure.Message);
            throw;
        }
        finally
        {
            _atOnce.Release();
        }
    }

    private async ValueTask<TranslationPairs> PairsAsync(CancellationToken ct)
    {
        if (Known() is { } known) return known;
        await _askingPairs.WaitAsync(ct);
        try
        {
            if (Known() is { } meanwhile) return meanwhile;
            TranslationPairs pairs;
            var keptFor = _options.KeptFor;
            try
            {
                pairs = await _translator!.PairsAsync(ct);
            }
            catch (ServiceException failure)
            {
                // What it could do before it still can, once it answers again.
                (pairs, keptFor) = (_pairs?.Pairs ?? TranslationPairs.None, _askAgainAfter);
                Failed(_logger, failure.Detail ?? failure.Message);
            }
            _pairs = new KnownPairs(pairs, _time.GetUtcNow() + keptFor);
            return pairs;
        }
        finally
        {
            _askingPairs.Release();
        }
    }

    private TranslationPairs? Known() => _pairs is { } known && _time.GetUtcNow() < known.Until ? known.Pairs : null;

    private static string? BaseOf(string? language) => LanguageTag.PrimaryOf(language) ?? language;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The translator does not answer as it should: {Reason}.")]
    private static partial void Failed(ILogger logger, string reason);

    private sealed record Kept(TranslatedTexts Texts, DateTimeOffset At);

    private sealed record KnownPairs(TranslationPairs Pairs, DateTimeOffset Until);
}
