namespace Roost.Rpc;

/// <summary>
/// Why a service could not answer. Closed: callers switch over it, and metrics carry it as <c>error.type</c>.
/// </summary>
public enum ErrorCode
{
    /// <summary>The request itself is wrong; sending it again will not help.</summary>
    Invalid,
    /// <summary>The caller is known but may not do this.</summary>
    Forbidden,
    /// <summary>What the request names does not exist, or may not be seen by the caller.</summary>
    NotFound,
    /// <summary>Someone else changed or holds it.</summary>
    Conflict,
    /// <summary>The deadline passed first.</summary>
    DeadlineExceeded,
    /// <summary>Too much work is waiting; try again later.</summary>
    Overloaded,
    /// <summary>The service is stopping or has stopped, or cannot be reached.</summary>
    Unavailable,
    /// <summary>The disk is full: nothing was written, nothing acknowledged was lost.</summary>
    StorageFull,
    /// <summary>Stored bytes do not match their checksum; they are not served.</summary>
    DataDamaged,
    /// <summary>A bug of ours.</summary>
    Internal,
}

/// <summary>
/// The one exception of Roost's services: the world failed, or the request cannot be met. Its message is safe to show
/// to strangers; what only the operator should see is in <see cref="Detail"/>.
/// </summary>
public sealed class ServiceException(ErrorCode code, string message, string? detail = null, Exception? inner = null)
    : Exception(message, inner)
{
    public ErrorCode Code { get; } = code;

    /// <summary>For logs only: paths, offsets, keys. Null when there is nothing to add.</summary>
    public string? Detail { get; } = detail;

    /// <summary>The part of the request that is wrong, as the client API names it, when it is one; else null.</summary>
    public string? Field { get; init; }

    /// <summary>What is wrong with <see cref="Field"/>, as the client API names it: <c>ERR_TOO_LONG</c> and the
    /// like.</summary>
    public string? FieldCode { get; init; }

    /// <summary>Whether the work may have been done after all: the way there broke after the request had been
    /// sent.</summary>
    public bool MayBeDone { get; init; }

    /// <summary>
    /// Whether the same request may succeed later and can be sent again without doing its work twice.
    /// </summary>
    public bool CanRetry =>
        !MayBeDone && Code is (ErrorCode.Overloaded or ErrorCode.Unavailable or ErrorCode.StorageFull);
}
