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
        var gate = _gates[Stripe(key)];
        await gate.WaitAsync(ct);
        return new Held(gate);
    }

    /// <summary>
    /// Waits for the gates of many keys. They are taken in one order by all who take several, and who holds one waits
    /// for no other, so nobody waits in a circle.
    /// </summary>
    public async ValueTask<HeldMany> EnterAllAsync(IEnumerable<ulong> keys, CancellationToken ct)
    {
        var held = new HeldMany();
        try
        {
            foreach (var stripe in new SortedSet<int>(keys.Select(Stripe)))
            {
                await _gates[stripe].WaitAsync(ct);
                held.Add(_gates[stripe]);
            }
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var gate in _gates)
            gate.Dispose();
    }

    private static int Stripe(ulong key) => (int)((key * 0x9E37_79B9_7F4A_7C15) >> 54);

    internal readonly struct Held(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }

    internal sealed class HeldMany : IDisposable
    {
        private readonly List<SemaphoreSlim> _held = [];

        public void Add(SemaphoreSlim gate) => _held.Add(gate);

        public void Dispose()
        {
            foreach (var gate in _held)
                gate.Release();
            _held.Clear();
        }
    }
}
