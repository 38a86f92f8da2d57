using System.Diagnostics.CodeAnalysis;

namespace Roost.Rpc.Filters;

/// <summary>What becomes of a call that comes for a place.</summary>
internal enum Arrival
{
    /// <summary>It has one, until it leaves.</summary>
    HasPlace,
    /// <summary>It is one of those who wait.</summary>
    Waits,
    /// <summary>Too many wait already.</summary>
    IsRefused,
}

/// <summary>
/// Places for so many calls, and a queue of bounded length for a place, first come first served. One number says how
/// many places are taken and how many calls wait; who finds a place and leaves it again exchanges that number twice,
/// and that is all. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Who leaves while others wait passes the place on: it takes one of them off the number, and then releases the
/// semaphore for whoever is first there. So as many wait at the semaphore as the number says, and as there are releases
/// that have been begun and not yet taken.</para>
/// <para>Who gives up waiting takes itself off the number. When it says that nobody waits, the place that was passed on
/// is its own by now or in a moment: it takes that, and leaves it.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001",
    Justification = "The semaphore has no handle until its AvailableWaitHandle is used: never here.")]
internal sealed class Places(int placesMax, int waitingMax)
{
    private const long OneWaiting = 1L << 32;

    private readonly SemaphoreSlim _passedOn = new(0);

    /// <summary>Places that are taken, and <see cref="OneWaiting"/> for each that waits.</summary>
    private long _state;

    /// <summary>Places that are taken now.</summary>
    public int Taken => (int)(Volatile.Read(ref _state) % OneWaiting);

    /// <summary>Calls that wait for one now.</summary>
    public int Waiting => (int)(Volatile.Read(ref _state) / OneWaiting);

    /// <summary><b>Hot path.</b></summary>
    public Arrival Arrive()
    {
        var seen = Volatile.Read(ref _state);
        while (true)
        {
            // Where somebody waits the number is greater than any of places, and nobody is overtaken.
            var arrival = seen < placesMax ? Arrival.HasPlace
                : seen / OneWaiting < waitingMax ? Arrival.Waits : Arrival.IsRefused;
            if (arrival == Arrival.IsRefused) return arrival;
            var next = seen + (arrival == Arrival.HasPlace ? 1 : OneWaiting);
            var found = Interlocked.CompareExchange(ref _state, next, seen);
            if (found == seen) return arrival;
            seen = found;
        }
    }

    /// <summary>Gives a place back, or on to who waits. <b>Hot path.</b></summary>
    public void Leave()
    {
        var seen = Volatile.Read(ref _state);
        while (true)
        {
            var found = Interlocked.CompareExchange(ref _state, seen - (seen < OneWaiting ? 1 : OneWaiting), seen);
            if (found == seen) break;
            seen = found;
        }
        if (seen >= OneWaiting) _passedOn.Release();
    }

    /// <summary>Ends when a place has been passed on to this call, which has to leave it. Who does not get that far
    /// has to give up.</summary>
    public Task WaitAsync(CancellationToken ct) => _passedOn.WaitAsync(ct);

    /// <summary>Waits no more, and has no place.</summary>
    public async Task GiveUpAsync()
    {
        for (var seen = Volatile.Read(ref _state); seen >= OneWaiting;)
        {
            var found = Interlocked.CompareExchange(ref _state, seen - OneWaiting, seen);
            if (found == seen) return;
            seen = found;
        }
        await _passedOn.WaitAsync(CancellationToken.None);
        Leave();
    }
}
