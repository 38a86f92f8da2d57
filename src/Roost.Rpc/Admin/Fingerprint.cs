using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Roost.Rpc.Admin;

/// <summary>
/// What makes two failures the same: the exception's type and error code, the nearest frames of our own code (by type
/// and method, so that other lines and releases change nothing), what was being done, and the message's form without
/// its values.
/// </summary>
internal static class Fingerprint
{
    /// <summary>Goes into every fingerprint: groups of one version of this rule are not those of another.</summary>
    public const int Version = 1;

    // Enough to tell callers of one helper apart; more would tell requests apart.
    private const int FramesMax = 3;

    public static string Of(Exception? error, string template, string operation)
    {
        var text = new StringBuilder().Append(operation).Append('\n').Append(template).Append('\n');
        // The innermost is the cause; what wraps it depends on the way up.
        while (error?.InnerException is { } inner) error = inner;
        if (error is not null)
        {
            text.Append(error.GetType().FullName);
            if (error is ServiceException { Code: var code }) text.Append(' ').Append(code);
            foreach (var frame in OurFrames(error)) text.Append('\n').Append(frame);
        }
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        return $"v{Version}-{Convert.ToHexStringLower(hash.AsSpan(0, 8))}";
    }

    /// <summary>As <c>Type.Method</c>, the nearest to the failure first.</summary>
    public static IEnumerable<string> OurFrames(Exception error) => new StackTrace(error, fNeedFileInfo: false)
        .GetFrames()
        .Select(DiagnosticMethodInfo.Create)
        .Where(method => method?.DeclaringTypeName?.StartsWith("Roost.", StringComparison.Ordinal) == true)
        .Select(method => $"{method!.DeclaringTypeName}.{method.Name}")
        .Take(FramesMax);
}
