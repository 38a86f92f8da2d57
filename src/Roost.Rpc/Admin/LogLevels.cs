using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Roost.Rpc.Admin;

/// <summary>The levels that logs are written from, by the beginning of a category's name, changed while the process
/// runs. Thread-safe.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has neither a timer nor a handle to let go.")]
public sealed class LogLevels : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private readonly Lock _lock = new();

    // Both under _lock.
    private readonly SortedDictionary<string, LogLevel> _levels = new(StringComparer.Ordinal);
    private CancellationTokenSource _changed = new();

    public string? Name => Options.DefaultName;

    /// <summary>What has been set; anything else has the level that the process was started with.</summary>
    public IReadOnlyDictionary<string, LogLevel> All
    {
        get
        {
            lock (_lock) return new Dictionary<string, LogLevel>(_levels);
        }
    }

    /// <param name="category">What names begin with: <c>Roost.Services.Posts</c>.</param>
    /// <param name="level">Null for as it was.</param>
    public void Set(string category, LogLevel? level)
    {
        CancellationTokenSource before;
        lock (_lock)
        {
            if (level is { } wanted) _levels[category] = wanted;
            else _levels.Remove(category);
            before = _changed;
            _changed = new();
        }
        before.Cancel();
        before.Dispose();
    }

    public void Configure(LoggerFilterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var (category, level) in All)
            options.Rules.Add(new LoggerFilterRule(null, category, level, null));
    }

    public IChangeToken GetChangeToken()
    {
        lock (_lock) return new CancellationChangeToken(_changed.Token);
    }
}
