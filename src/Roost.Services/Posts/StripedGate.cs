namespace Roost.Services.Posts;

/// <summary>
/// Lets one at a time through per key, so that "is it there? then append" holds over the wait for the disk. Keys share
/// <see cref="Stripes"/> gates: two keys may wait for each other needlessly, never enter together wrongly.
/// </summary>
internal sealed class StripedGate : IDisposable
{
    private const int Stripes = 1_024;
    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Waits for the key's gate; dispose the reply to open it again.</summary>
    public async ValueTask<Held> EnterAsync(ulong key, CancellationToken ct)
    {
        var gate = _gates[(int)((key * 0x9E37_79B9_7F4A_7C15) >> 54)];
        await gate.WaitAsync(ct);
        return new Held(gate);
    }

    public void Dispose()
    {
        foreach (var gate in _gates)
            gate.Dispose();
    }

    internal readonly struct Held(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
