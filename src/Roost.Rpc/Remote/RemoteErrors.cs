using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Roost.Rpc.Filters;

namespace Roost.Rpc.Remote;

/// <summary>
/// Failures over the network: a gRPC status that any client understands, and beside it, in trailers, all that a
/// <see cref="ServiceException"/> says, for our own. Both directions are here.
/// </summary>
internal static class RemoteErrors
{
    private const string CodeTrailer = "roost-error";
    private const string FieldTrailer = "roost-field";
    private const string FieldCodeTrailer = "roost-field-code";
    private const string MayBeDoneTrailer = "roost-may-be-done";

    // Binary: details name files and keys in any script.
    private const string DetailTrailer = "roost-detail-bin";

    private static readonly Dictionary<string, ErrorCode> _codes = Enum.GetValues<ErrorCode>()
        .ToDictionary(code => RpcMetrics.ErrorType(new ServiceException(code, "")));

    public static RpcException ToStatus(ServiceException error)
    {
        var trailers = new Metadata { { CodeTrailer, RpcMetrics.ErrorType(error) } };
        if (error.Field is { } field) trailers.Add(FieldTrailer, field);
        if (error.FieldCode is { } fieldCode) trailers.Add(FieldCodeTrailer, fieldCode);
        if (error.MayBeDone) trailers.Add(MayBeDoneTrailer, "1");
        if (error.Detail is { } detail) trailers.Add(DetailTrailer, Encoding.UTF8.GetBytes(detail));
        return new RpcException(new Status(StatusOf(error.Code), error.Message), trailers);
    }

    /// <param name="method">As errors name it: <c>users.get</c>.</param>
    /// <param name="peer">Where it was asked.</param>
    public static Exception FromStatus(RpcException error, string method, string peer, Call call)
    {
        if (error.StatusCode == StatusCode.Cancelled && call.Cancellation.IsCancellationRequested)
            return new OperationCanceledException(error.Message, error, call.Cancellation);
        var trailers = error.Trailers;
        var detail = $"{method} at {peer}";
        if (trailers.GetValue(CodeTrailer) is { } told && _codes.TryGetValue(told, out var code))
        {
            if (trailers.GetValueBytes(DetailTrailer) is { } bytes)
                detail = $"{Encoding.UTF8.GetString(bytes)} ({detail})";
            return new ServiceException(code, error.Status.Detail, detail, error)
            {
                Field = trailers.GetValue(FieldTrailer),
                FieldCode = trailers.GetValue(FieldCodeTrailer),
                MayBeDone = trailers.GetValue(MayBeDoneTrailer) is not null,
            };
        }
        return Untold(error, method, $"{detail}: {error.Status}");
    }

    /// <summary>What the transport itself says, or a server that is not ours.</summary>
    private static ServiceException Untold(RpcException error, string method, string detail) => error.StatusCode switch
    {
        StatusCode.DeadlineExceeded => new(
            ErrorCode.DeadlineExceeded,
            $"{method} did not answer in time. Whether it was done is not known: look before you try again.", detail,
            error),
        StatusCode.InvalidArgument => new(ErrorCode.Invalid, error.Status.Detail, detail, error),
        StatusCode.ResourceExhausted => new(
            ErrorCode.Overloaded, $"{method} is overloaded. Try again later.", detail, error),
        StatusCode.Unimplemented => new(
            ErrorCode.Internal, "Something went wrong on our side. It has been noted; try again later.",
            $"{detail}: it runs another version, or another service", error),
        // A connection that broke, a process that died, a stream that was reset.
        StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled or StatusCode.Unknown => new(
            ErrorCode.Unavailable, $"{method} cannot be reached. Try again later.", detail, error)
        {
            MayBeDone = !WasNeverSent(error.Status.DebugException ?? error.InnerException),
        },
        _ => new(
            ErrorCode.Internal, "Something went wrong on our side. It has been noted; try again later.", detail,
            error),
    };

    private static bool WasNeverSent(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            var isConnecting = error switch
            {
                HttpRequestException http => http.HttpRequestError is HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
                SocketException socket => socket.SocketErrorCode is SocketError.ConnectionRefused
                    or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostNotFound,
                _ => false,
            };
            if (isConnecting) return true;
        }
        return false;
    }

    private static StatusCode StatusOf(ErrorCode code) => code switch
    {
        ErrorCode.Invalid => StatusCode.InvalidArgument,
        ErrorCode.Forbidden => StatusCode.PermissionDenied,
        ErrorCode.NotFound => StatusCode.NotFound,
        ErrorCode.Conflict => StatusCode.Aborted,
        ErrorCode.DeadlineExceeded => StatusCode.DeadlineExceeded,
        ErrorCode.Overloaded or ErrorCode.StorageFull => StatusCode.ResourceExhausted,
        ErrorCode.Unavailable => StatusCode.Unavailable,
        ErrorCode.DataDamaged => StatusCode.DataLoss,
        _ => StatusCode.Internal,
    };
}
