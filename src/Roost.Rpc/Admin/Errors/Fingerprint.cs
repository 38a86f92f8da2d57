using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Roost.Rpc.Admin.Errors;

/// <summary>
/// What makes two failures the same: the exception's type and error code, the nearest frames of our own code (by type
/// and method as they stand in the source, so that other lines and releases change nothing), what was being done, and
/// the message's form without its values.
/// </summary>
/// <remarks>Of the frames count the nearest, and bodies of async methods: what lies between them is there or not, as
/// the runtime chose to inline it, and it chooses anew while a process warms up.</remarks>
internal static class Fingerprint
{
    /// <summary>Goes into every fingerprint: groups of one version of this rule are not those of another.</summary>
    public const int Version = 2;

    // Enough to tell callers of one helper apart; more would tell requests apart.
    private const int FramesMax = 3;

    // What the compiler calls the body of an async method.
    private const string AsyncBody = "MoveNext";

    // Every call goes through these: they tell nothing of where it failed.
    private static readonly string[] _passedThrough = ["Roost.Rpc.Filters.", "Roost.Rpc.Clients."];

    public static string Of(Exception? error, string template, string operation)
    {
        var text = new StringBuilder().Append(operation).Append('\n').Append(template).Append('\n');
        if (error is not null)
        {
            var cause = CauseOf(error);
            text.Append(cause.GetType().FullName);
            if (cause is ServiceException { Code: var code }) text.Append(' ').Append(code);
            foreach (var frame in FramesOf(error, isKey: true)) text.Append('\n').Append(frame);
        }
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        return $"v{Version}-{Convert.ToHexStringLower(hash.AsSpan(0, 8))}";
    }

    /// <summary>The innermost exception; what wraps it depends on the way up.</summary>
    public static Exception CauseOf(Exception error)
    {
        while (error.InnerException is { } inner) error = inner;
        return error;
    }

    /// <summary>Where it was thrown, as <c>Type.Method</c>, the nearest to the failure first: of the cause, or, when
    /// that met none of our code, as on another thread, of what wraps it.</summary>
    public static IReadOnlyList<string> OurFrames(Exception error) => FramesOf(error, isKey: false);

    /// <param name="isKey">Only those that are there however the runtime has compiled the rest.</param>
    private static IReadOnlyList<string> FramesOf(Exception error, bool isKey)
    {
        IReadOnlyList<string> inner = error.InnerException is { } cause ? FramesOf(cause, isKey) : [];
        if (inner.Count > 0) return inner;
        return
        [
            .. new StackTrace(error, fNeedFileInfo: false).GetFrames()
                .Select(DiagnosticMethodInfo.Create)
                .Where(method => IsOurs(method?.DeclaringTypeName))
                .Where((method, nearest) => !isKey || nearest == 0 || method!.Name == AsyncBody)
                .Select(method => InSource(method!.DeclaringTypeName!, method.Name))
                .Distinct()
                .Take(FramesMax),
        ];
    }

    private static bool IsOurs(string? type) => type?.StartsWith("Roost.", StringComparison.Ordinal) == true
        && !Array.Exists(_passedThrough, prefix => type.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>
    /// The method as its author wrote it. The compiler moves the bodies of async methods and lambdas into types of its
    /// own (<c>Outer+&lt;WriteAsync&gt;d__7.MoveNext</c>) and numbers these: another method in the class would be
    /// another number, and the same failure another group.
    /// </summary>
    internal static string InSource(string type, string method)
    {
        var own = type.IndexOf("+<", StringComparison.Ordinal);
        var written = Between(method) ?? (own < 0 ? null : Between(type[(own + 1)..])) ?? method;
        return $"{(own < 0 ? type : type[..own])}.{written}";
    }

    /// <summary>What stands between the angle brackets of a name that the compiler made; null for nothing.</summary>
    private static string? Between(string made)
    {
        var from = made.IndexOf('<', StringComparison.Ordinal);
        var to = made.IndexOf('>', StringComparison.Ordinal);
        return from >= 0 && to > from + 1 ? made[(from + 1)..to] : null;
    }
}
