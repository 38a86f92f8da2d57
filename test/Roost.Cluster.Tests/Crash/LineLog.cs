namespace Roost.Cluster.Tests.Crash;

/// <summary>The lines of a stream as they come, for one who waits for one of them. Thread-safe.</summary>
internal sealed class LineLog
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ended;

    public string Text
    {
        get
        {
            lock (_gate) return string.Join('\n', _lines);
        }
    }

    public async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line) Add(line);
        Add(null);
    }

    /// <summary>The first line, or null when the stream ended without one.</summary>
    public Task<string?> FirstAsync(CancellationToken ct) => FindAsync(_ => true, ct);

    /// <summary>The first line that starts so.</summary>
    /// <exception cref="InvalidOperationException">The stream ended without one.</exception>
    public async Task<string> FindAsync(string start, CancellationToken ct) =>
        await FindAsync(line => line.StartsWith(start, StringComparison.Ordinal), ct)
        ?? throw new InvalidOperationException($"No line starts with '{start}' in:\n{Text}");

    private async Task<string?> FindAsync(Predicate<string> isWanted, CancellationToken ct)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_lines.Find(isWanted) is { } line) return line;
                if (_ended) return null;
                changed = _changed.Task;
            }
            await changed.WaitAsync(ct);
        }
    }

    private void Add(string? line)
    {
        lock (_gate)
        {
            if (line is null) _ended = true;
            else _lines.Add(line);
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
