using System.Security.Cryptography;
using System.Text;

namespace Roost.Rpc.Admin.Errors;

/// <summary>
/// Says of a logged failure that somebody met it, and in what they were disturbed. Given to the log as a value beside
/// those of the message, of which it is no part: only <see cref="ErrorBook"/> looks for it.
/// </summary>
/// <param name="Operation">What was being done, without the values of one request:
/// <c>GET /api/v1/statuses/{id}</c>.</param>
/// <param name="Who">Of <see cref="HashOf"/>; 0 for somebody of whom nothing is known.</param>
/// <param name="Failure">What happened, for a line that is to be written without it; null otherwise.</param>
public sealed record Touched(string Operation, ulong Who, Exception? Failure = null)
{
    /// <summary>A number that tells people apart and tells nothing else of them.</summary>
    /// <param name="secretOrAddress">Of their token or session, or else their address. The same in every process, so
    /// that one person is counted once; two programs of a person are two.</param>
    public static ulong HashOf(string secretOrAddress) =>
        BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(secretOrAddress)));
}
