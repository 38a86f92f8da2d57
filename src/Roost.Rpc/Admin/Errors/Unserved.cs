using Microsoft.Extensions.Logging;

namespace Roost.Rpc.Admin.Errors;

/// <summary>
/// Failures of which there may be thousands a second, such as calls that an overloaded service refuses: nobody wants a
/// line for each, but they are to be counted. They go to logs of their own, which the console leaves out and
/// <see cref="ErrorBook"/> hears. Where nobody listens they cost a look at a flag.
/// </summary>
public static partial class Unserved
{
    /// <summary>Matches the names of all such logs, as filters of logs take it.</summary>
    public const string Logs = "Roost.*" + Ending;

    private const string Ending = ".Unserved";

    /// <summary>The log for what a class of this type does not serve.</summary>
    public static ILogger LogOf<T>(ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(loggers);
        return loggers.CreateLogger(typeof(T).FullName + Ending);
    }

    /// <summary>Whether something is wrong with the network, rather than with what it was asked for.</summary>
    public static bool IsFailure(ErrorCode code) =>
        code is not (ErrorCode.Invalid or ErrorCode.Forbidden or ErrorCode.NotFound or ErrorCode.Conflict);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not served: {Code}.")]
    public static partial void NoteFailure(ILogger log, ErrorCode code, Exception failure, Touched touched);

    [LoggerMessage(Level = LogLevel.Error, Message = "Not served: {Reason}.")]
    public static partial void NoteReason(ILogger log, string reason, Touched touched);
}
