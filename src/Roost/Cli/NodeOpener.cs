using Roost.Replay.Loading;

namespace Roost.Cli;

/// <summary>Opens the data directory that a load writes to. The caller disposes what it gets, which closes the directory.</summary>
public delegate Task<OpenNode> NodeOpener(string dataDirectory, CancellationToken ct);

/// <param name="Target">The services of the open directory.</param>
/// <param name="Node">What to dispose when done.</param>
public sealed record OpenNode(LoadTarget Target, IAsyncDisposable Node) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Node.DisposeAsync();
}
