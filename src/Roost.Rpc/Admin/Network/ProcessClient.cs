using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;

namespace Roost.Rpc.Admin.Network;

/// <summary>Asks other processes at their admin ports, with little patience: whoever looks at a page must not wait for
/// one that is ill.</summary>
internal sealed partial class ProcessClient : IDisposable
{
    private const int ReplyBytesMax = 16 << 20;

    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly HttpClient _http;

    public ProcessClient(TimeProvider time, ILogger log)
    {
        (_time, _log) = (time, log);
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = NetworkView.Patience,
        })
        {
            MaxResponseContentBufferSize = ReplyBytesMax,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Null, and a line in the log, when there is no answer in time or it is no such thing.</summary>
    /// <param name="admin">URL of the port.</param>
    /// <param name="isKnown">That there is no answer is known: it is not said again.</param>
    public Task<T?> GetAsync<T>(
        string admin, string path, JsonTypeInfo<T> type, CancellationToken ct, bool isKnown = false)
        where T : class => AskAsync(
        admin,
        async patience => JsonSerializer.Deserialize(await _http.GetByteArrayAsync(admin + path, patience), type),
        isKnown, ct);

    /// <summary>Whether it has been told, and has done it.</summary>
    public async Task<bool> PostAsync(string admin, string path, CancellationToken ct) => await AskAsync<object>(
        admin, async patience =>
        {
            using var told = await _http.PostAsync(admin + path, content: null, patience);
            return told.EnsureSuccessStatusCode();
        },
        isKnown: false, ct) is not null;

    private async Task<T?> AskAsync<T>(
        string admin, Func<CancellationToken, Task<T?>> ask, bool isKnown, CancellationToken ct)
        where T : class
    {
        using var patience = new CancellationTokenSource(NetworkView.Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return await ask(either.Token);
        }
        catch (Exception failure) when (
            failure is HttpRequestException or JsonException or InvalidOperationException
            || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            if (!isKnown) Silent(_log, admin, failure.Message);
            return null;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Admin} does not tell how it stands ({Reason}); what it told last is shown until it does.")]
    private static partial void Silent(ILogger log, string admin, string reason);
}
