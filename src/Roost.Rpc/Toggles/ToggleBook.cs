using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Roost.Rpc.Toggles;

/// <summary>All toggles of a process, by name. Thread-safe.</summary>
public sealed partial class ToggleBook(ILogger<ToggleBook> log)
{
    private readonly ConcurrentDictionary<string, Toggle> _toggles = new(StringComparer.Ordinal);

    /// <summary>How all stand, by name.</summary>
    public IReadOnlyList<ToggleReport> Report() =>
        [.. _toggles.Values.OrderBy(one => one.Name, StringComparer.Ordinal).Select(one => one.Report())];

    /// <summary>The toggle of that name, which is made when it is asked for first.</summary>
    /// <param name="about">What is on, for people.</param>
    /// <param name="usual">Its fraction unless somebody changes it, 0 to 1.</param>
    public Toggle Get(string name, string about, double usual) =>
        _toggles.GetOrAdd(name, one => new Toggle(one, about, usual, (toggle, why) => WentBack(log, toggle.Name, why)));

    /// <summary>Null when there is none of that name.</summary>
    public Toggle? Find(string name) => _toggles.GetValueOrDefault(name);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{Toggle} was turned off by itself, for it does harm: {Why}. It stays off until /admin/toggles says "
            + "otherwise.")]
    private static partial void WentBack(ILogger log, string toggle, string why);
}
