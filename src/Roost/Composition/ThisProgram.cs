using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Errors;

namespace Roost.Composition;

/// <summary>What is the same in every process of the program.</summary>
internal static class ThisProgram
{
    /// <summary>How far back incidents are told by.</summary>
    private static readonly TimeSpan _recently = TimeSpan.FromMinutes(5);

    public static string Version { get; } = typeof(ThisProgram).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <param name="role">What the process does.</param>
    public static ErrorBook NewErrorBook(string role) => new(Version, TimeProvider.System, role);

    /// <summary>Has errors be told in parts of all requests.</summary>
    public static void CountRequests(ErrorBook errors, MetricsHistory history, IReadOnlyList<Figure> requests) =>
        errors.Requests = () => history.CountOf(requests, _recently);
}
