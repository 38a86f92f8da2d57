namespace Roost.Rpc.Queries;

/// <summary>
/// Used objects for the next one who needs such: one for each core, so that what runs at the same time seldom wants
/// the same. Thread-safe, no locks; who finds none makes a new one, and who finds the place taken lets go the old one.
/// </summary>
internal sealed class Spares<T>
    where T : class
{
    // Changed with Interlocked only.
    private readonly T?[] _places = new T?[Environment.ProcessorCount];

    /// <summary>A spare that nobody else has, or null.</summary>
    public T? Take() => Interlocked.Exchange(ref Place(), null);

    /// <param name="spare">Emptied, and not used any more by who puts it here.</param>
    public void Put(T spare) => Interlocked.Exchange(ref Place(), spare);

    // Processor ids may lie above the count, in a container that is given some of many.
    private ref T? Place() => ref _places[(uint)Thread.GetCurrentProcessorId() % (uint)_places.Length];
}
