using Roost.Services.Posts.Log.Table;

namespace Roost.Tests.Services.Posts.Log;

/// <summary>What has the truth of the logs that are tested: here their files. The tests over a server have another class
/// of this name, and are otherwise the same.</summary>
internal static class LogTruth
{
    /// <summary>Opened for the log of a harness.</summary>
    public static LogTable? Of(LogHarness _) => null;
}
