using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Roost.Rpc;

namespace Roost.Services.Media;

/// <summary>
/// Marks pictures by a Media service that may end, or be cut off, between doing it and saying so: then they would be
/// taken for another post's, for ever. So the same is tried once more, and when that fails, too, whoever names these
/// pictures next says that it is <see cref="UseMedia.Again"/>. What is remembered here ends with the process, after
/// which <see cref="SettleMedia.FreeOthers"/> does the rest.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public sealed partial class UncertainUses(MediaApi media, ILogger<UncertainUses> logger)
{
    /// <summary>Pictures that are remembered: as many as are sent in some hours, and a megabyte.</summary>
    private const int PicturesMax = 10_000;

    private readonly ConcurrentDictionary<long, bool> _pictures = new();

    /// <summary>The service as its callers are to have it.</summary>
    public MediaApi Api => media with { Use = UseAsync, Free = FreeAsync };

    private async ValueTask<MediaItem[]?> UseAsync(UseMedia request, Call call)
    {
        var isAgain = false;
        foreach (var id in request.Ids) isAgain |= _pictures.TryRemove(id, out _);
        if (isAgain) return await TryAsync(request with { Again = true }, call);
        try
        {
            return await media.Use(request, call);
        }
        catch (ServiceException lost) when (lost.MayBeDone)
        {
            return await TryAsync(request with { Again = true }, call);
        }
        catch (Exception late) when (late is OperationCanceledException
            or ServiceException { Code: ErrorCode.DeadlineExceeded })
        {
            Remember(request.Ids);
            throw;
        }
    }

    private async ValueTask<MediaItem[]?> TryAsync(UseMedia request, Call call)
    {
        try
        {
            return await media.Use(request, call);
        }
        catch
        {
            Remember(request.Ids);
            throw;
        }
    }

    /// <summary>What failed is why they are given back: that is what the caller has to tell.</summary>
    private async ValueTask<bool> FreeAsync(FreeMedia request, Call call)
    {
        try
        {
            return await media.Free(request, call);
        }
        catch (ServiceException failure)
        {
            Remember(request.Ids);
            NotFreed(failure.Detail ?? failure.Message, request.Ids.Count);
            return true;
        }
    }

    private void Remember(IReadOnlyList<long> ids)
    {
        if (_pictures.Count >= PicturesMax) return;
        foreach (var id in ids) _pictures[id] = true;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "{Count} pictures of a post that was not written stay marked until they are used again, or the next start: "
        + "{Why}")]
    private partial void NotFreed(string why, int count);
}
